//! Asks when something was last committed to a repository.

use fnhost_sdk::{Result, Settings, StatusCode};
use serde::Deserialize;

use super::documents::{Repository, Sample};
use crate::github::GitHub;

#[derive(Deserialize)]
struct Listed {
    commit: Commit,
}

#[derive(Deserialize)]
struct Commit {
    committer: Option<Committer>,
}

#[derive(Deserialize)]
struct Committer {
    date: String,
}

pub async fn run(repository: Repository, settings: Settings) -> Result<Sample> {
    let github = GitHub::of(&settings);
    let answer =
        github.ask(github.url(&format!("/repositories/{}/commits?per_page=1", repository.id))).await?;
    let commits: Vec<Listed> = match answer.status {
        // How GitHub says that a repository is empty.
        StatusCode::CONFLICT => Vec::new(),
        _ => answer.success()?.json()?,
    };
    let last_commit_date =
        commits.into_iter().next().and_then(|listed| listed.commit.committer).map(|by| by.date);
    Ok(Sample { id: repository.id, name: repository.name, last_commit_date })
}
