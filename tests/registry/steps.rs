//! What guests of a registry do, in words.

use serde_json::Value;

use crate::support::{Host, Response, percent, until};

/// One registry of one host.
pub(crate) struct Registry<'h> {
    pub(crate) host: &'h Host,
    pub(crate) id: String,
}

impl<'h> Registry<'h> {
    /// Opens a registry and waits until it takes gifts and its list exists.
    #[track_caller]
    pub(crate) fn open(host: &'h Host) -> Self {
        let registry = Self::just_open(host);
        until("a new registry to be open", || {
            let peek = registry.peek();
            if peek["status"] == "Open" && peek["registry"].is_object() {
                Ok(())
            } else {
                Err(peek.to_string())
            }
        });
        registry
    }

    /// Opens a registry and waits for nothing.
    #[track_caller]
    pub(crate) fn just_open(host: &'h Host) -> Self {
        Self { host, id: host.get("/api/Open").send().expect(200).text() }
    }

    /// Adds an item, whatever the answer.
    pub(crate) fn try_add(&self, item: &str) -> Response {
        self.host.get(self.add_path(item)).send()
    }

    /// Adds an item.
    #[track_caller]
    pub(crate) fn add(&self, item: &str) {
        self.try_add(item).expect_text(200, "");
    }

    /// The path that adds an item, for clients that keep their connection.
    pub(crate) fn add_path(&self, item: &str) -> String {
        format!("/api/Add/{}?item={}", self.id, percent(item))
    }

    /// What Peek answers.
    #[track_caller]
    pub(crate) fn peek(&self) -> Value {
        self.host.get(format!("/api/Peek/{}", self.id)).send().expect(200).json()
    }

    /// The items of the list, in its order; empty before it exists.
    #[track_caller]
    pub(crate) fn items(&self) -> Vec<String> {
        let peek = self.peek();
        let items = peek["registry"]["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item.as_str().expect("an item is a string").to_owned()).collect()
    }

    /// Waits until the list is exactly this one.
    #[track_caller]
    pub(crate) fn wait_for_items(&self, items: &[&str]) {
        until(&format!("the list to be {items:?}"), || {
            let found = self.items();
            if found == items { Ok(()) } else { Err(format!("{found:?}")) }
        });
    }

    /// Finishes the registry, whatever the answer.
    pub(crate) fn try_finish(&self) -> Response {
        self.host.get(format!("/api/Finish/{}", self.id)).send()
    }

    /// Waits until Peek says Closed; answers the output of the orchestration.
    #[track_caller]
    pub(crate) fn wait_for_close(&self) -> Value {
        until("the registry to be closed", || {
            let peek = self.peek();
            if peek["status"] == "Closed" { Ok(()) } else { Err(peek.to_string()) }
        });
        let status = self.host.durable().status(&self.id, "").expect(200).json();
        assert_eq!(status["runtimeStatus"], "Completed", "{status}");
        status["output"].clone()
    }

    /// Fails the test unless the registry takes gifts.
    #[track_caller]
    pub(crate) fn expect_open(&self) {
        let peek = self.peek();
        assert_eq!(peek["status"], "Open", "{peek}");
    }
}

/// Waits until the statistics are exactly these.
#[track_caller]
pub(crate) fn wait_for_stats(host: &Host, registries: usize, items: usize) {
    let expected = format!(r#"{{"registryCount":{registries},"itemsCount":{items}}}"#);
    until(&format!("the statistics to be {expected}"), || {
        let response = host.get("/api/Stats").send();
        if response.status == 200 && response.text() == expected { Ok(()) } else { Err(response.to_string()) }
    });
}
