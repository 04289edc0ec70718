//! Mails a text (HTML) to whoever watches over the runs, if mail is switched on.

use fnhost_sdk::{Result, Settings};

use super::mail;

pub async fn run(text: String, settings: Settings) -> Result<&'static str> {
    mail::send(&settings, &text).await
}
