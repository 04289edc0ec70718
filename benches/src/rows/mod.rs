//! What is measured, a file each.

pub(crate) mod chain;
pub(crate) mod crowd;
mod disk;
pub(crate) mod entities;
pub(crate) mod fan_out;
pub(crate) mod hosts;
pub(crate) mod http;
pub(crate) mod idle;
pub(crate) mod schedules;
pub(crate) mod signal;
pub(crate) mod timers;
