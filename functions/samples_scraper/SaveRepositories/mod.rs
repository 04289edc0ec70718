//! Stores how many issues each repository has.

use fnhost_sdk::{Result, Settings};

use super::{documents::RepositoryIssues, store};
use crate::database;

pub async fn run(repositories: Vec<RepositoryIssues>, settings: Settings) -> Result<()> {
    store::save_repositories(database::pool(&settings).await?, &repositories).await
}
