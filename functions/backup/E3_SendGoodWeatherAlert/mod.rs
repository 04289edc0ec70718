//! Tells somebody to go out.

use fnhost_sdk::{Result, Settings};

use super::sms;

pub async fn run(phone: String, settings: Settings) -> Result<()> {
    sms::send(&settings, &phone, "The weather's clear outside! Go take a walk!").await
}
