//! Adds up what came of the uploads, for the run's document and for a mail.

use fnhost_sdk::Result;

use super::documents::{Report, RunStatus, UploadResult};

pub async fn run(uploads: Vec<UploadResult>) -> Result<Report> {
    let names = |list: fn(&UploadResult) -> &Vec<String>| {
        uploads.iter().flat_map(list).map(String::as_str).collect::<Vec<_>>().join(",")
    };
    let sum = |count: fn(&UploadResult) -> usize| uploads.iter().map(count).sum::<usize>();
    let status = RunStatus {
        id: 0,
        total_received: sum(|upload| upload.received),
        total_processed: sum(|upload| upload.processed),
        total_created_count: sum(|upload| upload.created_count),
        total_failed_count: sum(|upload| upload.failed_count),
        created_list: names(|upload| &upload.created_list),
        failed_list: names(|upload| &upload.failed_list),
    };
    let email_body = format!(
        "<b>Total received: {} <br>Total processed: {}<br>Total created: {}<br>Total failed: {} <br>Failed List: {}<br></b>",
        status.total_received,
        status.total_processed,
        status.total_created_count,
        status.total_failed_count,
        escaped(&status.failed_list)
    );
    Ok(Report { status, email_body })
}

/// Names come from a file and from GitHub; a mail is HTML.
fn escaped(names: &str) -> String {
    names.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
