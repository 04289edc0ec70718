//! Where blobs are kept: folders and object stores, by the settings that name them.
//!
//! [`Blobs`] is what user code, bindings and triggers ask; it opens a store at its first use, so a connection that nobody
//! uses costs nothing. Behind it stands one [`BlobStore`] per connection: [`local`] keeps blobs as files, [`s3`] as objects.
//! What a connection string means is decided in [`Connection`], what a name may be in `names`, without asking any store.

mod connection;
mod connections;
mod names;
mod options;
mod store;

pub mod local;
pub mod s3;

pub use connection::{Connection, InvalidConnection, Keys, Place, S3Address};
pub use connections::Blobs;
pub(crate) use names::LONGEST_NAME;
pub use options::BlobOptions;
pub use store::{BlobScan, BlobStore, Hint, Hints};
