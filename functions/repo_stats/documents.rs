//! The documents that the steps of a run hand on, in the shapes of the published app.

use fnhost_sdk::{JsonText, Timestamp};
use serde::{Deserialize, Serialize};

/// What is to be counted: the file `sources.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sources {
    #[serde(default)]
    pub full_orgs: Vec<OrgInfo>,
    #[serde(default)]
    pub individual_repos: Vec<String>,
}

/// An organisation, all of whose repositories count but those that are named, with commas and no spaces in between.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrgInfo {
    pub org_name: String,
    #[serde(default)]
    pub exclude: String,
}

/// The repositories of all organisations, and those that are named one by one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AllRepos {
    pub repos_for_orgs: Vec<Vec<String>>,
    #[serde(default)]
    pub individual_repos: Vec<String>,
}

/// What came of one query.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryAnswer {
    /// The whole answer; `{}` when the query failed.
    pub github_stats_data: JsonText,
    pub execution_failed: bool,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether GitHub took the query but could not serve all of it, which a smaller one may mend.
    #[serde(default)]
    pub was_read: bool,
    /// How long GitHub asks to be left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
}

/// An answer that is to be parsed, and the run that it is for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunAnswer {
    pub current_run_id: i64,
    pub result: JsonText,
}

/// What is known of one repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepoStats {
    /// `octokit.octokit.rb.1611127298`: the repository and the run.
    pub id: String,
    pub repo: String,
    pub is_archived: bool,
    pub is_template: bool,
    pub repo_updated_at: String,
    pub open_issues: i64,
    pub closed_issues: i64,
    pub total_issues: i64,
    #[serde(rename = "openPRs")]
    pub open_prs: i64,
    #[serde(rename = "closedPRs")]
    pub closed_prs: i64,
    #[serde(rename = "mergedPRs")]
    pub merged_prs: i64,
    #[serde(rename = "totalPRs")]
    pub total_prs: i64,
    pub stars: i64,
}

/// Documents to be stored, and which batch of the run they are: an upload that is repeated knows its own by it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Upload {
    pub batch: usize,
    pub documents: Vec<RepoStats>,
}

/// What came of storing some documents.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadResult {
    pub success: bool,
    pub received: usize,
    pub processed: usize,
    pub created_count: usize,
    pub failed_count: usize,
    pub created_list: Vec<String>,
    pub failed_list: Vec<String>,
}

impl UploadResult {
    /// The result of storing these, each with whether it was created.
    pub fn of(repos: impl IntoIterator<Item = (String, bool)>) -> Self {
        let mut result = Self::default();
        for (repo, created) in repos {
            result.received += 1;
            result.processed += 1;
            if created {
                result.created_count += 1;
                result.created_list.push(repo);
            } else {
                result.failed_count += 1;
                result.failed_list.push(repo);
            }
        }
        result.success = result.failed_count == 0;
        result
    }
}

/// How a run went: what is added to its document.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunStatus {
    #[serde(default)]
    pub id: i64,
    pub total_received: usize,
    pub total_processed: usize,
    pub total_created_count: usize,
    pub total_failed_count: usize,
    /// Names with commas in between.
    pub created_list: String,
    pub failed_list: String,
}

/// How a run went, for the run's document and for people.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub status: RunStatus,
    pub email_body: String,
}

/// Whether an event was published.
#[derive(Debug, Serialize, Deserialize)]
pub struct Published {
    pub success: bool,
    /// What was sent.
    pub data: JsonText,
}

/// The day of a run, `YYYYMMDD` in UTC. A run's id is the second in which it began, so the day is known for ever.
pub fn day_of(run_id: i64) -> String {
    let time = Timestamp::from_micros(run_id.saturating_mul(1_000_000)).to_string();
    time.chars().take_while(|c| *c != 'T').filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_keeps_its_day() {
        assert_eq!(day_of(1_611_127_298), "20210120");
        assert_eq!(day_of(1_611_100_799), "20210119");
        assert_eq!(day_of(0), "19700101");
    }

    #[test]
    fn documents_have_the_published_shape() {
        let text = r#"{"id":"octokit.octokit.rb.1611127298","repo":"octokit/octokit.rb","isArchived":false,"isTemplate":false,"repoUpdatedAt":"2021-01-19T20:44:18Z","openIssues":46,"closedIssues":455,"totalIssues":501,"openPRs":13,"closedPRs":150,"mergedPRs":598,"totalPRs":501,"stars":3378}"#;
        let stats: RepoStats = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&stats).unwrap(), text);
    }

    #[test]
    fn all_that_was_tried_counts_as_processed() {
        let result = UploadResult::of([("a/b".to_owned(), true), ("a/c".to_owned(), false)]);
        assert_eq!((result.received, result.processed), (2, 2));
        assert_eq!((result.created_list.len(), &*result.failed_list), (1, &["a/c".to_owned()][..]));
        assert!(!result.success);
    }
}
