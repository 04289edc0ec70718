//! `blobs poison list`, `redrive`, `discard`: blobs that were set aside, on the app's database. While a host has it open,
//! the host does it, so that what is redriven runs at once.

use std::path::Path;

use bytes::Bytes;
use fnhost_protocol::time::Timestamp;
use fnhost_sdk::Registry;
use http::{Method, Response};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{
    ExitStatus,
    args::{BlobsCommand, ChosenArgs, PoisonCommand},
    run::{block_on, complain, prepare, say},
    running::{Running, detail, segment},
};
use crate::{
    app::Loaded,
    runtime::{self, Database, OpenStore},
    triggers::blob::poison::{self, Change, Chosen, PoisonedBlob, PoisonedBlobs},
};

pub(super) fn run(command: BlobsCommand, registry: &Registry) -> ExitStatus {
    let BlobsCommand::Poison { command } = command;
    let (app, database) = match &command {
        PoisonCommand::List { app, database, .. } => (app, database),
        PoisonCommand::Redrive(chosen) | PoisonCommand::Discard(chosen) => (&chosen.app, &chosen.database),
    };
    if let PoisonCommand::Redrive(chosen) | PoisonCommand::Discard(chosen) = &command
        && chosen_of(chosen).check().is_err()
    {
        eprintln!("error: name the blobs by the numbers that `blobs poison list` shows, or say --all");
        return ExitStatus::Usage;
    }
    let (loaded, database) = match prepare(app, database, registry) {
        Ok(prepared) => prepared,
        Err(status) => return status,
    };
    let folder = app.app.clone();
    block_on(async move {
        if let Some(status) = ask(&command, &loaded, &folder, database.as_ref()).await {
            return status;
        }
        let opened = runtime::open_store(loaded.config.durable(), &loaded.settings, database.as_ref()).await;
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                complain(&*error);
                return ExitStatus::CannotStart;
            }
        };
        let status = on_store(&command, &opened).await;
        if let Err(error) = opened.store.close().await {
            complain(&error);
        }
        status
    })
}

fn chosen_of(args: &ChosenArgs) -> Chosen {
    Chosen { ids: args.ids.clone(), all: args.all, function: args.function.clone() }
}

async fn on_store(command: &PoisonCommand, open: &OpenStore) -> ExitStatus {
    let store = &*open.occurrences;
    let done = match command {
        PoisonCommand::List { function, json, .. } => {
            let (mut blobs, mut after) = (Vec::new(), None);
            loop {
                match poison::list(store, function.as_deref(), after, None).await {
                    Ok(page) => {
                        blobs.extend(page.blobs);
                        after = page.next;
                    }
                    Err(error) => {
                        complain(&error);
                        return ExitStatus::Failed;
                    }
                }
                if after.is_none() {
                    break;
                }
            }
            show(&blobs, *json);
            return ExitStatus::Success;
        }
        // A host that starts later finds them due.
        PoisonCommand::Redrive(chosen) => {
            poison::change(store, &chosen_of(chosen), Change::Redrive(Timestamp::EPOCH)).await
        }
        PoisonCommand::Discard(chosen) => poison::change(store, &chosen_of(chosen), Change::Discard).await,
    };
    match done {
        Ok(done) => report(command, &done),
        Err(error) => {
            complain(&error);
            ExitStatus::Failed
        }
    }
}

#[derive(Deserialize)]
struct Changed {
    blobs: Vec<i64>,
}

/// Asks the host that has the database open; `None` when there is none.
async fn ask(
    command: &PoisonCommand,
    loaded: &Loaded,
    folder: &Path,
    database: Option<&Database>,
) -> Option<ExitStatus> {
    let running = Running::find(loaded, folder, database)?;
    let verb = match command {
        PoisonCommand::List { function, json, .. } => {
            return ask_list(&running, function.as_deref(), *json).await;
        }
        PoisonCommand::Redrive(_) => "redrive",
        PoisonCommand::Discard(_) => "discard",
    };
    let (PoisonCommand::Redrive(chosen) | PoisonCommand::Discard(chosen)) = command else { return None };
    let body = json!(chosen_of(chosen)).to_string();
    let answer = running.ask(Method::POST, &format!("/admin/blobs/poison/{verb}"), body).await;
    Some(match understood::<Changed>(&running, answer)? {
        Ok(changed) => report(command, &changed.blobs),
        Err(status) => status,
    })
}

async fn ask_list(running: &Running, function: Option<&str>, as_json: bool) -> Option<ExitStatus> {
    let (mut blobs, mut after) = (Vec::new(), None::<i64>);
    loop {
        let mut path = "/admin/blobs/poison?top=1000".to_owned();
        if let Some(after) = after {
            path.push_str(&format!("&after={after}"));
        }
        if let Some(function) = function {
            path.push_str(&format!("&function={}", segment(function)));
        }
        let answer = running.ask(Method::GET, &path, "").await;
        match understood::<PoisonedBlobs>(running, answer)? {
            Ok(page) => {
                blobs.extend(page.blobs);
                after = page.next;
            }
            Err(status) => return Some(status),
        }
        if after.is_none() {
            show(&blobs, as_json);
            return Some(ExitStatus::Success);
        }
    }
}

/// What a host has answered; `None` when it does not run any more.
fn understood<T: DeserializeOwned>(
    running: &Running,
    answer: std::io::Result<Option<Response<Bytes>>>,
) -> Option<Result<T, ExitStatus>> {
    let answer = match answer {
        Ok(answer) => answer?,
        Err(error) => {
            eprintln!("error: {} went away before it answered: {error}", running.url());
            return Some(Err(ExitStatus::Failed));
        }
    };
    let read = serde_json::from_slice(answer.body()).ok().filter(|_| answer.status().is_success());
    Some(read.ok_or_else(|| {
        eprintln!("error: {}", detail(&answer));
        ExitStatus::Failed
    }))
}

fn show(blobs: &[PoisonedBlob], as_json: bool) {
    if as_json {
        say(json!({ "blobs": blobs }));
        return;
    }
    for blob in blobs {
        let PoisonedBlob { id, function, blob, attempts, since, reason, .. } = blob;
        let reason = reason.lines().next().unwrap_or_default();
        say(format_args!(
            "{id:>8}  {}  {function}  {blob}  {attempts} attempts: {reason}",
            since.to_seconds_text()
        ));
    }
    if blobs.is_empty() {
        eprintln!("no blob was set aside");
    }
}

/// Tells which numbers were not on the list.
fn report(command: &PoisonCommand, done: &[i64]) -> ExitStatus {
    let (verb, chosen) = match command {
        PoisonCommand::List { .. } => return ExitStatus::Success,
        PoisonCommand::Redrive(chosen) => ("run again", chosen),
        PoisonCommand::Discard(chosen) => ("given up", chosen),
    };
    say(format_args!("{} {verb}", done.len()));
    let missing: Vec<_> =
        chosen.ids.iter().filter(|id| !done.contains(id)).map(|id| format!("{id}")).collect();
    if missing.is_empty() {
        return ExitStatus::Success;
    }
    eprintln!("error: not on the list: {}", missing.join(", "));
    ExitStatus::Failed
}
