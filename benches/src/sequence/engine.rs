//! Sequences through the engine: the whole host in this process, called as functions call it, without HTTP.

use std::{path::Path, time::Instant};

use anyhow::ensure;
use fnhost::{
    runtime::{Database, Host, HostOptions, ManualCalls},
    shutdown::Shutdown,
};
use fnhost_protocol::json::JsonText;
use tokio::task::JoinSet;

use super::rows;
use crate::{
    app,
    process::database,
    window::{Driven, Plan, Run, Window},
};

/// One run, and its rows checked.
pub(super) fn run(scratch: &Path, at_once: usize, plan: Plan) -> anyhow::Result<Run> {
    app::write(scratch)?;
    // As the host's own.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let driven = drive(scratch, at_once, plan).await?;
        rows::check(&database(scratch), driven.answers).await?;
        Ok(driven.run)
    })
}

async fn drive(scratch: &Path, at_once: usize, plan: Plan) -> anyhow::Result<Driven> {
    let options = HostOptions {
        port: Some(0),
        database: Some(Database::Sqlite(database(scratch))),
        ..HostOptions::new(scratch)
    };
    let host = Host::start(options, app::registry(), |_| ()).await?;
    let calls = host.manual().clone();
    let shutdown = Shutdown::new();
    let running = tokio::spawn(host.run(shutdown.clone()));
    let window = Window::new();
    let mut clients = JoinSet::new();
    for _ in 0..at_once {
        clients.spawn(client(calls.clone(), window.clone()));
    }
    let all = async {
        while let Some(ended) = clients.join_next().await {
            ended??;
        }
        Ok(())
    };
    let driven = window.measure(plan, all).await;
    shutdown.begin_graceful();
    ensure!(running.await?.clean, "the host did not stop cleanly");
    driven
}

/// Starts a sequence and waits for its result, again and again.
async fn client(calls: ManualCalls, window: Window) -> anyhow::Result<()> {
    while !window.is_over() {
        let begun = Instant::now();
        let output = calls.run(app::SEQUENCE, JsonText::null()).await?;
        ensure!(output.as_str() == app::GREETINGS, "a sequence resulted in {output}");
        window.add(begun.elapsed());
    }
    Ok(())
}
