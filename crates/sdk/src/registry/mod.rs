//! [`Registry`]: the handlers that are compiled into this binary.

mod functions;
mod handlers;
mod run;
mod suggest;

pub use handlers::{Duplicate, Registry};

pub(crate) use suggest::suggestion;
