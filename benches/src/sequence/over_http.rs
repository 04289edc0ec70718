//! Sequences through the whole host: one request starts one and waits for its result.

use std::path::Path;

use super::rows;
use crate::{
    app::{GREETINGS, SEQUENCE},
    load::Load,
    process::{Server, database},
    window::{Plan, Run},
};

/// One run, and its rows checked.
pub(super) fn run(scratch: &Path, at_once: usize, plan: Plan) -> anyhow::Result<Run> {
    let server = Server::host(scratch)?;
    let request = format!("POST /orchestrators/{SEQUENCE}/wait");
    let load = Load { url: server.url(), request: &request, answer: GREETINGS, connections: at_once };
    let driven = load.drive(Plan { pid: server.pid(), ..plan })?;
    server.stop()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(rows::check(&database(scratch), driven.answers))?;
    Ok(driven.run)
}
