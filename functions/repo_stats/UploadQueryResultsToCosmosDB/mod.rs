//! Stores documents: in serverless mode all at once, else no more in a second than the database's throughput allows.

use std::time::Duration;

use fnhost_sdk::{Result, Settings};

use super::{
    documents::{RepoStats, Upload, UploadResult},
    store, throttle,
};
use crate::database;

pub async fn run(upload: Upload, settings: Settings) -> Result<Vec<UploadResult>> {
    let Upload { batch, documents } = upload;
    let named: Vec<(String, &RepoStats)> =
        documents.iter().enumerate().map(|(place, stats)| (format!("{batch}/{place}"), stats)).collect();
    let pool = database::pool(&settings).await?;
    if is_serverless(&settings) {
        return Ok(vec![store::create(pool, &named).await?]);
    }
    let sizes: Vec<usize> = documents.iter().map(size).collect::<Result<_>>()?;
    let pause = Duration::from_millis(settings.get("ThrottleWindowMs")?.parse()?);
    let mut results = Vec::new();
    for window in throttle::windows(&sizes, throttle::capacity(&settings)?) {
        let documents: Vec<_> = window.into_iter().map(|place| named[place].clone()).collect();
        results.push(store::create(pool, &documents).await?);
        // After the last one too: the next upload begins where this one ends.
        tokio::time::sleep(pause).await;
    }
    Ok(results)
}

/// Whether the database takes as much as it is given.
pub fn is_serverless(settings: &Settings) -> bool {
    settings.find("CosmosDB_ServerlessMode").is_some_and(|mode| mode.eq_ignore_ascii_case("true"))
}

/// Bytes of a document as it is sent.
fn size(stats: &RepoStats) -> Result<usize> {
    Ok(serde_json::to_string(stats)?.len())
}
