//! An app that is made by its test: folders written here, handlers given, state in a file that outlives the host.

use std::{fs, path::PathBuf, time::Duration};

use fnhost::testkit::TestApp;
use fnhost_protocol::{
    client::{StartRequest, StatusDetail},
    history::HistoryEvent,
    ids::InstanceId,
    json::JsonText,
    status::{InstanceStatus, RuntimeStatus},
    time::Timestamp,
};
use fnhost_sdk::Registry;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

/// The app's folder and database.
pub(crate) struct Stage {
    folder: TempDir,
    now: Timestamp,
}

/// A running app.
pub(crate) struct Running<'s> {
    pub(crate) app: TestApp,
    stage: &'s mut Stage,
}

impl Stage {
    /// An app with these activities and orchestrations.
    pub(crate) fn new(activities: &[&str], orchestrations: &[&str]) -> Self {
        let stage = Self {
            folder: tempfile::tempdir().unwrap(),
            now: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
        };
        fs::create_dir(stage.app()).unwrap();
        fs::write(stage.app().join("host.toml"), "version = \"2.0\"\n").unwrap();
        activities.iter().for_each(|name| stage.function(name, "activityTrigger", ""));
        orchestrations.iter().for_each(|name| stage.function(name, "orchestrationTrigger", ""));
        stage
    }

    /// Adds lines to the host file.
    pub(crate) fn host(self, more: &str) -> Self {
        fs::write(self.app().join("host.toml"), format!("version = \"2.0\"\n{more}")).unwrap();
        self
    }

    fn app(&self) -> PathBuf {
        self.folder.path().join("app")
    }

    /// Writes a function's folder, with more lines below its trigger.
    pub(crate) fn function(&self, name: &str, trigger: &str, more: &str) {
        let folder = self.app().join("functions").join(name);
        fs::create_dir_all(&folder).unwrap();
        let text = format!("[[bindings]]\ntype = \"{trigger}\"\nname = \"input\"\n{more}");
        fs::write(folder.join("function.toml"), text).unwrap();
    }

    /// Starts the app where its state left off.
    pub(crate) async fn start(&mut self, handlers: Registry) -> Running<'_> {
        let app = TestApp::of(self.app(), handlers)
            .database(self.folder.path().join("state.db"))
            .starting_at(self.now);
        Running { app: app.start().await.unwrap(), stage: self }
    }
}

impl Running<'_> {
    /// Starts an instance and waits until everything has come to rest.
    pub(crate) async fn begin(&self, function: &str, id: &str) -> InstanceId {
        let id = self.start(function, id).await;
        self.advance(0).await;
        id
    }

    pub(crate) async fn start(&self, function: &str, id: &str) -> InstanceId {
        let instance = Some(InstanceId::parse(id).unwrap());
        let request = StartRequest { function: function.to_owned(), instance, input: JsonText::null() };
        self.app.durable().start(request).await.unwrap()
    }

    /// Turns the clock and waits until everything has come to rest.
    pub(crate) async fn advance(&self, seconds: u64) {
        self.app.advance(Duration::from_secs(seconds)).await;
    }

    pub(crate) async fn status(&self, id: &InstanceId) -> InstanceStatus {
        let detail = StatusDetail { input: false, history: true };
        self.app.durable().status(id.clone(), detail).await.unwrap().unwrap()
    }

    pub(crate) async fn history(&self, id: &InstanceId) -> Vec<HistoryEvent> {
        self.status(id).await.history.unwrap()
    }

    pub(crate) async fn output<T: DeserializeOwned>(&self, id: &InstanceId) -> T {
        let status = self.status(id).await;
        assert_eq!(status.status, RuntimeStatus::Completed, "{:?}", status.failure);
        status.output.unwrap().read().unwrap()
    }

    /// The status document as the management API answers it.
    pub(crate) async fn document(&self, id: &InstanceId) -> serde_json::Value {
        let path = format!("/runtime/webhooks/durabletask/instances/{id}");
        self.app.get(&path).await.unwrap().json().unwrap()
    }

    pub(crate) async fn stop(self) {
        self.stage.now = self.app.now();
        self.app.stop().await;
    }
}
