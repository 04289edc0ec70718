//! Batches and outcomes in a few words, for the log.

use durable_core::store::{Batch, Commit, CommitOutcome};

/// What an item is about.
pub(super) fn subject(item: &Commit) -> String {
    match item {
        Commit::Turn(turn) => format!("turn of {}", turn.key.0),
        Commit::TaskResult(result) => format!("{:?}", result.task),
        Commit::Start(start) => format!("start of {}", start.instance.key.0),
        Commit::Send(send) => format!("{:?}", send.message),
        Commit::Deliver(due) => format!("delivery to {} of {}", due.entity.id, due.entity.key.0),
        Commit::Purge(purge) => format!("purge of {}", purge.id),
    }
}

pub(super) fn describe(batch: &Batch) -> String {
    let items: Vec<String> = batch
        .commits
        .iter()
        .map(|item| match item {
            Commit::Turn(turn) => format!(
                "turn {} of {} ({} consumed, done {:?}, {} events, tasks {:?}, {} messages, {:?})",
                turn.update.turn,
                turn.key.0,
                turn.consumed.len(),
                turn.tasks_done.iter().map(|task| task.task).collect::<Vec<_>>(),
                turn.history.len(),
                turn.tasks.iter().map(|task| (task.task, task.lease)).collect::<Vec<_>>(),
                turn.messages.len(),
                turn.update.status,
            ),
            other => subject(other),
        })
        .collect();
    format!("{}: {}", batch.lease, items.join("; "))
}

pub(super) fn short(outcome: &CommitOutcome) -> String {
    match outcome {
        CommitOutcome::Turn(done) => {
            let places: Vec<_> =
                done.deliveries.iter().map(|one| one.map(|one| (one.key.0, one.message.0))).collect();
            format!("turn {places:?}")
        }
        other => format!("{other:?}"),
    }
}
