//! Hosts under a supervisor: whoever dies is started again.

use std::time::{Duration, Instant};

use postgres_testkit::Server;
use serde_json::Value;

use crate::{
    shared::adder,
    support::{BASE, Client, Host, MASTER_KEY, Request, Response, Scene, percent},
};

/// Each death on Postgres is followed by the rest of a lease, all of them together take this long at most.
const PATIENCE: Duration = Duration::from_secs(120);

/// Hosts on one database.
pub(super) struct Flock {
    scene: Scene,
    hosts: Vec<Host>,
    deaths: usize,
}

impl Flock {
    /// One host.
    pub(super) fn on_sqlite() -> Self {
        let scene = Scene::new();
        Self::of(scene, 1)
    }

    /// Two hosts on a new database of this server.
    pub(super) fn on_postgres(server: &'static Server) -> Self {
        let scene = Scene::new().on_postgres(&server.new_database());
        Self::of(scene, 2)
    }

    fn of(scene: Scene, hosts: usize) -> Self {
        let app = scene.folder().join("app");
        adder::write(&app);
        let scene = scene.binary(adder::BINARY).app(app);
        let hosts = (0..hosts).map(|_| scene.start()).collect();
        Self { scene, hosts, deaths: 0 }
    }

    /// How often a host has died.
    pub(super) fn deaths(&self) -> usize {
        self.deaths
    }

    /// Starts again who has died.
    #[track_caller]
    pub(super) fn tend(&mut self) {
        for host in &mut self.hosts {
            if host.has_aborted() {
                self.deaths += 1;
                assert!(self.deaths < 30, "they die and die: {}", host.stderr());
                *host = loop {
                    match self.scene.try_start() {
                        Ok(host) => break host,
                        // It may die before it has said that it is ready.
                        Err(refused) => {
                            assert!(refused.code.is_none() && self.deaths < 30, "{}", refused.stderr);
                            self.deaths += 1;
                        }
                    }
                };
            }
        }
    }

    /// Asks a host; `None` when it died before it answered.
    pub(super) fn ask(&self, at: usize, method: &str, path: &str, body: Option<&Value>) -> Option<Response> {
        let address = self.hosts[at % self.hosts.len()].address();
        let mut request = Request::new(address, method, format!("{BASE}{path}")).key(MASTER_KEY);
        if let Some(body) = body {
            request = request.json(body);
        }
        Client::to(address).send(&request.header("connection", "close")).ok()
    }

    /// Asks, while hosts die and come back, until an answer pleases.
    #[track_caller]
    pub(super) fn until<T>(&mut self, what: &str, mut probe: impl FnMut(&Self) -> Result<T, String>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.tend();
            match probe(self) {
                Ok(found) => return found,
                Err(seen) => {
                    assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what}; seen last: {seen}")
                }
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the state of an entity is this one.
    #[track_caller]
    pub(super) fn waits_for_entity(&mut self, name: &str, key: &str, state: &Value) {
        let path = format!("/entities/{name}/{}", percent(key));
        self.until(&format!("entity {name}/{key} to be {state}"), |flock| {
            let answer = flock.ask(0, "GET", &path, None).ok_or("no answer")?;
            if answer.status == 200 && answer.json() == *state { Ok(()) } else { Err(answer.to_string()) }
        });
    }
}
