//! What stands between an engine and the in-memory store.

mod chaos;
mod describe;
mod fate;
mod flight;
mod layer;

pub(crate) use chaos::{Chaos, land};
pub(crate) use flight::{Late, bring_home};
pub(crate) use layer::{Answer, Layer, Layered};
