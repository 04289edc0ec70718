//! Stores all samples of a run at once.

use fnhost_sdk::{Result, Settings};

use super::{documents::RunSamples, store};
use crate::database;

pub async fn run(all: RunSamples, settings: Settings) -> Result<()> {
    store::save_samples(database::pool(&settings).await?, &all.run_id, &all.samples).await
}
