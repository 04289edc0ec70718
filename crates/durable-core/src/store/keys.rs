//! Access keys and secrets: they belong to the database, so that all hosts agree.

use futures_core::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::store::StoreError;

/// What a key opens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyScope {
    /// Everything (`_master`).
    Master,
    /// Every function.
    Host,
    /// One function, by its lower-cased name.
    Function(String),
    /// One extension's endpoints, such as `durabletask_extension`.
    System(String),
}

/// A key at rest: never the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// What it opens.
    pub scope: KeyScope,
    /// Its name within the scope, such as `default`.
    pub name: String,
    /// Hash of the key.
    pub hash: [u8; 32],
}

/// Keys and secrets of one task hub.
pub trait KeyStore: Send + Sync + 'static {
    /// All keys.
    fn keys(&self) -> BoxFuture<'_, Result<Vec<StoredKey>, StoreError>>;

    /// Adds a key or replaces the one of that scope and name.
    fn put_key(&self, key: StoredKey) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Removes a key; `false` when there was none.
    fn delete_key(&self, scope: KeyScope, name: String) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// The secret of that name; the first caller's `candidate` becomes it for everybody.
    fn secret(&self, name: String, candidate: [u8; 32]) -> BoxFuture<'_, Result<[u8; 32], StoreError>>;
}
