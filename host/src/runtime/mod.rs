//! The one room that knows every part and wires them: from options to a running host and back down.

mod front;
mod host;
mod listeners;
mod load;
mod manage;
mod manual;
mod options;
mod running;
mod settings;
mod start;
mod storage;

pub use host::{Host, Stopped};
pub use load::load_app;
pub use manual::ManualCalls;
pub use options::{ClockChoice, HostOptions, Switches};
pub use running::RunningHost;
pub use start::StartError;
pub(crate) use storage::database;
pub use storage::{Database, InvalidDatabase, OpenStore, open_store};
