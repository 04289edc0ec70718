//! Blobs as objects: Amazon S3 and what speaks like it. The one door to Amazon's client library.
//!
//! Containers are buckets, or the first part of the keys in one bucket (`place`). Reads and writes are streams: a blob
//! larger than a part is uploaded in parts, one at a time, and none is left behind when it fails (`writing`). Every request
//! is counted, the repeated ones as well (`client`).

mod client;
mod errors;
mod listing;
mod place;
mod reading;
mod store;
mod version;
mod writing;

pub use store::S3Store;
