//! Blobs as files: containers are the folders of the first level, names are paths below them.
//!
//! Everything is opened part by part beneath the connection's folder (`folder`), and symbolic links are never followed,
//! so no name leads out of it. A write goes to a file of its own in `.fnhost-uploads` and is renamed into its place once it
//! is on the disk (`writing`). Content type and metadata are extended attributes of the file (`attributes`), so they
//! move with it. Which version a file is says `version`.
//!
//! `watch` is the one door to the library `notify`.

mod attributes;
mod entries;
mod errors;
mod folder;
mod listing;
mod reading;
mod scanning;
mod store;
mod version;
mod watch;
mod writing;

pub use store::LocalStore;
