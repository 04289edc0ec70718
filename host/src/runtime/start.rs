//! Why a host does not start.

use std::{io, net::SocketAddr};

use crate::config::Report;

/// Why a host does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The app has problems that keep it from running.
    #[error("the app is invalid: {}", .0.summary())]
    App(Box<Report>),
    /// The store cannot be opened.
    #[error("failed to open the store")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The keys cannot be read, or a setting is no key.
    #[error("failed to read the access keys")]
    Keys(#[from] crate::keys::KeyError),
    /// The address cannot be had.
    #[error("failed to listen on {address}; {}", way_out(source))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The machine gives no threads or sockets.
    #[error("failed to start")]
    Machine(#[from] io::Error),
    /// The durable engine cannot start.
    #[error(transparent)]
    Engine(#[from] durable_engine::StartError),
}

/// What to do about an address that cannot be had.
fn way_out(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "close the process that uses the port, or choose another with --port",
        io::ErrorKind::PermissionDenied => "ports below 1024 are the system's; choose another with --port",
        io::ErrorKind::AddrNotAvailable => "choose an address of this machine with --address",
        _ => "choose another with --port or --address",
    }
}
