//! What starts functions, one room per kind of trigger.

pub mod blob;
pub mod dispatch;
pub mod durable;
pub mod http;
pub mod timer;
