//! The durable triggers: how the engine's work reaches the app's orchestrators, entities and activities, and how
//! user code reaches the engine.

mod api;
mod executor;
mod known;
mod retries;

pub use api::HostDurable;
pub use executor::HostExecutor;
pub use retries::retry_defaults;
