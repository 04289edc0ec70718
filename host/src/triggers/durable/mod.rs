//! The durable triggers.
