//! Records a run and answers its id: that of the orchestration which it belongs to.

use std::time::SystemTime;

use fnhost_sdk::{InvocationInfo, Result, Settings, Timestamp};

use super::store;
use crate::database;

pub async fn run(info: InvocationInfo, settings: Settings) -> Result<String> {
    // A call by hand belongs to no orchestration; it is a run of its own.
    let id = info.instance().map_or_else(|| info.id().to_string(), ToString::to_string);
    let now = Timestamp::from(SystemTime::now()).to_string();
    store::create_run(database::pool(&settings).await?, &id, &now).await?;
    Ok(id)
}
