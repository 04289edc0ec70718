//! [`Call`]: an invocation together with what the host lends to it.

use fnhost_protocol::{
    bound::{BlobCall, BoundBlob},
    http::HttpCall,
    invocation::{Invocation, TriggerData},
    json::JsonText,
    timer::TimerCall,
};
use tokio_util::sync::CancellationToken;

use crate::{
    call::{InvocationInfo, Services},
    log::Logger,
};

/// One call: what parameters of functions are taken from.
///
/// ```
/// # use fnhost_sdk::{Error, Settings, extract::{Call, FromCall}};
/// /// A parameter of one's own: the shop that this app serves.
/// struct Shop(String);
///
/// impl FromCall for Shop {
///     fn from_call(call: &Call) -> Result<Self, Error> {
///         Ok(Self(call.services().settings().get("Shop")?.to_string()))
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Call {
    info: InvocationInfo,
    trigger: TriggerData,
    bindings: Vec<BoundBlob>,
    services: Services,
    token: CancellationToken,
}

impl Call {
    pub(crate) fn new(invocation: Invocation, services: Services, token: CancellationToken) -> Self {
        let info = InvocationInfo::of(&invocation);
        Self { info, trigger: invocation.trigger, bindings: invocation.bindings, services, token }
    }

    /// Which call this is.
    ///
    /// ```
    /// # fn show(call: &fnhost_sdk::extract::Call) -> String {
    /// call.info().function().to_owned()
    /// # }
    /// ```
    pub fn info(&self) -> &InvocationInfo {
        &self.info
    }

    /// What the host lends.
    ///
    /// ```
    /// # fn show(call: &fnhost_sdk::extract::Call) -> bool {
    /// call.services().settings().find("Shop").is_some()
    /// # }
    /// ```
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// The HTTP request, when one started this call.
    ///
    /// ```
    /// # fn show(call: &fnhost_sdk::extract::Call) -> bool {
    /// call.http().is_some_and(|request| request.body.is_empty())
    /// # }
    /// ```
    pub fn http(&self) -> Option<&HttpCall> {
        match &self.trigger {
            TriggerData::Http(call) => Some(call),
            TriggerData::Activity { .. }
            | TriggerData::Timer(_)
            | TriggerData::Blob(_)
            | TriggerData::Manual { .. } => None,
        }
    }

    /// The JSON input, when this is an activity or a call by hand.
    ///
    /// ```
    /// # fn show(call: &fnhost_sdk::extract::Call) -> bool {
    /// call.input().is_some_and(|input| input.is_null())
    /// # }
    /// ```
    pub fn input(&self) -> Option<&JsonText> {
        match &self.trigger {
            TriggerData::Activity { input, .. } | TriggerData::Manual { input } => Some(input),
            TriggerData::Http(_) | TriggerData::Timer(_) | TriggerData::Blob(_) => None,
        }
    }

    /// The time of the schedule, when a timer started this call.
    ///
    /// ```
    /// # fn show(call: &fnhost_sdk::extract::Call) -> bool {
    /// call.timer().is_some_and(|timer| timer.is_past_due)
    /// # }
    /// ```
    pub fn timer(&self) -> Option<&TimerCall> {
        match &self.trigger {
            TriggerData::Timer(call) => Some(call),
            TriggerData::Http(_)
            | TriggerData::Activity { .. }
            | TriggerData::Blob(_)
            | TriggerData::Manual { .. } => None,
        }
    }

    /// The blob and its version, when one started this call.
    ///
    /// ```
    /// # fn show(call: &fnhost_sdk::extract::Call) -> Option<u64> {
    /// call.blob().map(|blob| blob.properties.length)
    /// # }
    /// ```
    pub fn blob(&self) -> Option<&BlobCall> {
        match &self.trigger {
            TriggerData::Blob(call) => Some(call),
            TriggerData::Http(_)
            | TriggerData::Activity { .. }
            | TriggerData::Timer(_)
            | TriggerData::Manual { .. } => None,
        }
    }

    /// The blobs that the bindings of the function's file name in this call.
    pub(crate) fn bindings(&self) -> &[BoundBlob] {
        &self.bindings
    }

    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    pub(crate) fn logger(&self) -> Logger {
        Logger::for_invocation(self.info.function_name(), self.info.id())
    }
}
