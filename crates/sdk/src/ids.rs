//! Texts that are taken for instance ids.

use fnhost_protocol::ids::{InstanceId, InvalidId};

/// What can be given where an instance is named: an [`InstanceId`], or a text that is checked.
///
/// ```
/// # use fnhost_sdk::{DurableClient, InstanceId, Result};
/// async fn end_both(client: DurableClient, one: InstanceId, other: String) -> Result<()> {
///     client.terminate(&one, "done").await?;
///     client.terminate(&other, "done").await?;
///     client.terminate("nightly", "done").await?;
///     Ok(())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name an instance",
    note = "give an `InstanceId`, or a text: `&str`, `String`"
)]
pub trait ToInstanceId {
    /// The id.
    ///
    /// # Errors
    /// When the text cannot be one; it says which rule it breaks.
    fn to_instance_id(&self) -> Result<InstanceId, InvalidId>;
}

impl ToInstanceId for InstanceId {
    fn to_instance_id(&self) -> Result<InstanceId, InvalidId> {
        Ok(self.clone())
    }
}

impl ToInstanceId for str {
    fn to_instance_id(&self) -> Result<InstanceId, InvalidId> {
        InstanceId::parse(self)
    }
}

impl ToInstanceId for String {
    fn to_instance_id(&self) -> Result<InstanceId, InvalidId> {
        InstanceId::parse(self)
    }
}

impl<T: ToInstanceId + ?Sized> ToInstanceId for &T {
    fn to_instance_id(&self) -> Result<InstanceId, InvalidId> {
        (**self).to_instance_id()
    }
}
