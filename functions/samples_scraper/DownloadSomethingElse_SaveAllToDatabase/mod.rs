//! Stores all packages of a run at once.

use fnhost_sdk::{Result, Settings};

use super::{documents::RunPackages, store};
use crate::database;

pub async fn run(all: RunPackages, settings: Settings) -> Result<()> {
    store::save_packages(database::pool(&settings).await?, &all.run_id, &all.packages).await
}
