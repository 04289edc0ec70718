//! The published starter samples: a sequence started over HTTP, the waiting start, and the counter entity.

mod counter;
mod http_start;
mod http_sync_start;
mod links;

/// What `E1_HelloSequence` returns, byte for byte.
pub(crate) const GREETINGS: &str = r#"["Hello Tokyo!","Hello Seattle!","Hello London!"]"#;
