//! Parameters that every function may take, whatever started it.

use crate::{
    blob::{Bindings, BlobClient, TriggerBlob},
    call::{Call, Cancellation, InvocationInfo, TimerInfo},
    client::DurableClient,
    error::Result,
    log::Logger,
    settings::Settings,
};

/// Parameters that every function may take: [`DurableClient`], [`BlobClient`], [`Bindings`], [`Settings`], [`Logger`],
/// [`Cancellation`], [`InvocationInfo`], and types of one's own. Functions that a timer starts also take [`TimerInfo`], those
/// that a blob starts [`TriggerBlob`].
///
/// ```
/// # use fnhost_sdk::{DurableClient, Logger, Result};
/// pub async fn run(id: String, client: DurableClient, log: Logger) -> Result<()> {
///     client.terminate(&id, "no longer needed").await?;
///     log.info(format_args!("ended {id}"));
///     Ok(())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken from a call",
    note = "activities take one input first, then `DurableClient`, `BlobClient`, `Settings`, `Logger`, `Cancellation`, `InvocationInfo`"
)]
pub trait FromCall: Sized {
    /// Takes the parameter from the call.
    ///
    /// # Errors
    /// When the call has none: the invocation fails without running the function.
    fn from_call(call: &Call) -> Result<Self>;
}

impl FromCall for Settings {
    fn from_call(call: &Call) -> Result<Self> {
        Ok(call.services().settings().clone())
    }
}

impl FromCall for Logger {
    fn from_call(call: &Call) -> Result<Self> {
        Ok(call.logger())
    }
}

impl FromCall for Cancellation {
    fn from_call(call: &Call) -> Result<Self> {
        Ok(Self::new(call.token().clone()))
    }
}

impl FromCall for InvocationInfo {
    fn from_call(call: &Call) -> Result<Self> {
        Ok(call.info().clone())
    }
}

impl FromCall for DurableClient {
    fn from_call(call: &Call) -> Result<Self> {
        Self::of_call(call)
    }
}

impl FromCall for BlobClient {
    fn from_call(call: &Call) -> Result<Self> {
        Self::of_call(call)
    }
}

impl FromCall for TriggerBlob {
    fn from_call(call: &Call) -> Result<Self> {
        Self::of_call(call)
    }
}

impl FromCall for Bindings {
    fn from_call(call: &Call) -> Result<Self> {
        Ok(Self::of_call(call))
    }
}

impl FromCall for TimerInfo {
    fn from_call(call: &Call) -> Result<Self> {
        Self::of_call(call)
    }
}
