//! The first master key of a hub: made once, however many hosts start at the same time, and shown by the one that
//! made it.

use std::time::Duration;

use durable_core::store::{KeyScope, KeyStore, StoredKey};

use super::error::KeyError;
use super::key::Key;
use super::name::MASTER;

/// Who wins this secret makes the key: the store keeps the first candidate for everybody.
const ARBITER: &str = "first_master_key";

/// How often, and how long in all (1 s), the others look for the key of the one that won.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// Makes the master key of a hub that has none. `None` when another host made it.
pub(super) async fn make(store: &dyn KeyStore) -> Result<Option<Key>, KeyError> {
    let key = Key::generate()?;
    let hash = key.hash().0;
    if store.secret(ARBITER.to_owned(), hash).await? != hash {
        for _ in 0..LOOKS {
            if store.keys().await?.iter().any(|key| key.scope == KeyScope::Master) {
                return Ok(None);
            }
            tokio::time::sleep(PAUSE).await;
        }
        // The one that won died before it wrote the key, or somebody has deleted the key by hand since.
    }
    store.put_key(StoredKey { scope: KeyScope::Master, name: MASTER.to_owned(), hash }).await?;
    Ok(Some(key))
}
