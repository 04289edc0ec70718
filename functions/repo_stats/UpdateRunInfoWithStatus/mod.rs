//! Adds to the document of a run how it went.

use fnhost_sdk::{Result, Settings};

use super::{documents::RunStatus, store};
use crate::database;

pub async fn run(status: RunStatus, settings: Settings) -> Result<&'static str> {
    store::complete_run(database::pool(&settings).await?, &status).await?;
    Ok("Updated current run info status")
}
