//! Runs without a host: activities are closures, pauses take no time.

use std::{cell::RefCell, rc::Rc, time::Duration};

use fnhost_sdk::{JsonText, Result, bail, testing::OrchestrationTester};
use serde_json::{Value, json};

use crate::repo_stats::documents::{
    AllRepos, OrgInfo, Published, QueryAnswer, RepoStats, Report, RunAnswer, RunStatus, Sources, Upload,
    UploadResult,
};

/// What the test's activities saw.
#[derive(Clone, Default)]
struct Seen {
    mails: Rc<RefCell<Vec<String>>>,
    queries: Rc<RefCell<Vec<String>>>,
    status: Rc<RefCell<Option<Value>>>,
}

/// A run over these repositories, three to a query. `fails` says of a query (its repositories, with commas) and the
/// number of times that it was asked before whether it fails.
fn stage(repos: &[&str], seen: &Seen, fails: impl Fn(&str, usize) -> bool + 'static) -> OrchestrationTester {
    let repos: Vec<String> = repos.iter().map(|repo| (*repo).to_owned()).collect();
    let (mails, asked, status) = (seen.mails.clone(), seen.queries.clone(), seen.status.clone());
    OrchestrationTester::new(super::run)
        .setting("NumberOfReposToQueryPerCall", "3")
        .setting("MaxQueryAttempts", "3")
        .setting("CooldownSeconds", "60")
        .setting("CosmosDB_ServerlessMode", "True")
        .setting("PublishToEventGrid", "true")
        .activity("CreateRunId", |(): ()| Ok(1_611_127_298))
        .activity("SendEmailNotifications", move |text: String| {
            mails.borrow_mut().push(text);
            Ok("email sent via sendgrid")
        })
        .activity("GetReposFromSource", |_: String| {
            let org = OrgInfo { org_name: "all".to_owned(), exclude: String::new() };
            Ok(Sources { full_orgs: vec![org], individual_repos: vec![] })
        })
        .activity("GetReposForOrg", move |_: OrgInfo| Ok(repos.clone()))
        .activity("AppendIndividualRepos", |all: AllRepos| Ok(all.repos_for_orgs.concat()))
        .activity("CreateGraphqlQuery", |repos: Vec<String>| Ok(repos.join(",")))
        .activity("ExecuteGraphqlQuery", move |query: String| {
            let before = asked.borrow().iter().filter(|known| **known == query).count();
            let execution_failed = fails(&query, before);
            asked.borrow_mut().push(query.clone());
            let github_stats_data = JsonText::string(&query);
            Ok(QueryAnswer {
                github_stats_data,
                execution_failed,
                reason: None,
                was_read: true,
                retry_after_seconds: None,
            })
        })
        .activity("ParseGraphqlQueryResult", |answer: RunAnswer| {
            let repos: String = answer.result.read()?;
            Ok(repos.split(',').map(|repo| stats(repo, answer.current_run_id)).collect::<Vec<_>>())
        })
        .activity("UploadQueryResultsToCosmosDB", |upload: Upload| {
            Ok(vec![UploadResult::of(upload.documents.into_iter().map(|stats| (stats.repo, true)))])
        })
        .activity("ParseCosmosDBResults", |uploads: Vec<UploadResult>| {
            let list = |list: fn(&UploadResult) -> &Vec<String>| {
                uploads.iter().flat_map(list).cloned().collect::<Vec<_>>()
            };
            let (created, failed) = (list(|upload| &upload.created_list), list(|upload| &upload.failed_list));
            let status = RunStatus {
                id: 0,
                total_received: created.len() + failed.len(),
                total_processed: created.len() + failed.len(),
                total_created_count: created.len(),
                total_failed_count: failed.len(),
                created_list: created.join(","),
                failed_list: failed.join(","),
            };
            Ok(Report { status, email_body: "<b>sums</b>".to_owned() })
        })
        .activity("UpdateRunInfoWithStatus", move |told: Value| {
            *status.borrow_mut() = Some(told);
            Ok("Updated current run info status")
        })
        .activity("PublishRunInfoToEventGrid", |run_id: String| {
            Ok(Published { success: run_id == "1611127298", data: JsonText::null() })
        })
}

fn stats(repo: &str, run_id: i64) -> RepoStats {
    let id = format!("{}.{run_id}", repo.replace('/', "."));
    let (repo, repo_updated_at) = (repo.to_owned(), String::new());
    let (is_archived, is_template, open_issues, closed_issues, total_issues) = (false, false, 0, 0, 0);
    let (open_prs, closed_prs, merged_prs, total_prs, stars) = (0, 0, 0, 0, 0);
    RepoStats {
        id,
        repo,
        is_archived,
        is_template,
        repo_updated_at,
        open_issues,
        closed_issues,
        total_issues,
        open_prs,
        closed_prs,
        merged_prs,
        total_prs,
        stars,
    }
}

#[test]
fn a_run_tells_where_it_began_and_how_it_ended() {
    let seen = Seen::default();
    let run = stage(&["a", "b", "c", "d"], &seen, |_, _| false).run(());
    assert_eq!(run.output::<String>(), "email sent via sendgrid");
    assert_eq!(*seen.queries.borrow(), ["a,b,c", "d"]);
    let ended = "Run completed and posted to event grid <br><br><b>sums</b>";
    assert_eq!(*seen.mails.borrow(), ["Run Started with run id: 1611127298", ended]);
    let status = seen.status.borrow().clone().unwrap();
    assert_eq!((&status["id"], &status["createdList"]), (&json!(1_611_127_298), &json!("a,b,c,d")));
    assert_eq!(run.elapsed(), Duration::ZERO);
}

