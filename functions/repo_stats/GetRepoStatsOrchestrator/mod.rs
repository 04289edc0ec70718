//! One run: which repositories, what GitHub knows of them, where it is stored, who is told.

use fnhost_sdk::{OrchestrationContext, Result, ensure};

use super::{
    documents::{AllRepos, Published, RepoStats, Report, RunAnswer, Sources, Upload, UploadResult},
    upload_query_results_to_cosmos_db::is_serverless,
};

mod queries;
#[cfg(test)]
mod tests;

const NO_RUN_ID: &str = "Failed to obtain runId for current run";

pub async fn run(ctx: OrchestrationContext) -> Result<String> {
    let run_id: i64 = ctx.activity("CreateRunId", ()).await?;
    mail(&ctx, format!("Run Started with run id: {run_id}")).await?;
    if run_id <= 0 {
        mail(&ctx, NO_RUN_ID.to_owned()).await?;
        return Ok(NO_RUN_ID.to_owned());
    }
    match collect(&ctx, run_id).await {
        Ok(report) => mail(&ctx, report).await,
        Err(error) => {
            // One mail for a run that fails, whatever failed in it and however often.
            if let Err(unsent) = mail(&ctx, format!("Run {run_id} failed: {error}")).await {
                ctx.log().error(format_args!("nobody is told by mail that run {run_id} failed: {unsent}"));
            }
            Err(error)
        }
    }
}

/// Does the work of a run; answers the text of its last mail.
async fn collect(ctx: &OrchestrationContext, run_id: i64) -> Result<String> {
    ctx.set_custom_status("listing repositories")?;
    let repos = repositories(ctx).await?;

    let at_once: usize = ctx.setting("NumberOfReposToQueryPerCall")?.parse()?;
    ensure!(at_once > 0, "the setting `NumberOfReposToQueryPerCall` is 0; allowed: 1 or more");
    let answered = queries::ask(ctx, repos.chunks(at_once).map(<[String]>::to_vec).collect()).await?;

    ctx.set_custom_status("storing what GitHub answered")?;
    let answers = answered.results.into_iter().map(|result| RunAnswer { current_run_id: run_id, result });
    let documents =
        ctx.try_join_all(answers.map(|answer| ctx.activity("ParseGraphqlQueryResult", answer))).await?;
    let mut uploads = upload(ctx, documents).await?;
    uploads.push(UploadResult::of(answered.given_up.into_iter().map(|repo| (repo, false))));

    let Report { mut status, email_body } = ctx.activity("ParseCosmosDBResults", &uploads).await?;
    status.id = run_id;
    ctx.activity::<String>("UpdateRunInfoWithStatus", &status).await?;

    let published = publish(ctx, run_id).await?;
    ctx.set_custom_status("done")?;
    Ok(format!("{published} <br><br>{email_body}"))
}

/// All repositories of the sources, one organisation after the other: GitHub slows down whoever asks in parallel.
async fn repositories(ctx: &OrchestrationContext) -> Result<Vec<String>> {
    let sources: Sources = ctx.activity("GetReposFromSource", "sources.json").await?;
    let mut repos_for_orgs = Vec::new();
    for org in &sources.full_orgs {
        repos_for_orgs.push(ctx.activity("GetReposForOrg", org).await?);
    }
    let all = AllRepos { repos_for_orgs, individual_repos: sources.individual_repos };
    ctx.activity("AppendIndividualRepos", all).await
}

/// Stores the documents of each batch: all batches at once, or one after the other where throughput is paid for.
async fn upload(ctx: &OrchestrationContext, batches: Vec<Vec<RepoStats>>) -> Result<Vec<UploadResult>> {
    let uploads = batches.into_iter().enumerate().map(|(batch, documents)| {
        ctx.activity::<Vec<UploadResult>>("UploadQueryResultsToCosmosDB", Upload { batch, documents })
    });
    let results = if is_serverless(ctx.settings()) {
        ctx.try_join_all(uploads).await?
    } else {
        ctx.join_bounded(1, uploads).await.into_iter().collect::<Result<Vec<_>>>()?
    };
    Ok(results.into_iter().flatten().collect())
}

/// Publishes the run, if that is wanted; answers how the last mail begins.
async fn publish(ctx: &OrchestrationContext, run_id: i64) -> Result<&'static str> {
    if ctx.settings().find("PublishToEventGrid").as_deref() != Some("true") {
        return Ok("Run completed");
    }
    let published: Published = ctx.activity("PublishRunInfoToEventGrid", run_id.to_string()).await?;
    Ok(match published.success {
        true => "Run completed and posted to event grid",
        false => "Run completed, failed to posted to event grid",
    })
}

async fn mail(ctx: &OrchestrationContext, text: String) -> Result<String> {
    ctx.activity("SendEmailNotifications", text).await
}
