//! The keys of this host: loaded, refreshed, checked, changed.
//!
//! ```text
//! database ─┐
//!           ├─▶ Snapshot (immutable) ──▶ check
//! settings ─┘        ▲ replaced whole by refresh, reload, set, remove
//! ```

use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use durable_core::store::{KeyScope, KeyStore, StoredKey};
use tokio::sync::Mutex;

use super::error::KeyError;
use super::key::{self, Key, KeyHash};
use super::snapshot::{Decision, Door, KeyInfo, KnownKey, Snapshot};
use super::token::InstanceTokens;
use super::{first, name, settings};
use crate::app::trigger::AuthLevel;
use crate::config::settings::Settings;
use crate::shutdown::Shutdown;

/// The secret of the hub that the tokens in links are made with.
const LINKS: &str = "durable_links";

/// All keys of the hub. Cheap to clone; all clones see the same.
#[derive(Clone)]
pub struct KeyRing(Arc<Inner>);

struct Inner {
    store: Arc<dyn KeyStore>,
    tokens: InstanceTokens,
    /// Off: everything is allowed.
    enforced: bool,
    snapshot: ArcSwap<Snapshot>,
    /// The key of this process's own tools; neither stored nor listed.
    of_process: ArcSwapOption<KeyHash>,
    /// Keys of the settings. Held while the store is read and the snapshot replaced, so that an older reading never
    /// takes the place of a newer one.
    of_settings: Mutex<Vec<KnownKey>>,
}

/// A ring, and what must be shown once.
#[derive(Debug)]
pub struct Loaded {
    /// The ring.
    pub ring: KeyRing,
    /// The master key, if it was made just now. Only its hash is kept: whoever is to know it must be told now.
    pub new_master: Option<Key>,
}

