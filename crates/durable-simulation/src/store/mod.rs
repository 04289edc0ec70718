//! What stands between an engine and the in-memory store.

mod chaos;
mod describe;
mod layer;

pub(crate) use chaos::{Chaos, land};
pub(crate) use layer::{Answer, Layer, Layered};
