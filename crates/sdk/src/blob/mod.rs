//! Blobs, as functions see them.

mod bindings;
mod client;
mod container;
mod content;
mod list;
mod source;
mod trigger;

pub use bindings::{BindingBlob, Bindings};
pub use client::BlobClient;
pub use container::BlobContainer;
pub use content::Blob;
pub use list::BlobList;
pub use source::BlobBody;
pub use trigger::TriggerBlob;
