//! Lists the packages of an owner on NuGet.

use fnhost_sdk::{Result, Settings};
use serde::Deserialize;

use super::documents::Package;
use crate::web;

#[derive(Deserialize)]
struct Found {
    data: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    #[serde(default)]
    total_downloads: i64,
}

pub async fn run(settings: Settings) -> Result<Vec<Package>> {
    let (search, owner) = (settings.get("NUGET_SEARCH_URL")?, settings.get("PackagesOwner")?);
    let found: Found =
        web::get(format!("{search}?q=owner:{owner}&take=1000")).send().await?.success()?.json()?;
    let package = |Listed { id, total_downloads }| Package { id, total_downloads, versions: Vec::new() };
    Ok(found.data.into_iter().map(package).collect())
}
