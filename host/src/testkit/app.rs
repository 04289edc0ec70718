//! The app under test: a host of its own with a database of its own.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use fnhost_protocol::{client::DurableApi, time::Timestamp};
use fnhost_sdk::Registry;
use http::{Method, Request, header};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::Answer;
use crate::{
    admin::ClockControl,
    config::Environment,
    http_server::send_local,
    runtime::{ClockChoice, Database, Host, HostOptions, StartError, Stopped},
    shutdown::Shutdown,
};

/// Why an app under test does not do what is asked.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// It does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It does not answer.
    #[error("failed to call the app")]
    Call(#[from] io::Error),
    /// The request makes no sense.
    #[error("failed to make the request")]
    Request(#[from] http::Error),
}

/// How an app under test is to be started.
#[derive(Debug)]
pub struct TestAppBuilder {
    registry: Registry,
    options: HostOptions,
    settings: Vec<(String, String)>,
    database: Option<PathBuf>,
}

impl TestAppBuilder {
    /// Sets a setting, above what the app's files say.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Keeps state in this file, so that another start finds it; without it the state goes with the test.
    #[must_use]
    pub fn database(mut self, file: impl Into<PathBuf>) -> Self {
        self.database = Some(file.into());
        self
    }

    /// Shows this time at first instead of the machine's.
    #[must_use]
    pub fn starting_at(mut self, time: Timestamp) -> Self {
        self.options.clock = ClockChoice::Virtual(Some(time));
        self
    }

    /// Asks for access keys, as a real host does.
    #[must_use]
    pub fn with_keys(mut self) -> Self {
        self.options.auth = true;
        self
    }

    /// Starts it on a free port.
    ///
    /// # Errors
    /// As for [`Host::start`].
    pub async fn start(mut self) -> Result<TestApp, TestError> {
        let (database, throw_away) = match self.database {
            Some(file) => (file, None),
            None => {
                let file = fresh_database();
                (file.clone(), Some(ThrowAway(file)))
            }
        };
        self.options.database = Some(Database::Sqlite(database));
        self.options.environment = Environment::from_iter(self.settings);
        let host = Host::start(self.options, self.registry, |_| ()).await?;
        let shutdown = Shutdown::new();
        Ok(TestApp {
            address: host.address(),
            clock: host.clock(),
            durable: host.durable().clone(),
            shutdown: shutdown.clone(),
            running: tokio::spawn(host.run(shutdown)),
            _throw_away: throw_away,
        })
    }
}

/// A database that no other test has: tests run side by side, in one process and in many, and the temporary folder may
/// outlive the numbers of processes.
fn fresh_database() -> PathBuf {
    std::env::temp_dir().join(format!("fnhost-test-{}", Uuid::new_v4().simple())).join("state.db")
}

/// An app that runs in this process on a virtual clock.
pub struct TestApp {
    address: SocketAddr,
    clock: Option<Arc<dyn ClockControl>>,
    durable: Arc<dyn DurableApi>,
    shutdown: Shutdown,
    running: JoinHandle<Stopped>,
    _throw_away: Option<ThrowAway>,
}

/// A database that goes with its test, also with one that fails.
struct ThrowAway(PathBuf);

impl Drop for ThrowAway {
    fn drop(&mut self) {
        if let Some(folder) = self.0.parent() {
            // What is left over is in the folder for temporary files.
            std::fs::remove_dir_all(folder).ok();
        }
    }
}

impl Drop for TestApp {
    /// A test that fails does not get to `stop`.
    fn drop(&mut self) {
        self.shutdown.begin_now();
    }
}

impl std::fmt::Debug for TestApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestApp").field("address", &self.address).finish_non_exhaustive()
    }
}

impl TestApp {
    /// The app of a folder with these linked functions. Without [`with_keys`](TestAppBuilder::with_keys) nothing asks
    /// for a key.
    pub fn of(folder: impl Into<PathBuf>, registry: Registry) -> TestAppBuilder {
        let mut options = HostOptions::new(folder);
        options.port = Some(0);
        options.auth = false;
        options.announced = false;
        options.clock = ClockChoice::Virtual(None);
        TestAppBuilder { registry, options, settings: Vec::new(), database: None }
    }

    /// Where it listens: for tests that write their requests byte by byte.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls it with GET.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn get(&self, path_and_query: &str) -> Result<Answer, TestError> {
        self.send(Request::builder().method(Method::GET).uri(path_and_query).body(Bytes::new())?).await
    }

    /// Calls it with POST and a JSON body.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn post(&self, path_and_query: &str, json: impl Into<Bytes>) -> Result<Answer, TestError> {
        let request = Request::builder().method(Method::POST).uri(path_and_query);
        self.send(request.header(header::CONTENT_TYPE, "application/json").body(json.into())?).await
    }

    /// Calls it.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Answer, TestError> {
        Ok(Answer(send_local(self.address, request).await?))
    }

    /// Its durable engine.
    pub fn durable(&self) -> &Arc<dyn DurableApi> {
        &self.durable
    }

    /// Turns its clock forward, stopping at everything that falls due, and completes when all of it is done.
    pub async fn advance(&self, by: Duration) {
        if let Some(clock) = &self.clock {
            clock.advance(by).await;
        }
    }

    /// What its clock shows.
    pub fn now(&self) -> Timestamp {
        self.clock.as_ref().map_or(Timestamp::EPOCH, |clock| clock.now())
    }

    /// Stops it as a signal would, and removes its state unless it was given a file. Answers how it ended.
    ///
    /// # Panics
    /// When the host panicked: a test has to hear of it.
    pub async fn stop(mut self) -> Stopped {
        self.shutdown.begin_graceful();
        (&mut self.running).await.expect("the host panicked")
    }
}
