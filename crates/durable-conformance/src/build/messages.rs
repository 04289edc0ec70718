//! Times, values and messages, and the labels by which behaviours compare them.

use std::time::Duration;

use durable_core::message::Message;
use fnhost_protocol::{
    history::{EventKind, HistoryEvent},
    json::JsonText,
    time::Timestamp,
};

/// So many seconds after the time at which everything happens that does not say otherwise.
pub fn at(seconds: u64) -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_000).saturating_add(Duration::from_secs(seconds))
}

/// A JSON value.
pub fn json(text: &str) -> JsonText {
    JsonText::parse(text).expect("behaviours write valid JSON")
}

/// An external event, to an inbox.
pub fn event(name: &str) -> Message {
    let event = EventKind::EventRaised { name: name.to_owned(), input: JsonText::null() };
    Message::Event { execution: None, at: at(0), event }
}

/// A signal to an entity.
pub fn operation(name: &str) -> Message {
    Message::signal(name, json("1"))
}

/// An external event, in a history.
pub fn raised(name: &str) -> HistoryEvent {
    HistoryEvent::new(at(0), EventKind::EventRaised { name: name.to_owned(), input: JsonText::null() })
}

/// What a message is called in a behaviour.
pub fn label(message: &Message) -> String {
    match message {
        Message::Start { .. } => "Start".to_owned(),
        Message::ContinuedAsNew { .. } => "ContinuedAsNew".to_owned(),
        Message::Event { event, .. } => label_of(event),
        Message::Terminate { .. } => "Terminate".to_owned(),
        Message::Operation { name, .. } => name.clone(),
        other => format!("{other:?}"),
    }
}

/// What the events of a history are called in a behaviour.
pub fn labels(history: &[HistoryEvent]) -> Vec<String> {
    history.iter().map(|event| label_of(&event.kind)).collect()
}

fn label_of(event: &EventKind) -> String {
    match event {
        EventKind::EventRaised { name, .. } => name.clone(),
        other => format!("{other:?}"),
    }
}
