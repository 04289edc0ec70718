//! What functions fail with, and how it becomes a failure that others can read.

mod context;
mod error_type;
mod inspect;
mod macros;
mod wrong_type;

pub use context::Context;
pub use error_type::{Error, Result};

pub(crate) use error_type::Intent;
pub(crate) use wrong_type::{type_label, wrong_type};
