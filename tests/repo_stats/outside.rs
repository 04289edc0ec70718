//! Other ways to tell people and programs: SMTP, CloudEvents, silence.

use serde_json::json;

use super::stage::{Stage, run};
use crate::support::{Scene, standins::SmtpSink};

#[test]
fn mail_goes_over_smtp() {
    let smtp = SmtpSink::start();
    let stage = Stage::few(Scene::new(), 1).setting("MAIL_URL", smtp.url());
    assert_eq!(run(&stage.start()), "email sent via smtp");
    let mails = smtp.mails();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(
        mails[0].contains("To: people@example.org") && mails[0].contains("Content-Type: text/html"),
        "{}",
        mails[0]
    );
    assert!(mails[0].contains("Subject: Github stats data sync status -"), "{}", mails[0]);
    assert!(mails[0].contains("Run Started with run id: "), "{}", mails[0]);
    assert!(stage.mail.texts().is_empty());
}

#[test]
fn without_mail_a_run_says_so() {
    // Only the very text `true` switches it on.
    let stage = Stage::few(Scene::new(), 1).setting("SendEmailNotifications", "True");
    assert_eq!(run(&stage.start()), "email notifications is set to false in config");
    assert!(stage.mail.server.calls().is_empty());
}

#[test]
fn events_are_cloud_events_where_that_is_wanted() {
    let stage = Stage::few(Scene::new(), 1).setting("EventSchema", "CloudEvents");
    run(&stage.start());
    let calls = stage.webhook.calls();
    let kind = calls[0].header("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/cloudevents+json"), "{kind}");
    let event = calls[0].json();
    let run = &stage.runs()[0];
    assert_eq!(
        (&event["specversion"], &event["type"], &event["subject"]),
        (&json!("1.0"), &json!("GithubStats"), &json!("RunCompleted"))
    );
    assert_eq!(event["data"], json!({ "runInfoId": run["id"], "runInfoDate": run["date"] }));
    for required in ["id", "source", "time"] {
        assert!(event[required].is_string(), "{required} is missing in {event}");
    }
}

#[test]
fn without_events_nothing_is_posted() {
    let stage = Stage::few(Scene::new(), 1).setting("PublishToEventGrid", "false");
    run(&stage.start());
    assert!(stage.webhook.calls().is_empty());
    let report = stage.mail.texts().pop().unwrap_or_default();
    assert!(report.starts_with("Run completed <br><br><b>"), "{report}");
}
