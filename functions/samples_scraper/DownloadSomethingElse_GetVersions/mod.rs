//! Asks for the versions of a package.

use fnhost_sdk::{Result, Settings};
use serde::Deserialize;

use super::documents::Package;
use crate::web;

#[derive(Deserialize)]
struct Index {
    versions: Vec<String>,
}

pub async fn run(package: Package, settings: Settings) -> Result<Package> {
    let (base, id) = (settings.get("NUGET_API_URL")?, package.id.to_lowercase());
    let url = format!("{}/{id}/index.json", base.trim_end_matches('/'));
    let Index { versions } = web::get(url).send().await?.success()?.json()?;
    Ok(Package { versions, ..package })
}
