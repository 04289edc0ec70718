//! The app that is measured: a folder of functions, and the functions linked.

mod files;
mod functions;

pub(crate) use files::write;
pub(crate) use functions::{ALARM, FanOut, HELLO, NAP, PATIENT, WAIT_FOR_GO, registry, take_calls};

/// Activities called one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    /// The orchestrator.
    pub(crate) orchestrator: &'static str,
    /// Whom it greets.
    pub(crate) cities: &'static [&'static str],
    /// What it results in, as JSON.
    pub(crate) greetings: &'static str,
}

/// What a chain calls.
pub(crate) const SAY_HELLO: &str = "SayHello";

/// A sequence of three.
pub(crate) const SEQUENCE: Chain = Chain {
    orchestrator: "HelloSequence",
    cities: &["Tokyo", "Seattle", "London"],
    greetings: r#"["Hello Tokyo!","Hello Seattle!","Hello London!"]"#,
};

/// The five that other engines are measured with.
pub(crate) const CITIES: Chain = Chain {
    orchestrator: "HelloCities5",
    cities: &["Tokyo", "Seattle", "London", "Amsterdam", "Mumbai"],
    greetings: r#"["Hello Tokyo!","Hello Seattle!","Hello London!","Hello Amsterdam!","Hello Mumbai!"]"#,
};

/// The entity.
pub(crate) const COUNTER: &str = "Counter";

/// Its operation: add a number.
pub(crate) const ADD: &str = "Add";
/// The event that instances wait for.
pub(crate) const GO: &str = "Go";
