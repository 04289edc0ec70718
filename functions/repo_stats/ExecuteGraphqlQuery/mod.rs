//! Asks GitHub one query. A refusal, or an answer with errors, is a result too: the orchestration decides when to ask
//! again. No answer at all fails.

use fnhost_sdk::{Context, JsonText, Result, Settings};
use serde::Deserialize;
use serde_json::json;

use super::documents::QueryAnswer;
use crate::{
    github::GitHub,
    web::{self, Answer},
};

const JSON: &str = "application/json; charset=utf-8";

pub async fn run(query: String, settings: Settings) -> Result<QueryAnswer> {
    let github = GitHub::of(&settings);
    let body = json!({ "query": query, "variables": null, "operationName": null });
    let ask = web::post(github.url("/graphql"), &body).header("content-type", JSON).header("accept", JSON);
    let answer = github.signed(ask, "bearer").send().await?;
    let was_read = answer.status.is_success();
    let retry_after_seconds = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
    match data(answer) {
        Ok(data) => Ok(QueryAnswer {
            github_stats_data: data,
            execution_failed: false,
            reason: None,
            was_read,
            retry_after_seconds: None,
        }),
        Err(error) => Ok(QueryAnswer {
            github_stats_data: JsonText::of(&json!({}))?,
            execution_failed: true,
            reason: Some(error.to_string()),
            was_read,
            retry_after_seconds,
        }),
    }
}

#[derive(Deserialize)]
struct Errors {
    errors: Option<JsonText>,
}

/// The whole answer, if GitHub had nothing to complain of.
fn data(answer: Answer) -> Result<JsonText> {
    let answer = answer.success()?;
    let text: JsonText = answer.json()?;
    match text.read::<Errors>().context("GitHub answered no object")?.errors {
        None => Ok(text),
        Some(errors) => {
            let told: String = errors.as_str().chars().take(300).collect();
            fnhost_sdk::bail!("GitHub answered with errors: {told}")
        }
    }
}
