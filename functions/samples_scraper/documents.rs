//! What the steps of this group hand on.

use serde::{Deserialize, Serialize};

/// A repository as GitHub lists it; the little of it that is needed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Repository {
    pub id: i64,
    pub name: String,
    pub owner: Owner,
}

/// Whose repository it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Owner {
    pub login: String,
}

/// A sample, and when it was last worked on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    pub id: i64,
    pub name: String,
    /// Nothing was ever committed where this is missing.
    pub last_commit_date: Option<String>,
}

/// The samples of a run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSamples {
    pub run_id: String,
    pub samples: Vec<Sample>,
}

/// A package of the other pipeline.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    pub id: String,
    pub total_downloads: i64,
    #[serde(default)]
    pub versions: Vec<String>,
}

/// The packages of a run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunPackages {
    pub run_id: String,
    pub packages: Vec<Package>,
}

/// How many issues of a repository are open. GitHub counts pull requests among them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryIssues {
    pub id: i64,
    pub opened_issues: i64,
    pub name: String,
}
