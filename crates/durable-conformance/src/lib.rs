//! durable-conformance
