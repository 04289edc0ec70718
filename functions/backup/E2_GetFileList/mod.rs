//! Lists all files below a folder, with their full paths.

use fnhost_sdk::{Context, Logger, Result, Settings};

use super::roots::Roots;

pub async fn run(root: String, settings: Settings, log: Logger) -> Result<Vec<String>> {
    let roots = Roots::of(&settings)?;
    // Folders are read with blocking calls.
    let listed = tokio::task::spawn_blocking({
        let settings = settings.clone();
        move || roots.list(&root, &settings).map(|files| (root, files))
    });
    let (root, files) = listed.await.context("the list was not finished")??;
    log.info(format_args!("Found {} file(s) under {root}.", files.len()));
    Ok(files)
}
