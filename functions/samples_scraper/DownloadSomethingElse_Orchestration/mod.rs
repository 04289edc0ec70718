//! Another team's pipeline: the packages that the same people publish on NuGet.

use fnhost_sdk::{OrchestrationContext, Result};

use super::{
    documents::{Package, RunPackages},
    patience,
};

pub async fn run(ctx: OrchestrationContext, run_id: String) -> Result<()> {
    let retries = patience::retries(&ctx)?;
    let found: Vec<Package> =
        ctx.activity("DownloadSomethingElse_GetPackages", ()).retry(retries.clone()).await?;

    let versions = found.iter().map(|package| {
        ctx.activity::<Package>("DownloadSomethingElse_GetVersions", package).retry(retries.clone())
    });
    let packages = ctx.join_bounded(patience::at_once(&ctx)?, versions).await;
    let packages = packages.into_iter().collect::<Result<_>>()?;

    ctx.activity("DownloadSomethingElse_SaveAllToDatabase", RunPackages { run_id, packages }).await
}
