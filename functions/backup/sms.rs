//! Short messages, over a service that takes them as JSON.

use fnhost_sdk::{Result, Settings};
use serde_json::json;

use crate::web;

/// Sends a text to a phone number: `{"to":…,"body":…}` to the setting `SMS_URL`.
///
/// # Errors
/// When the service does not take it.
pub async fn send(settings: &Settings, to: &str, body: &str) -> Result<()> {
    let ask = web::post(&*settings.get("SMS_URL")?, &json!({ "to": to, "body": body }));
    // The URL of such a service often holds its key.
    ask.called("the SMS service").send().await?.success()?;
    Ok(())
}
