//! The management API: everything below `/admin` and `/runtime`, and the home page.
//!
//! [`AdminApi`] is one value with one entrance. What it manages comes in as small traits ([`FunctionList`],
//! [`ManualRun`], [`HostHealth`], [`ClockControl`], `DurableApi`), so that this room knows no engine and no trigger;
//! `runtime` ties the knots, and tests drive it without a socket.
//!
//! | paths | opened by |
//! |---|---|
//! | `/`, `/admin/health/*` | everybody |
//! | `/admin/*` | the master key |
//! | `/runtime/webhooks/durabletask/*`, `/admin/extensions/DurableTaskExtension/*` | the system key `durabletask_extension`, the master key; calls on one instance also by its token |
//! | `/runtime/webhooks/blobs` | the system key `blobs_extension`, the master key |
//!
//! Paths are compared without case. A path that does not exist, or not for this method, is 404, never 405: clients of
//! Durable Functions know it so, and one rule for all is easier to remember.

mod api;
mod blobs;
mod body;
mod call;
mod clock;
mod describe;
mod durable;
mod functions;
mod health;
mod home;
mod host;
mod keys;
mod parts;
mod path;
mod query;
mod respond;
mod timers;

pub use api::AdminApi;
pub use blobs::BlobListener;
pub use parts::{
    AdminParts, ClockControl, DurableOptions, FunctionList, HostHealth, HostInfo, HostState, ManualRun,
    NotReady, NotRun, TimerList,
};
