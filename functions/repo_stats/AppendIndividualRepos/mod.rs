//! Makes one list of the lists of the organisations and of the repositories that are named one by one. What is in it
//! twice stays in it twice.

use fnhost_sdk::Result;

use super::documents::AllRepos;

pub async fn run(repos: AllRepos) -> Result<Vec<String>> {
    Ok(repos.repos_for_orgs.into_iter().flatten().chain(repos.individual_repos).collect())
}
