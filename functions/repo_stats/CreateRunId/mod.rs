//! Makes the document of this run and answers its id; 0 when that is not possible.

use fnhost_sdk::{InvocationInfo, Logger, Result, Settings};

use super::store;
use crate::database;

pub async fn run(info: InvocationInfo, settings: Settings, log: Logger) -> Result<i64> {
    // A call by hand belongs to no orchestration; it is a run of its own.
    let instance = info.instance().map_or_else(|| info.id().to_string(), ToString::to_string);
    match create(&settings, &instance).await {
        Ok(id) => Ok(id),
        Err(error) => {
            // The orchestration tells people, once.
            log.error(format_args!("a run cannot be created: {error}"));
            Ok(0)
        }
    }
}

async fn create(settings: &Settings, instance: &str) -> Result<i64> {
    store::create_run(database::pool(settings).await?, instance).await
}
