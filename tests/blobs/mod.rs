//! Functions that blobs start, with blobs in folders: `tests/catcher` writes down what it was started for.

mod arrivals;
mod beginnings;
mod bindings;
mod crashes;
mod failures;
mod hosts;
mod scene;
mod webhook;
