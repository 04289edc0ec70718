//! The management API as a test uses it: with the master key, in words instead of paths.

use std::time::Duration;

use serde_json::Value;

use super::{
    encode::percent,
    host::Host,
    request::Request,
    response::Response,
    scene::MASTER_KEY,
    wait::{until, until_within},
};

/// Where the management API lives.
pub(crate) const BASE: &str = "/runtime/webhooks/durabletask";
/// Where it lived in 2017; served as well.
pub(crate) const OLD_BASE: &str = "/admin/extensions/DurableTaskExtension";

/// The management API of one host.
#[derive(Clone, Copy)]
pub(crate) struct Durable<'h> {
    host: &'h Host,
    base: &'static str,
}

impl<'h> Durable<'h> {
    pub(super) fn new(host: &'h Host) -> Self {
        Self { host, base: BASE }
    }

    /// The same under another base.
    pub(crate) fn under(self, base: &'static str) -> Self {
        Self { base, ..self }
    }

    /// A request below the base, with the master key.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        self.host.request(method, format!("{}{path}", self.base)).key(MASTER_KEY)
    }

    /// Starts an orchestration under an own id.
    pub(crate) fn start(&self, function: &str, id: &str, input: &Value) -> Response {
        self.request("POST", &format!("/orchestrators/{function}/{}", percent(id))).json(input).send()
    }

    /// Starts an orchestration under an own id and waits until its code has run.
    #[track_caller]
    pub(crate) fn start_running(&self, function: &str, id: &str, input: &Value) {
        self.start(function, id, input).expect(202);
        self.wait_for(id, "Running");
    }

    /// The answer to a status query; `query` starts with `?` or is empty.
    pub(crate) fn status(&self, id: &str, query: &str) -> Response {
        self.request("GET", &format!("/instances/{}{query}", percent(id))).send()
    }

    /// Waits until the instance has this status; answers the status document.
    #[track_caller]
    pub(crate) fn wait_for(&self, id: &str, status: &str) -> Value {
        self.wait_until(id, &format!("to be {status}"), |document| document["runtimeStatus"] == status)
    }

    /// Waits until the status document (with history) pleases.
    #[track_caller]
    pub(crate) fn wait_until(&self, id: &str, what: &str, pleases: impl Fn(&Value) -> bool) -> Value {
        until(&format!("instance {id} {what}"), || {
            let response = self.status(id, "?showHistory=true&showHistoryOutput=true");
            if !matches!(response.status, 200 | 202) {
                return Err(response.to_string());
            }
            let document = response.json();
            if pleases(&document) { Ok(document) } else { Err(document.to_string()) }
        })
    }

    /// Waits, longer than others, until a large instance has ended; answers its status document without its history.
    #[track_caller]
    pub(crate) fn wait_for_end(&self, id: &str) -> Value {
        until_within(Duration::from_secs(90), &format!("instance {id} to end"), || {
            let document = self.status(id, "").json();
            match document["runtimeStatus"].as_str() {
                Some("Pending" | "Running") => Err(document.to_string()),
                _ => Ok(document),
            }
        })
    }

    /// Raises an event with a JSON payload.
    pub(crate) fn raise(&self, id: &str, event: &str, payload: &Value) -> Response {
        self.request("POST", &format!("/instances/{}/raiseEvent/{}", percent(id), percent(event)))
            .json(payload)
            .send()
    }

    /// `terminate`, `suspend`, `resume`.
    pub(crate) fn control(&self, id: &str, verb: &str, reason: &str) -> Response {
        self.request("POST", &format!("/instances/{}/{verb}?reason={}", percent(id), percent(reason))).send()
    }

    /// Removes a finished instance.
    pub(crate) fn purge(&self, id: &str) -> Response {
        self.request("DELETE", &format!("/instances/{}", percent(id))).send()
    }

    /// Lists instances; `query` starts with `?` or is empty.
    pub(crate) fn list(&self, query: &str) -> Response {
        self.request("GET", &format!("/instances{query}")).send()
    }

    /// The state of an entity as it is stored; the empty key is `$`.
    pub(crate) fn entity(&self, name: &str, key: &str) -> Response {
        self.request(
            "GET",
            &format!("/entities/{name}/{}", if key.is_empty() { "$".into() } else { percent(key) }),
        )
        .send()
    }

    /// Signals an entity with a JSON payload.
    pub(crate) fn signal(&self, name: &str, key: &str, operation: &str, input: &Value) -> Response {
        self.request("POST", &format!("/entities/{name}/{}?op={operation}", percent(key))).json(input).send()
    }

    /// Waits until the stored text of an entity is this one.
    #[track_caller]
    pub(crate) fn wait_for_entity(&self, name: &str, key: &str, text: &str) {
        until(&format!("entity {name}/{key} to be {text}"), || {
            let response = self.entity(name, key);
            if response.status == 200 && response.text() == text { Ok(()) } else { Err(response.to_string()) }
        });
    }
}
