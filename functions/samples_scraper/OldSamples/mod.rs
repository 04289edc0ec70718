//! `GET /api/samples/old?days=730`: the question behind it all, which samples are too old?

use std::time::{Duration, SystemTime};

use fnhost_sdk::{Error, Json, Query, Result, Settings, Timestamp};
use serde::Deserialize;

use super::{documents::Sample, store};
use crate::database;

#[derive(Deserialize)]
pub struct Age {
    days: Option<u32>,
}

pub async fn run(Query(age): Query<Age>, settings: Settings) -> Result<Json<Vec<Sample>>> {
    let days = age.days.unwrap_or(730);
    let age = Duration::from_secs(u64::from(days) * 86_400);
    // GitHub has no commits from before 1970.
    let before = SystemTime::now().checked_sub(age).filter(|before| *before > SystemTime::UNIX_EPOCH);
    let before = before
        .ok_or_else(|| Error::bad_request(format!("{days} days is too long; allowed: days since 1970")))?;
    let before = Timestamp::from(before).to_string();
    Ok(Json(store::samples_before(database::pool(&settings).await?, &before).await?))
}
