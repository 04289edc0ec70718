//! Blob stores: one list of behaviours that every store must have, what is special about folders and about S3, and
//! bodies that are streams.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

mod behaviours;
mod connections;
mod http_streams;
mod large;
mod local;
mod many;
mod s3;
mod scene;
mod watching;
