//! Greets one city.

use fnhost_sdk::Result;

pub async fn run(city: String) -> Result<String> {
    Ok(format!("Hello {city}!"))
}
