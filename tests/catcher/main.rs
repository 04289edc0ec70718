//! A host with functions that blobs start. They write down what they were started for, so that a test can tell to the last
//! one what ran and what ran twice. The tests of blobs start it; its folder is written by them.

use std::{fs::OpenOptions, io::Write as _, path::Path, process::ExitCode};

use fnhost_sdk::{Bindings, InvocationInfo, Registry, Result, Settings, TriggerBlob, bail};
use serde_json::Value;

/// Adds one line to a file, whole or not at all, and durably: what is written here has happened.
fn note(settings: &Settings, line: &str) -> Result<()> {
    let ledger = settings.get("LEDGER")?.to_string();
    let mut file = OpenOptions::new().append(true).create(true).open(ledger)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    Ok(())
}

/// Notes name, length and attempt.
async fn catch(blob: TriggerBlob, settings: Settings, info: InvocationInfo) -> Result<()> {
    let text = blob.text().await?;
    note(&settings, &format!("{}|{text}|{}", blob.name(), info.attempt()))
}

/// Fails on every blob until there is a file that says that it is mended.
async fn fail(blob: TriggerBlob, settings: Settings, info: InvocationInfo) -> Result<()> {
    note(&settings, &format!("{}|try|{}", blob.name(), info.attempt()))?;
    let mended = settings.get("MENDED")?.to_string();
    if !Path::new(&mended).exists() {
        bail!("this blob is broken");
    }
    note(&settings, &format!("{}|mended|{}", blob.name(), info.attempt()))
}

/// Copies what started it to an output whose path has expressions.
async fn copy(blob: TriggerBlob, bindings: Bindings) -> Result<()> {
    bindings.blob("copy")?.upload(blob.open().await?).await?;
    Ok(())
}

/// Its result becomes a blob.
async fn sum_up(blob: TriggerBlob) -> Result<String> {
    Ok(format!("{} has {} bytes", blob.name(), blob.properties().length))
}

/// Answers with a blob that the body names.
async fn show(bindings: Bindings) -> Result<String> {
    Ok(bindings.blob("wanted")?.text().await?)
}

/// Nothing but its input; the result is a blob whose name is in it.
async fn keep(input: Value) -> Result<Value> {
    Ok(input)
}

fn main() -> ExitCode {
    const SOURCE: &str = "tests/catcher/main.rs";
    fnhost::cli::main(
        Registry::new()
            .blob("Catch", SOURCE, catch)
            .blob("CatchNew", SOURCE, catch)
            .blob("Fail", SOURCE, fail)
            .blob("Copy", SOURCE, copy)
            .blob("SumUp", SOURCE, sum_up)
            .http("Show", SOURCE, show)
            .manual("Keep", SOURCE, keep),
    )
}
