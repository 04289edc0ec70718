//! Asking GitHub, one query after the other, until each has its answer or is given up.
//!
//! ```text
//! asked ── fails ──▶ to the end of the row, after a pause ── fails too often ──▶ two halves, one attempt each
//!                                                                  one repository alone ──▶ given up
//! ```
//!
//! A repository that was deleted fails the whole query that it is in. Halving finds it; the others are answered.

use std::{collections::VecDeque, time::Duration};

use fnhost_sdk::{JsonText, OrchestrationContext, Result, bail, ensure};

use crate::repo_stats::documents::QueryAnswer;

/// So many refusals in a row are no fault of a query.
const OUTAGE: u32 = 10;

/// What came of the queries.
pub struct Answered {
    /// In the order of the batches.
    pub results: Vec<JsonText>,
    /// Repositories that GitHub does not answer for.
    pub given_up: Vec<String>,
}

/// A query, and the repositories that it asks for.
struct Query {
    repos: Vec<String>,
    text: String,
    /// Place of its first repository in the whole list.
    first: usize,
    attempts_left: u32,
}

/// Asks for all repositories, batch by batch.
pub async fn ask(ctx: &OrchestrationContext, batches: Vec<Vec<String>>) -> Result<Answered> {
    let attempts: u32 = ctx.setting("MaxQueryAttempts")?.parse()?;
    ensure!(attempts > 0, "the setting `MaxQueryAttempts` is 0; allowed: 1 or more");
    let cooldown = ctx.setting("CooldownSeconds")?.seconds()?;
    let total: usize = batches.iter().map(Vec::len).sum();

    let mut waiting: VecDeque<Query> = write(ctx, 0, batches, attempts).await?.into();
    let (mut answered, mut given_up) = (Vec::new(), Vec::new());
    let mut refusals = 0;
    while let Some(mut query) = waiting.pop_front() {
        let left = query.repos.len() + waiting.iter().map(|query| query.repos.len()).sum::<usize>();
        ctx.set_custom_status(format!("asked GitHub for {} of {total} repositories", total - left))?;

        let answer: QueryAnswer = ctx.activity("ExecuteGraphqlQuery", &query.text).await?;
        if !answer.execution_failed {
            refusals = 0;
            answered.push((query.first, answer.github_stats_data));
            continue;
        }
        let reason = answer.reason.as_deref().unwrap_or("no reason is given");
        ctx.log()
            .warn(format_args!("GitHub did not answer for {} repositories: {reason}", query.repos.len()));
        refusals = if answer.was_read { 0 } else { refusals + 1 };
        if refusals == OUTAGE {
            bail!("GitHub refused {OUTAGE} queries in a row, the last one so: {reason}");
        }
        query.attempts_left -= 1;
        match (query.attempts_left, query.repos.len()) {
            (1.., _) => waiting.push_back(query),
            (0, ..=1) => given_up.append(&mut query.repos),
            (0, count) => {
                let second = query.repos.split_off(count.div_ceil(2));
                waiting.extend(write(ctx, query.first, vec![query.repos, second], 1).await?);
            }
        }
        if !waiting.is_empty() {
            let asked_for = Duration::from_secs(answer.retry_after_seconds.unwrap_or(0));
            ctx.timer(cooldown.max(asked_for)).await?;
        }
    }
    answered.sort_by_key(|(first, _)| *first);
    Ok(Answered { results: answered.into_iter().map(|(_, result)| result).collect(), given_up })
}

/// Has a query written for each batch.
async fn write(
    ctx: &OrchestrationContext,
    mut first: usize,
    batches: Vec<Vec<String>>,
    attempts: u32,
) -> Result<Vec<Query>> {
    let texts =
        ctx.try_join_all(batches.iter().map(|repos| ctx.activity("CreateGraphqlQuery", repos))).await?;
    let queries = batches.into_iter().zip(texts).map(|(repos, text)| {
        let query = Query { first, text, attempts_left: attempts, repos };
        first += query.repos.len();
        query
    });
    Ok(queries.collect())
}
