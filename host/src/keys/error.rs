//! What can go wrong with keys, told apart by who acts next.

use durable_core::store::StoreError;

use super::key::InvalidKey;
use super::name::InvalidName;

/// A key operation that did not do what it was asked. Never holds a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text can be no key: its author corrects it.
    #[error("the key {0}")]
    Invalid(#[from] InvalidKey),
    /// The name can be no name of a key: its author corrects it.
    #[error("the name of a key {0}")]
    Name(#[from] InvalidName),
    /// A setting holds a text that can be no key: the operator corrects it.
    #[error("the key in the setting `{setting}` {why}")]
    Setting {
        /// Which setting.
        setting: String,
        /// The rule it breaks.
        why: InvalidKey,
    },
    /// The key comes from a setting, which is where it has to be changed.
    #[error("the key comes from the setting `{setting}`; change it there")]
    OfSetting {
        /// Which setting.
        setting: String,
    },
    /// The master key can be replaced, but not removed.
    #[error("the master key cannot be removed; set another one instead")]
    MasterStays,
    /// The database did not answer; the call may be repeated.
    #[error("the keys could not be read or written: {0}")]
    Store(#[from] StoreError),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}
