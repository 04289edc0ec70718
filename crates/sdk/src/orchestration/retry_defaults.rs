//! [`RetryDefaults`]: policies of functions, for calls whose code names none.

use std::{collections::HashMap, sync::Arc};

use fnhost_protocol::{TriggerKind, retry::RetryPolicy};

/// The retry policies that activities and orchestrations have of themselves (from their function files). They hold for
/// calls whose code says nothing about retries, and are recorded with each such call.
///
/// ```
/// # use std::time::Duration;
/// # use fnhost_protocol::{TriggerKind, retry::RetryPolicy};
/// # use fnhost_sdk::{Settings, host::{RetryDefaults, Services}};
/// let twice = RetryPolicy::fixed(Duration::from_secs(1), Some(2));
/// let defaults = RetryDefaults::from_iter([(TriggerKind::Activity, "ChargeCard", twice)]);
/// let services = Services::new(Settings::default()).with_retry_defaults(defaults);
/// ```
#[derive(Debug, Clone, Default)]
pub struct RetryDefaults(Arc<HashMap<Key, Arc<RetryPolicy>>>);

/// Kind, and name in lower case: names are compared without case.
type Key = (TriggerKind, String);

impl RetryDefaults {
    /// The policy of the function that this call is of.
    pub(super) fn find(&self, kind: TriggerKind, name: &str) -> Option<Arc<RetryPolicy>> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&(kind, name.to_lowercase())).cloned()
    }
}

impl<N: AsRef<str>> FromIterator<(TriggerKind, N, RetryPolicy)> for RetryDefaults {
    fn from_iter<I: IntoIterator<Item = (TriggerKind, N, RetryPolicy)>>(policies: I) -> Self {
        let worth_it = policies.into_iter().filter(|(.., policy)| policy.max_attempts != Some(1));
        let keyed =
            worth_it.map(|(kind, name, policy)| ((kind, name.as_ref().to_lowercase()), Arc::new(policy)));
        Self(Arc::new(keyed.collect()))
    }
}
