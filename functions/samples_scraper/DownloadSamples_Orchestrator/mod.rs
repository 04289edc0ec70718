//! Finds out when each sample was last worked on.

use fnhost_sdk::{OrchestrationContext, Result};

use super::{
    documents::{Repository, RunSamples, Sample},
    patience,
};

pub async fn run(ctx: OrchestrationContext, run_id: String) -> Result<()> {
    let retries = patience::retries(&ctx)?;
    let repositories: Vec<Repository> =
        ctx.activity("DownloadSamples_GetAllPublicRepositories", ()).retry(retries.clone()).await?;

    let updates = repositories.iter().map(|repository| {
        ctx.activity::<Sample>("DownloadSamples_UpdateRepositoryData", repository).retry(retries.clone())
    });
    let samples = ctx.join_bounded(patience::at_once(&ctx)?, updates).await;
    let samples = samples.into_iter().collect::<Result<_>>()?;

    ctx.activity("DownloadSamples_SaveAllToDatabase", RunSamples { run_id, samples }).await
}
