//! Sends a code of four digits to a phone and returns it.

use fnhost_sdk::{Result, Settings, Uuid};

use super::sms;

pub async fn run(phone: String, settings: Settings) -> Result<u32> {
    let code = u32::try_from(Uuid::new_v4().as_u128() % 10_000)?;
    sms::send(&settings, &phone, &format!("Your verification code is {code:04}")).await?;
    Ok(code)
}
