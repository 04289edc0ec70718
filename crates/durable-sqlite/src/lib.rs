//! durable-sqlite
