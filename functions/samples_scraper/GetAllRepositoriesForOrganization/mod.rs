//! Lists the public repositories of an organisation, page after page until one is empty.

use fnhost_sdk::{Result, Settings};

use super::documents::Repository;
use crate::github::GitHub;

pub async fn run(organization: String, settings: Settings) -> Result<Vec<Repository>> {
    let github = GitHub::of(&settings);
    let mut all = Vec::new();
    for number in 1.. {
        let path = format!("/orgs/{organization}/repos?type=public&page={number}");
        let page: Vec<Repository> = github.ask(github.url(&path)).await?.success()?.json()?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    Ok(all)
}
