//! [`InvocationInfo`]: which call this is.

use std::sync::Arc;

use fnhost_protocol::{
    ids::{InstanceId, InvocationId},
    invocation::{Invocation, TriggerData},
};

/// Which call this is. Any function but orchestrations and entities takes it as a parameter.
///
/// ```
/// # use fnhost_sdk::{InvocationInfo, Logger, Result};
/// pub async fn run(path: String, info: InvocationInfo, log: Logger) -> Result<u64> {
///     if info.attempt() > 1 {
///         log.info(format_args!("copying {path} again"));
///     }
///     Ok(0)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct InvocationInfo {
    id: InvocationId,
    function: Arc<str>,
    instance: Option<InstanceId>,
    attempt: u32,
    delivery: u32,
    traceparent: Option<String>,
}

impl InvocationInfo {
    pub(crate) fn of(invocation: &Invocation) -> Self {
        let (instance, attempt, delivery) = match &invocation.trigger {
            TriggerData::Activity { instance, attempt, delivery, .. } => {
                (Some(instance.clone()), *attempt, *delivery)
            }
            TriggerData::Timer(call) => (None, call.attempt, 1),
            TriggerData::Blob(call) => (None, call.attempt, 1),
            TriggerData::Http(_) | TriggerData::Manual { .. } => (None, 1, 1),
        };
        Self {
            id: invocation.id,
            function: invocation.function.clone(),
            instance,
            attempt,
            delivery,
            traceparent: invocation.traceparent.clone(),
        }
    }

    /// The id of this call, as the logs show it.
    ///
    /// ```
    /// # fn show(info: fnhost_sdk::InvocationInfo) -> String {
    /// info.id().to_string()
    /// # }
    /// ```
    pub fn id(&self) -> InvocationId {
        self.id
    }

    /// The function's name.
    ///
    /// ```
    /// # fn show(info: fnhost_sdk::InvocationInfo) -> String {
    /// format!("this is {}", info.function())
    /// # }
    /// ```
    pub fn function(&self) -> &str {
        &self.function
    }

    pub(crate) fn function_name(&self) -> Arc<str> {
        self.function.clone()
    }

    /// The orchestration that waits for this activity; `None` in other functions.
    ///
    /// ```
    /// # fn show(info: fnhost_sdk::InvocationInfo) -> bool {
    /// info.instance().is_some()
    /// # }
    /// ```
    pub fn instance(&self) -> Option<&InstanceId> {
        self.instance.as_ref()
    }

    /// Which attempt of the call's retry policy this is, counted from 1; always 1 without a policy. The attempt
    /// before it has failed, and its failure is on record. A timer's attempts also count calls during which a host died.
    ///
    /// ```
    /// # fn show(info: fnhost_sdk::InvocationInfo) -> bool {
    /// info.attempt() > 1
    /// # }
    /// ```
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How often this attempt was handed out, counted from 1. More than that, a host died while it ran, or before
    /// its result was on record: it may have done its work already, once or more often.
    ///
    /// ```
    /// # fn show(info: fnhost_sdk::InvocationInfo) -> bool {
    /// info.delivery() > 1 // ask whether the payment is booked before booking it
    /// # }
    /// ```
    pub fn delivery(&self) -> u32 {
        self.delivery
    }

    /// The W3C `traceparent` to hand to whatever this call asks.
    ///
    /// ```
    /// # fn show(info: fnhost_sdk::InvocationInfo) -> Option<String> {
    /// info.traceparent().map(str::to_owned)
    /// # }
    /// ```
    pub fn traceparent(&self) -> Option<&str> {
        self.traceparent.as_deref()
    }
}
