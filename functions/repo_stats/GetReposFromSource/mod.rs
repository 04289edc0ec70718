//! Reads what is to be counted from a file of the app's data folder.

use fnhost_sdk::{Context, Result, Settings, ensure};

use super::documents::Sources;
use crate::database::app_folder;

pub async fn run(file: String, settings: Settings) -> Result<Sources> {
    ensure!(
        !file.contains(['/', '\\']),
        "`{file}` is no file of the data folder; allowed: a name without folders"
    );
    let path = app_folder(&settings).join(&*settings.get("RepoStatsDataFolder")?).join(file);
    let text = tokio::fs::read(&path).await.with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} does not list sources", path.display()))
}
