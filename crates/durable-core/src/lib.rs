//! durable-core
