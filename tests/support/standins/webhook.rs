//! A webhook that takes events of anybody who knows its key.

use super::server::{Answer, Call, Server};

/// The stand-in.
pub(crate) struct Webhook {
    pub(crate) server: Server,
}

impl Webhook {
    /// A webhook whose key is `event-key`.
    pub(crate) fn start() -> Self {
        Self {
            server: Server::start(|call| match call.header("aeg-sas-key") {
                Some("event-key") => Answer::status(200),
                _ => Answer::status(401),
            }),
        }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        format!("{}/api/events", self.server.url())
    }

    /// What it was sent.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.server.calls()
    }
}
