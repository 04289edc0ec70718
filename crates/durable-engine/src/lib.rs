//! durable-engine
