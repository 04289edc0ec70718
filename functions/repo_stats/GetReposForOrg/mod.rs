//! Lists the repositories of an organisation, without those that are excluded.

use fnhost_sdk::{Context, Result, Settings};
use serde::{Deserialize, de::IgnoredAny};

use super::documents::OrgInfo;
use crate::github::GitHub;

#[derive(Deserialize)]
struct Repo {
    name: String,
    full_name: String,
}

pub async fn run(org: OrgInfo, settings: Settings) -> Result<Vec<String>> {
    let OrgInfo { org_name, exclude } = org;
    let github = GitHub::of(&settings);
    // The published app asks for the organisation first: one that is not there fails the run here.
    let found = github.get::<IgnoredAny>(&format!("/orgs/{org_name}")).await;
    found.with_context(|| format!("organisation `{org_name}`"))?;
    let repos: Vec<Repo> = github.list(&format!("/orgs/{org_name}/repos")).await?;
    let is_wanted = |repo: &Repo| !exclude.split(',').any(|name| name == repo.name);
    Ok(repos.into_iter().filter(is_wanted).map(|repo| repo.full_name).collect())
}
