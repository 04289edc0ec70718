//! The HTTP trigger.
