//! The host's configuration as needed: built once from all layers, validated, read through getters.

mod blobs;
mod build;
mod cors;
mod durable;
mod host_config;
mod http;
mod storage;
mod timers;

pub use blobs::BlobsConfig;
pub(crate) use build::build;
pub use cors::{Cors, CorsOrigins};
pub use durable::{DurableConfig, Retention, ReusePolicy};
pub use host_config::{HostConfig, NamedAt};
pub use http::HttpConfig;
pub(crate) use http::{RESERVED as RESERVED_SEGMENTS, prefix_problem};
pub use storage::{PostgresTerms, StorageConfig, Synchronous};
pub use timers::{MissedRuns, TimersConfig};
