//! Counts the open issues of a repository, page after page until one is empty.

use fnhost_sdk::{Result, Settings};
use serde::de::IgnoredAny;

use super::documents::{Repository, RepositoryIssues};
use crate::github::GitHub;

pub async fn run(repository: Repository, settings: Settings) -> Result<RepositoryIssues> {
    let Repository { id, name, owner } = repository;
    let github = GitHub::of(&settings);
    let mut opened_issues = 0;
    for number in 1.. {
        let path = format!("/repos/{}/{name}/issues?state=open&per_page=100&page={number}", owner.login);
        let page: Vec<IgnoredAny> = github.ask(github.url(&path)).await?.success()?.json()?;
        if page.is_empty() {
            break;
        }
        opened_issues += i64::try_from(page.len())?;
    }
    Ok(RepositoryIssues { id, opened_issues, name })
}
