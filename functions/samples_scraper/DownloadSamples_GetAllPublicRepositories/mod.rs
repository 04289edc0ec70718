//! Lists every public repository of the organisation whose samples these are.

use fnhost_sdk::{Result, Settings};

use super::documents::Repository;
use crate::github::GitHub;

pub async fn run(settings: Settings) -> Result<Vec<Repository>> {
    let organization = settings.get("SamplesOrganization")?;
    GitHub::of(&settings).list(&format!("/orgs/{organization}/repos?type=public&per_page=100")).await
}
