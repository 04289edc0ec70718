//! A host with functions that add numbers up, so that a test can tell to the last one what was done and what was done
//! twice, functions that tell where they run, and such that take their process down. The tests of hosts that share a
//! database or die start it; its folder is written by them.

mod killers;

use std::{fs, process, process::ExitCode, thread, time::Duration};

use fnhost_sdk::{
    DurableClient, EntityContext, EntityId, EntityReply, OrchestrationContext, Path, Registry, Response,
    Result, entity,
};
use serde::{Deserialize, Serialize};

/// Longer than any test waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many sums; numbers are spread over them.
const SUMS: u64 = 4;

/// Adds a number under an instance id, and answers when that is done.
async fn add(Path((id, number)): Path<(String, u64)>, client: DurableClient) -> Result<Response> {
    client.start_with_id("AddUp", id.as_str(), number).await?;
    client.wait_or_check_status(id.as_str(), PATIENCE).await
}

/// Doubles the number, adds that to a sum and once more to the total, and returns the number.
async fn add_up(ctx: OrchestrationContext, number: u64) -> Result<u64> {
    let double: u64 = ctx.activity("Double", number).await?;
    ctx.signal_entity(&EntityId::new("Sum", "total")?, "Add", double)?;
    let sum = EntityId::new("Sum", &format!("part-{}", number % SUMS))?;
    ctx.call_entity::<()>(&sum, "Add", double).await?;
    ctx.activity("Halve", double).await
}

async fn double(number: u64) -> Result<u64> {
    Ok(number * 2)
}

async fn halve(number: u64) -> Result<u64> {
    Ok(number / 2)
}

/// Waits for a file in one activity, and tells which process the next one ran in.
async fn relay(ctx: OrchestrationContext, file: String) -> Result<u32> {
    ctx.activity::<()>("Hold", file).await?;
    ctx.activity("Process", ()).await
}

/// Runs until there is a file. Holds its thread, of which the host has more.
async fn hold(file: String) -> Result<()> {
    while !fs::exists(&file)? {
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

async fn process_id(_: ()) -> Result<u32> {
    Ok(process::id())
}

#[derive(Default, Serialize, Deserialize)]
struct Sum {
    value: u64,
}

#[entity]
impl Sum {
    fn add(&mut self, number: u64) {
        self.value += number;
    }
}

async fn sum(ctx: EntityContext) -> Result<EntityReply> {
    ctx.dispatch::<Sum>().await
}

fn main() -> ExitCode {
    const SOURCE: &str = "tests/adder/main.rs";
    const KILLERS: &str = "tests/adder/killers.rs";
    fnhost::cli::main(
        Registry::new()
            .http("Add", SOURCE, add)
            .orchestration("AddUp", SOURCE, add_up)
            .activity("Double", SOURCE, double)
            .activity("Halve", SOURCE, halve)
            .orchestration("Relay", SOURCE, relay)
            .activity("Hold", SOURCE, hold)
            .activity("Process", SOURCE, process_id)
            .entity("Sum", SOURCE, sum)
            .orchestration("Outlast", KILLERS, killers::outlast)
            .activity("Rest", KILLERS, killers::rest)
            .orchestration("Survive", KILLERS, killers::survive)
            .activity("Kill", KILLERS, killers::kill)
            .orchestration("KillInTurn", KILLERS, killers::kill_in_turn)
            .orchestration("Walk", KILLERS, killers::walk)
            .entity("Trap", KILLERS, killers::trap),
    )
}
