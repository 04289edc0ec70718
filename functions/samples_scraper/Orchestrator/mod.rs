//! Counts the open issues of every repository of an organisation. Returns its own id.

use fnhost_sdk::{InstanceId, OrchestrationContext, Result};

use super::{
    documents::{Repository, RepositoryIssues},
    patience,
};

pub async fn run(ctx: OrchestrationContext, organization: String) -> Result<InstanceId> {
    let retries = patience::retries(&ctx)?;
    let repositories: Vec<Repository> =
        ctx.activity("GetAllRepositoriesForOrganization", organization).retry(retries.clone()).await?;

    let counts = repositories.iter().map(|repository| {
        ctx.activity::<RepositoryIssues>("GetOpenedIssues", repository).retry(retries.clone())
    });
    let counted = ctx.join_bounded(patience::at_once(&ctx)?, counts).await;
    let counted = counted.into_iter().collect::<Result<Vec<_>>>()?;

    ctx.activity::<()>("SaveRepositories", counted).await?;
    Ok(ctx.instance_id().clone())
}
