//! Hosts that share a database, and the places where clients find them.

use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};

use postgres_testkit::Server;

use super::adder;
use crate::support::{Host, Scene};

/// How many hosts there are.
pub(super) const HOSTS: usize = 3;
/// Where each host listens; `None` while there is none.
pub(super) type Places = [RwLock<Option<SocketAddr>>; HOSTS];

/// Three hosts on one database.
pub(super) struct Fleet {
    scene: Scene,
    server: &'static Server,
    /// The database's name.
    database: String,
    hosts: [Option<Host>; HOSTS],
    places: Arc<Places>,
}

impl Fleet {
    /// Starts the hosts on a new database of this server.
    pub(super) fn on(server: &'static Server) -> Self {
        let scene = Scene::new();
        let app = scene.folder().join("app");
        adder::write(&app);
        let url = server.new_database();
        let path = url.split('?').next().unwrap_or_default();
        let database = path.rsplit('/').next().unwrap_or_default().to_owned();
        let scene = scene.binary(adder::BINARY).app(app).on_postgres(&url);
        let (hosts, places) = ([const { None }; HOSTS], Arc::new([const { RwLock::new(None) }; HOSTS]));
        let mut fleet = Self { scene, server, database, hosts, places };
        for place in 0..HOSTS {
            fleet.start(place);
        }
        fleet
    }

    /// Starts a host at a place that has none.
    #[track_caller]
    pub(super) fn start(&mut self, place: usize) {
        let host = self.scene.start();
        self.tell(place, Some(host.address()));
        self.hosts[place] = Some(host);
    }

    /// Takes a host out: clients do not go there until another one is started.
    pub(super) fn take(&mut self, place: usize) -> Host {
        self.tell(place, None);
        self.hosts[place].take().expect("a host is there")
    }

    /// The host at a place.
    pub(super) fn host(&self, place: usize) -> &Host {
        self.hosts[place].as_ref().expect("a host is there")
    }

    /// Where clients look for hosts.
    pub(super) fn places(&self) -> Arc<Places> {
        Arc::clone(&self.places)
    }

    /// The server that the database is on.
    pub(super) fn server(&self) -> &'static Server {
        self.server
    }

    /// Asks the database itself; answers a line per row, with `|` between columns.
    pub(super) fn sql(&self, sql: &str) -> String {
        self.server.sql(&self.database, sql)
    }

    /// When a host was last found dead, or something that changes with it.
    pub(super) fn last_death(&self) -> String {
        self.sql("SELECT max(last_death) FROM fnhost.hubs")
    }

    fn tell(&self, place: usize, address: Option<SocketAddr>) {
        *self.places[place].write().unwrap_or_else(PoisonError::into_inner) = address;
    }
}
