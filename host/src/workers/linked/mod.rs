//! The in-process worker: functions that are compiled into this binary.

mod sessions;
mod worker;

pub use sessions::SessionStats;
pub use worker::LinkedWorker;
