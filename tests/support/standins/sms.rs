//! A service that sends short messages; this one keeps them.

use super::server::{Answer, Server};

/// The stand-in.
pub(crate) struct SmsSink {
    pub(crate) server: Server,
}

impl SmsSink {
    /// A service that takes everything.
    pub(crate) fn start() -> Self {
        Self { server: Server::start(|_| Answer::status(201)) }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        format!("{}/messages", self.server.url())
    }

    /// Numbers and texts, in their order.
    pub(crate) fn messages(&self) -> Vec<(String, String)> {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        self.server
            .calls()
            .iter()
            .map(|call| (text(&call.json()["to"]), text(&call.json()["body"])))
            .collect()
    }
}
