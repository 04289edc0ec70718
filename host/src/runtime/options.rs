//! What a host is started with.

use std::{net::IpAddr, path::PathBuf};

use fnhost_protocol::time::Timestamp;

use super::storage::Database;
use crate::config::{Arguments, Environment};

/// Options of one host.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Folder of the app.
    pub app: PathBuf,
    /// Environment that settings come from.
    pub environment: Environment,
    /// Keys of the host file that arguments set.
    pub arguments: Arguments,
    /// Address to listen on.
    pub address: IpAddr,
    /// Port to listen on; `None` takes the one of the settings, 0 any free one.
    pub port: Option<u16>,
    /// Where state is; `None` takes what the host file says.
    pub database: Option<Database>,
    /// Whether any problem of a function keeps the host from starting.
    pub strict: bool,
    /// Whether keys are asked for.
    pub auth: bool,
    /// Whether the command line finds this host, by a file beside its database.
    pub announced: bool,
    /// Which clock the engine and the triggers go by.
    pub clock: ClockChoice,
    /// For tests.
    pub switches: Switches,
}

/// Which clock to go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockChoice {
    /// The machine's.
    System,
    /// One that stands still until it is turned; begins at this time, or now.
    Virtual(Option<Timestamp>),
}

/// Ways to make a host forget at random, so that tests see that nothing depends on memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switches {
    /// Serialise all that crosses to the worker, and forget sessions by this seed.
    pub forgetful_worker: Option<u64>,
    /// Forget instances before turns by this seed.
    pub evict: Option<u64>,
}

impl Switches {
    /// Reads `FNHOST_TEST_FORGETFUL_WORKER` and `FNHOST_TEST_EVICT`; what is no number is ignored.
    pub fn of(environment: &Environment) -> Self {
        let number = |wanted: &str| {
            environment.iter().find(|(name, _)| *name == wanted).and_then(|(_, value)| value.parse().ok())
        };
        Self { forgetful_worker: number("FNHOST_TEST_FORGETFUL_WORKER"), evict: number("FNHOST_TEST_EVICT") }
    }
}

impl HostOptions {
    /// An app with everything else as shipped, on a free port of the loopback address.
    pub fn new(app: impl Into<PathBuf>) -> Self {
        Self {
            app: app.into(),
            environment: Environment::default(),
            arguments: Arguments::default(),
            address: std::net::Ipv4Addr::LOCALHOST.into(),
            port: None,
            database: None,
            strict: false,
            auth: true,
            announced: true,
            clock: ClockChoice::System,
            switches: Switches::default(),
        }
    }
}
