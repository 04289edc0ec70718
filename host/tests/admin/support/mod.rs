//! The scene: an API with a key of every kind, fakes behind it, and a client that calls it.

mod answer;
mod durable;
mod host;

pub(crate) use answer::Answer;
pub(crate) use durable::{FakeDurable, instance};
pub(crate) use host::{FakeBlobs, FakeClock, FakeFunctions, FakeHealth, FakeRunner, FakeTimers};

use std::sync::Arc;
use std::time::Instant;

use durable_core::memory::MemoryDatabase;
use durable_core::store::KeyScope;
use fnhost::admin::{AdminApi, AdminParts, ClockControl, DurableOptions, HostInfo};
use fnhost::config::Settings;
use fnhost::http_server::{ConnectionInfo, RequestBody};
use fnhost::keys::{Key, KeyRing, LinkFactory};
use http::{Method, Request};

pub(crate) const MASTER: &str = "master-key-0123456789";
pub(crate) const HOST: &str = "host-key-0123456789abc";
pub(crate) const HELLO: &str = "hello-key-0123456789ab";
pub(crate) const OTHER: &str = "other-key-0123456789ab";
pub(crate) const SYSTEM: &str = "system-key-0123456789a";
pub(crate) const FOREIGN_SYSTEM: &str = "foreign-key-0123456789";

pub(crate) const BASE: &str = "/runtime/webhooks/durabletask";
pub(crate) const OLD_BASE: &str = "/admin/extensions/DurableTaskExtension";
pub(crate) const ORIGIN: &str = "http://host.test:7071";

/// Bytes of a body that are allowed.
pub(crate) const LIMIT: usize = 1_000;

pub(crate) struct Scene {
    pub(crate) api: AdminApi,
    pub(crate) keys: KeyRing,
    pub(crate) durable: Arc<FakeDurable>,
    pub(crate) runner: Arc<FakeRunner>,
    pub(crate) health: Arc<FakeHealth>,
    pub(crate) clock: Arc<FakeClock>,
}

/// What differs from the usual scene.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) without_auth: bool,
    pub(crate) without_clock: bool,
    pub(crate) use_forwarded_host: bool,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let store = Arc::new(MemoryDatabase::new().store("hub"));
        let settings: Settings = [("FNHOST_MASTER_KEY".to_owned(), MASTER.to_owned())].into_iter().collect();
        let keys = match setup.without_auth {
            true => KeyRing::without_auth(store, &settings).await.unwrap(),
            false => KeyRing::load(store, &settings).await.unwrap().ring,
        };
        set_keys(&keys).await;
        let durable = Arc::new(FakeDurable::new(LinkFactory::new("MyHub", "Storage", keys.tokens().clone())));
        let runner = Arc::new(FakeRunner::default());
        let health = Arc::new(FakeHealth::default());
        let clock = Arc::new(FakeClock::default());
        let api = AdminApi::new(AdminParts {
            keys: keys.clone(),
            durable: durable.clone(),
            durable_options: DurableOptions {
                hub: "MyHub".into(),
                use_forwarded_host: setup.use_forwarded_host,
                payload_bytes: LIMIT,
            },
            functions: Arc::new(FakeFunctions),
            runner: runner.clone(),
            timers: Arc::new(FakeTimers),
            occurrences: Arc::new(MemoryDatabase::new().store("MyHub")),
            blobs: Arc::new(FakeBlobs),
            health: health.clone(),
            clock: (!setup.without_clock).then(|| clock.clone() as Arc<dyn ClockControl>),
            host: HostInfo {
                id: "app-1".into(),
                instance_id: "process-1".into(),
                computer_name: "box".into(),
                started: Instant::now(),
            },
        });
        Self { api, keys, durable, runner, health, clock }
    }

    /// Sets all keys as they were at first.
    pub(crate) async fn restore_keys(&self) {
        set_keys(&self.keys).await;
    }

    /// Sends a request with exactly these headers.
    pub(crate) async fn raw(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut request =
            Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(RequestBody::from_bytes(body.to_vec())).unwrap();
        let address = "127.0.0.1:7071".parse().unwrap();
        let response = self.api.handle(request, ConnectionInfo { peer: address, local: address }).await;
        Answer::of(response)
    }

    /// Sends a request with this key in the header, if any.
    pub(crate) async fn with_key(&self, method: &str, target: &str, key: Option<&str>) -> Answer {
        let mut headers = vec![("host", "host.test:7071")];
        headers.extend(key.map(|key| ("x-functions-key", key)));
        self.raw(method, target, &headers, b"").await
    }

    /// Sends a request with the master key and without a body.
    pub(crate) async fn call(&self, method: &str, target: &str) -> Answer {
        self.with_key(method, target, Some(MASTER)).await
    }

    /// Sends a request with the master key and a body.
    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        content_type: &str,
        body: impl AsRef<[u8]>,
    ) -> Answer {
        let mut headers = vec![("host", "host.test:7071"), ("x-functions-key", MASTER)];
        if !content_type.is_empty() {
            headers.push(("content-type", content_type));
        }
        self.raw(method, target, &headers, body.as_ref()).await
    }

    /// Sends JSON with the master key.
    pub(crate) async fn json(&self, method: &str, target: &str, body: impl AsRef<[u8]>) -> Answer {
        self.send(method, target, "application/json", body).await
    }
}

async fn set_keys(ring: &KeyRing) {
    for (scope, name, key) in [
        (KeyScope::Host, "default", HOST),
        (KeyScope::Function("hello".into()), "default", HELLO),
        (KeyScope::Function("other".into()), "default", OTHER),
        (KeyScope::System("durabletask_extension".into()), "default", SYSTEM),
        (KeyScope::System("other_extension".into()), "default", FOREIGN_SYSTEM),
    ] {
        ring.set(scope, name, Some(Key::parse(key).unwrap())).await.unwrap();
    }
}
