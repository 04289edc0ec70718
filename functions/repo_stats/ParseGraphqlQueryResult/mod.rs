//! Makes a document of each repository in an answer.

use std::collections::HashMap;

use fnhost_sdk::{Context, Result};
use serde::Deserialize;

use super::documents::{RepoStats, RunAnswer};

#[derive(Deserialize)]
struct Answer {
    data: HashMap<String, Option<Repository>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    name_with_owner: String,
    is_archived: bool,
    is_template: bool,
    updated_at: String,
    #[serde(rename = "Issues")]
    issues: Count,
    open_issues: Count,
    closed_issues: Count,
    #[serde(rename = "PRs")]
    prs: Count,
    #[serde(rename = "openPRs")]
    open_prs: Count,
    #[serde(rename = "closedPRs")]
    closed_prs: Count,
    #[serde(rename = "mergedPRs")]
    merged_prs: Count,
    stars: Count,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    total_count: i64,
}

pub async fn run(answer: RunAnswer) -> Result<Vec<RepoStats>> {
    let RunAnswer { current_run_id: run_id, result } = answer;
    let Answer { mut data } = result.read().context("GitHub's answer is of another shape than asked for")?;
    let in_order = (0..data.len()).map(|number| {
        let alias = format!("r{number}");
        let repository = data.remove(&alias).flatten();
        Ok(document(repository.with_context(|| format!("GitHub's answer has no `{alias}`"))?, run_id))
    });
    in_order.collect()
}

/// The name that GitHub answers counts: a repository that was renamed is stored under its new name.
fn document(repository: Repository, run_id: i64) -> RepoStats {
    RepoStats {
        id: format!("{}.{run_id}", repository.name_with_owner.replace('/', ".")),
        repo: repository.name_with_owner,
        is_archived: repository.is_archived,
        is_template: repository.is_template,
        repo_updated_at: repository.updated_at,
        open_issues: repository.open_issues.total_count,
        closed_issues: repository.closed_issues.total_count,
        total_issues: repository.issues.total_count,
        open_prs: repository.open_prs.total_count,
        closed_prs: repository.closed_prs.total_count,
        merged_prs: repository.merged_prs.total_count,
        total_prs: repository.prs.total_count,
        stars: repository.stars.total_count,
    }
}
