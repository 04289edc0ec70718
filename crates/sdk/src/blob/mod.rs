//! Blobs, as functions see them.

mod client;
mod container;
mod content;
mod list;
mod source;

pub use client::BlobClient;
pub use container::BlobContainer;
pub use content::Blob;
pub use list::BlobList;
pub use source::BlobBody;
