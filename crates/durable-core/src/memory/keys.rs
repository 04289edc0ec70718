//! Access keys and secrets in memory.

use futures_core::future::BoxFuture;

use crate::{
    memory::MemoryStore,
    store::{KeyScope, KeyStore, StoreError, StoredKey},
};

impl KeyStore for MemoryStore {
    fn keys(&self) -> BoxFuture<'_, Result<Vec<StoredKey>, StoreError>> {
        Box::pin(async move { Ok(self.with_hub(|hub| hub.access_keys.clone())) })
    }

    fn put_key(&self, key: StoredKey) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.with_hub(|hub| {
                hub.access_keys.retain(|other| (&other.scope, &other.name) != (&key.scope, &key.name));
                hub.access_keys.push(key);
            });
            Ok(())
        })
    }

    fn delete_key(&self, scope: KeyScope, name: String) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move {
            Ok(self.with_hub(|hub| {
                let before = hub.access_keys.len();
                hub.access_keys.retain(|key| (&key.scope, &key.name) != (&scope, &name));
                hub.access_keys.len() < before
            }))
        })
    }

    fn secret(&self, name: String, candidate: [u8; 32]) -> BoxFuture<'_, Result<[u8; 32], StoreError>> {
        Box::pin(async move { Ok(self.with_hub(|hub| *hub.secrets.entry(name).or_insert(candidate))) })
    }
}
