//! A mail service that speaks HTTP: `POST /v3/mail/send`.

use super::server::{Answer, Call, Server};

/// The stand-in.
pub(crate) struct MailApi {
    pub(crate) server: Server,
}

impl MailApi {
    /// A service that takes whatever bears the key `mail-key`.
    pub(crate) fn start() -> Self {
        Self {
            server: Server::start(|call| match (call.path.as_str(), call.header("authorization")) {
                ("/v3/mail/send", Some("Bearer mail-key")) => Answer::status(202),
                ("/v3/mail/send", _) => Answer::status(401),
                _ => Answer::status(404),
            }),
        }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// The texts of the mails that it took, in their order.
    pub(crate) fn texts(&self) -> Vec<String> {
        let text = |call: &Call| call.json()["content"][0]["value"].as_str().unwrap_or_default().to_owned();
        self.server.calls().iter().filter(|call| call.status == 202).map(text).collect()
    }
}