#[test]
fn a_query_that_fails_is_asked_again_at_the_end_after_a_pause() {
    let seen = Seen::default();
    let repos = ["a", "b", "c", "d", "e", "f", "g"];
    let run = stage(&repos, &seen, |query, before| query == "d,e,f" && before == 0).run(());
    assert_eq!(*seen.queries.borrow(), ["a,b,c", "d,e,f", "g", "d,e,f"]);
    assert_eq!(run.elapsed(), Duration::from_secs(60));
    assert_eq!(
        seen.status.borrow().clone().unwrap()["createdList"],
        "a,b,c,d,e,f,g",
        "in the order of the list"
    );
}

#[test]
fn one_bad_repository_is_found_by_halving_and_named() {
    let seen = Seen::default();
    let run = stage(&["a", "b", "bad", "d"], &seen, |query, _| query.contains("bad")).run(());
    let asked = ["a,b,bad", "d", "a,b,bad", "a,b,bad", "a,b", "bad"];
    assert_eq!(*seen.queries.borrow(), asked);
    let status = seen.status.borrow().clone().unwrap();
    assert_eq!((&status["createdList"], &status["failedList"]), (&json!("a,b,d"), &json!("bad")));
    assert_eq!(status["totalReceived"], 4);
    // A pause after each failure but the last, when nothing is left to ask.
    assert_eq!(run.elapsed(), Duration::from_secs(180));
}

#[test]
fn all_bad_is_a_run_that_completes_with_all_failed() {
    let seen = Seen::default();
    stage(&["x", "y"], &seen, |_, _| true).run(()).output::<String>();
    let status = seen.status.borrow().clone().unwrap();
    assert_eq!((&status["totalFailedCount"], &status["failedList"]), (&json!(2), &json!("x,y")));
}

#[test]
fn nothing_to_count_is_a_run_too() {
    let seen = Seen::default();
    stage(&[], &seen, |_, _| false).run(()).output::<String>();
    assert!(seen.queries.borrow().is_empty());
    assert_eq!(seen.status.borrow().clone().unwrap()["totalReceived"], 0);
}

#[test]
fn without_a_run_id_nothing_is_asked() {
    let seen = Seen::default();
    let run = stage(&["a"], &seen, |_, _| false).activity("CreateRunId", |(): ()| Ok(0)).run(());
    assert_eq!(run.output::<String>(), "Failed to obtain runId for current run");
    assert_eq!(
        *seen.mails.borrow(),
        ["Run Started with run id: 0", "Failed to obtain runId for current run"]
    );
    assert!(seen.queries.borrow().is_empty());
}

#[test]
fn a_run_that_fails_mails_once() {
    let seen = Seen::default();
    let run = stage(&["a"], &seen, |_, _| false)
        .activity("GetReposForOrg", |_: OrgInfo| -> Result<()> { bail!("no such organisation") })
        .run(());
    assert!(run.failure().to_string().contains("no such organisation"));
    let mails = seen.mails.borrow();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(
        mails[1].starts_with("Run 1611127298 failed: ") && mails[1].contains("no such organisation"),
        "{mails:?}"
    );
}

#[test]
fn an_outage_fails_the_run_instead_of_halving_everything() {
    let seen = Seen::default();
    let repos: Vec<String> = (0..90).map(|number| format!("r{number}")).collect();
    let repos: Vec<&str> = repos.iter().map(String::as_str).collect();
    let run = stage(&repos, &seen, |_, _| false)
        .activity("ExecuteGraphqlQuery", |_: String| {
            let (github_stats_data, reason) = (JsonText::null(), Some("502 Bad Gateway".to_owned()));
            Ok(QueryAnswer {
                github_stats_data,
                execution_failed: true,
                reason,
                was_read: false,
                retry_after_seconds: None,
            })
        })
        .run(());
    let failure = run.failure().to_string();
    assert!(failure.contains("10 queries in a row") && failure.contains("502 Bad Gateway"), "{failure}");
}

#[test]
fn where_throughput_is_paid_for_uploads_go_one_after_the_other() {
    let seen = Seen::default();
    let repos = ["a", "b", "c", "d", "e", "f"];
    let at_once = |serverless: &str| {
        let run = stage(&repos, &seen, |_, _| false).setting("CosmosDB_ServerlessMode", serverless).run(());
        let uploads = |turn: &Vec<_>| format!("{turn:?}").matches("UploadQueryResultsToCosmosDB").count();
        run.turns().iter().map(uploads).max()
    };
    assert_eq!((at_once("TRUE"), at_once("false")), (Some(2), Some(1)));
}

#[test]
fn settings_that_cannot_be_are_refused() {
    for setting in ["NumberOfReposToQueryPerCall", "MaxQueryAttempts"] {
        let run = stage(&["a"], &Seen::default(), |_, _| false).setting(setting, "0").run(());
        assert!(run.failure().to_string().contains(setting), "{}", run.failure());
    }
}