/// A key as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The name in the form in which it is kept.
    pub name: String,
    /// The key, to be shown once.
    pub key: Key,
    /// Whether there was none of that name before.
    pub is_new: bool,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").field("enforced", &self.0.enforced).finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Reads the keys of the hub and of the settings. A hub without a master key gets one.
    ///
    /// # Errors
    /// A setting that can be no key; or the store cannot be read.
    pub async fn load(store: Arc<dyn KeyStore>, settings: &Settings) -> Result<Loaded, KeyError> {
        let ring = Self::open(store, settings, true).await?;
        let mut new_master = None;
        if !ring.0.snapshot.load().has_master() {
            new_master = first::make(&*ring.0.store).await?;
            ring.refresh().await?;
        }
        Ok(Loaded { ring, new_master })
    }

    /// A ring that allows everything (`--no-auth`). Links still carry their tokens, so that they are good when keys are
    /// asked for again.
    ///
    /// # Errors
    /// As for [`load`](Self::load).
    pub async fn without_auth(store: Arc<dyn KeyStore>, settings: &Settings) -> Result<Self, KeyError> {
        Self::open(store, settings, false).await
    }

    async fn open(store: Arc<dyn KeyStore>, settings: &Settings, enforced: bool) -> Result<Self, KeyError> {
        let of_settings = Mutex::new(settings::keys(settings)?);
        let tokens = InstanceTokens::new(store.secret(LINKS.to_owned(), key::random()?).await?);
        let snapshot = ArcSwap::from_pointee(Snapshot::default());
        let of_process = ArcSwapOption::empty();
        let ring = Self(Arc::new(Inner { store, tokens, enforced, snapshot, of_process, of_settings }));
        ring.refresh().await?;
        Ok(ring)
    }

    /// Whether a caller with this key, if any, may call a function that asks for this level.
    pub fn check(&self, level: AuthLevel, function: &str, presented: Option<&str>) -> Decision {
        match level {
            AuthLevel::Anonymous => Decision::Allowed,
            AuthLevel::Function => self.check_door(Door::Function(function), presented),
            AuthLevel::Admin => self.check_door(Door::Admin, presented),
        }
    }

    /// Whether a caller with this key, if any, may call the endpoints of an extension.
    pub fn check_system(&self, extension: &str, presented: Option<&str>) -> Decision {
        self.check_door(Door::System(extension), presented)
    }

    fn check_door(&self, door: Door<'_>, presented: Option<&str>) -> Decision {
        if !self.0.enforced {
            return Decision::Allowed;
        }
        self.0.snapshot.load().check(door, presented, self.0.of_process.load().as_deref())
    }

    /// Lets this key open everything for as long as the process lives, instead of the one that was given before. It is
    /// for tools of the user who runs the host, and is kept nowhere.
    pub fn open_to(&self, key: &Key) {
        self.0.of_process.store(Some(Arc::new(key.hash())));
    }

    /// Makes and checks the tokens of links.
    pub fn tokens(&self) -> &InstanceTokens {
        &self.0.tokens
    }

    /// All keys, without their values, ordered by scope and name.
    pub fn list(&self) -> Vec<KeyInfo> {
        self.0.snapshot.load().list()
    }

    /// Sets a key, or makes one when none is given. In effect on this host when it returns.
    ///
    /// # Errors
    /// A name that can be none, a key that comes from a setting; or the store cannot be written.
    pub async fn set(&self, scope: KeyScope, name: &str, key: Option<Key>) -> Result<Written, KeyError> {
        let (scope, name) = name::place(scope, name)?;
        let is_new = !self.is_stored(&scope, &name)?;
        let key = match key {
            Some(key) => key,
            None => Key::generate()?,
        };
        self.0.store.put_key(StoredKey { scope, name: name.clone(), hash: key.hash().0 }).await?;
        self.refresh().await?;
        Ok(Written { name, key, is_new })
    }

    /// Removes a key; `false` when there was none. Not in effect any more on this host when it returns.
    ///
    /// # Errors
    /// The master key, or one that comes from a setting; or the store cannot be written.
    pub async fn remove(&self, scope: KeyScope, name: &str) -> Result<bool, KeyError> {
        if scope == KeyScope::Master {
            return Err(KeyError::MasterStays);
        }
        let (scope, name) = name::place(scope, name)?;
        self.is_stored(&scope, &name)?;
        let removed = self.0.store.delete_key(scope, name).await?;
        self.refresh().await?;
        Ok(removed)
    }

    /// Whether there is such a key. One that comes from a setting is refused: a change of what is stored behind it would
    /// have no effect.
    fn is_stored(&self, scope: &KeyScope, name: &str) -> Result<bool, KeyError> {
        match self.0.snapshot.load().find(scope, name) {
            Some(KnownKey { setting: Some(setting), .. }) => {
                Err(KeyError::OfSetting { setting: setting.to_string() })
            }
            found => Ok(found.is_some()),
        }
    }

    /// Takes the keys of other settings, and reads the store again.
    ///
    /// # Errors
    /// A setting that can be no key; or the store cannot be read. Then the keys stay as they are.
    pub async fn reload(&self, settings: &Settings) -> Result<(), KeyError> {
        let new = settings::keys(settings)?;
        let mut of_settings = self.0.of_settings.lock().await;
        let snapshot = self.read(&new).await?;
        *of_settings = new;
        self.0.snapshot.store(snapshot);
        Ok(())
    }

    /// Reads the store again.
    ///
    /// # Errors
    /// When the store cannot be read. Then the keys stay as they are.
    pub async fn refresh(&self) -> Result<(), KeyError> {
        let of_settings = self.0.of_settings.lock().await;
        self.0.snapshot.store(self.read(&of_settings).await?);
        Ok(())
    }

    async fn read(&self, of_settings: &[KnownKey]) -> Result<Arc<Snapshot>, KeyError> {
        let stored = self.0.store.keys().await?;
        Ok(Arc::new(Snapshot::new(stored.into_iter().map(KnownKey::from), of_settings)))
    }

    /// Reads the store again and again until the host stops: that is how a key that another host set or removed comes
    /// into effect here.
    pub async fn keep_fresh(&self, every: Duration, shutdown: &Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.graceful() => return,
                () = tokio::time::sleep(every) => {}
            }
            if let Err(error) = self.refresh().await {
                tracing::warn!(%error, "failed to read the access keys again; those read before stay in effect");
            }
        }
    }
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
