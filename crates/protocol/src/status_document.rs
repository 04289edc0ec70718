//! The status document: what the management API answers about an instance, and what functions pass on.
//!
//! Built in one place because the host and the SDK both send it, and clients compare it field by field.
//! Its history is in [`history_document`](crate::history_document).

use serde::Serialize;

use crate::{
    failure::Failure, history_document::HistoryDocument, json::JsonText, status::InstanceStatus,
    status::RuntimeStatus,
};

/// The published document of one instance; borrows what it shows.
///
/// All keys but `historyEvents` are always there; times have no fraction.
///
/// ```
/// use fnhost_protocol::{
///     ids::InstanceId,
///     status::{InstanceStatus, RuntimeStatus},
///     status_document::StatusDocument,
///     time::Timestamp,
/// };
/// let status = InstanceStatus {
///     instance: InstanceId::from_stored("abc"),
///     name: "Hello".into(),
///     status: RuntimeStatus::Running,
///     input: None,
///     output: None,
///     failure: None,
///     custom_status: None,
///     created_at: Timestamp::EPOCH,
///     updated_at: Timestamp::EPOCH,
///     history: None,
/// };
/// assert_eq!(
///     StatusDocument::of(&status).to_json(),
///     r#"{"name":"Hello","instanceId":"abc","runtimeStatus":"Running","input":null,"customStatus":null,"output":null,"createdTime":"1970-01-01T00:00:00Z","lastUpdatedTime":"1970-01-01T00:00:00Z"}"#
/// );
/// ```
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusDocument<'a> {
    name: &'a str,
    instance_id: &'a str,
    runtime_status: RuntimeStatus,
    input: Option<&'a JsonText>,
    custom_status: Option<&'a JsonText>,
    output: Option<Shown<'a>>,
    created_time: String,
    last_updated_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    history_events: Option<HistoryDocument<'a>>,
}

/// A value in a document: JSON as it stands, or a text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Shown<'a> {
    Json(&'a JsonText),
    Text(String),
}

impl<'a> StatusDocument<'a> {
    /// The document of an instance, with its input if that was read, and without its history.
    pub fn of(status: &'a InstanceStatus) -> Self {
        let failure =
            || status.failure.as_ref().map(|failure| Shown::Text(failure_text(&status.name, failure)));
        Self {
            name: &status.name,
            instance_id: status.instance.as_str(),
            runtime_status: status.status,
            input: status.input.as_ref(),
            custom_status: status.custom_status.as_ref(),
            output: status.output.as_ref().map(Shown::Json).or_else(failure),
            created_time: status.created_at.to_seconds_text(),
            last_updated_time: status.updated_at.to_seconds_text(),
            history_events: None,
        }
    }

    /// The same with the history, if that was read; results and payloads in it only with `outputs`.
    #[must_use]
    pub fn with_history(mut self, status: &'a InstanceStatus, outputs: bool) -> Self {
        self.history_events =
            status.history.as_deref().map(|events| HistoryDocument::of(&status.name, events, outputs));
        self
    }

    /// The document as text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and JSON have a JSON form")
    }
}

/// How a failed orchestration reads: as clients know it.
pub(crate) fn failure_text(orchestrator: &str, failure: &Failure) -> String {
    format!("Orchestrator function '{orchestrator}' failed: {failure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::{EventKind, HistoryEvent},
        ids::InstanceId,
        time::Timestamp,
    };

    fn status(status: RuntimeStatus) -> InstanceStatus {
        InstanceStatus {
            instance: InstanceId::from_stored("abc"),
            name: "F".into(),
            status,
            input: Some(JsonText::string("in")),
            output: None,
            failure: None,
            custom_status: Some(JsonText::parse("[1]").unwrap()),
            created_at: Timestamp::parse("2026-01-01T00:00:00.5Z").unwrap(),
            updated_at: Timestamp::parse("2026-01-01T00:00:01.9Z").unwrap(),
            history: Some(vec![HistoryEvent::new(
                Timestamp::EPOCH,
                EventKind::EventRaised { name: "Go".into(), input: JsonText::null() },
            )]),
        }
    }

    #[test]
    fn the_output_is_the_result_or_the_failure_as_text() {
        let completed =
            InstanceStatus { output: Some(JsonText::string("out")), ..status(RuntimeStatus::Completed) };
        assert_eq!(
            StatusDocument::of(&completed).to_json(),
            r#"{"name":"F","instanceId":"abc","runtimeStatus":"Completed","input":"in","customStatus":[1],"output":"out","createdTime":"2026-01-01T00:00:00Z","lastUpdatedTime":"2026-01-01T00:00:01Z"}"#
        );
        let failure = Failure::new("Error", "no paper").caused_by(Failure::new("Error", "tray 2"));
        let failed = InstanceStatus { failure: Some(failure), ..status(RuntimeStatus::Failed) };
        assert!(
            StatusDocument::of(&failed)
                .to_json()
                .contains(r#""output":"Orchestrator function 'F' failed: no paper: tray 2""#)
        );
    }

    #[test]
    fn history_is_shown_when_asked_for_and_read() {
        let running = status(RuntimeStatus::Running);
        let with = StatusDocument::of(&running).with_history(&running, false).to_json();
        assert!(with.ends_with(
            r#""historyEvents":[{"EventType":"EventRaised","Name":"Go","Timestamp":"1970-01-01T00:00:00.000000Z"}]}"#
        ));
        let unread = InstanceStatus { history: None, ..running };
        assert!(!StatusDocument::of(&unread).with_history(&unread, true).to_json().contains("historyEvents"));
    }
}
