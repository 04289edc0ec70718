//! Whether the sky over a town is clear, by the word of a weather service.

use fnhost_sdk::{Result, Settings, ensure};
use serde::Deserialize;

use super::monitor::Location;
use crate::web;

/// What counts as clear. The published app is easily pleased.
const CLEAR: [&str; 4] = ["Clear", "Overcast", "Cloudy", "Clouds"];

#[derive(Deserialize)]
struct Conditions {
    current_observation: Option<Observation>,
}

#[derive(Deserialize)]
struct Observation {
    weather: String,
}

pub async fn run(location: Location, settings: Settings) -> Result<bool> {
    let Location { state, city } = location;
    let is_name = |name: &str| !name.is_empty() && !name.contains(['/', '?', '#', '%']);
    ensure!(
        is_name(&state) && is_name(&city),
        "`{city}, {state}` is no town; allowed: names without /, ?, # and %"
    );

    let (base, key) = (settings.get("WEATHER_API_URL")?, settings.get("WEATHER_API_KEY")?);
    let path = format!("/api/{}/conditions/q/{state}/{city}.json", &*key).replace(' ', "%20");
    // The key is part of the URL, which is not to be told.
    let ask = web::get(format!("{}{path}", base.trim_end_matches('/'))).called("the weather service");
    let conditions: Conditions = ask.send().await?.success()?.json()?;
    match conditions.current_observation {
        Some(Observation { weather }) => Ok(CLEAR.contains(&weather.as_str())),
        None => fnhost_sdk::bail!("the weather service knows no weather of {city}, {state}"),
    }
}
