//! Taking work that nobody has, and giving it back.

use std::sync::Arc;

use crate::{
    memory::{hub::Hub, row::Row},
    model::{HostLease, InstanceKey, LeasedTask, TaskRef},
    store::{ClaimRequest, Claimed},
};

/// Takes at most as much as asked for, oldest first.
pub(super) fn claim(hub: &mut Hub, lease: HostLease, request: ClaimRequest) -> Claimed {
    let instances = waiting_instances(hub, request.instances);
    let deaths = hub.loose_deaths.clone();
    for key in &instances {
        let row = hub.row_mut(*key).expect("listed under the same lock");
        row.suspicion = row.suspicion_by(&deaths);
        row.owner = Some(lease);
    }
    let tasks = waiting_tasks(hub, request.tasks).into_iter().map(|task| take(hub, lease, task)).collect();
    Claimed { instances, tasks }
}

/// Makes calls queued again that this host had leased and not begun.
pub(super) fn release(hub: &mut Hub, lease: HostLease, tasks: &[TaskRef]) {
    for task in tasks {
        let Some(row) = hub.row_mut(task.instance) else { continue };
        if row.task(*task).is_some_and(|found| found.leased_to == Some(lease)) {
            let call = Arc::make_mut(row.tasks.get_mut(&task.task).expect("just found"));
            call.leased_to = None;
            call.attempts -= 1;
        }
    }
}

/// Instances with a message and without an owner, oldest message first.
fn waiting_instances(hub: &Hub, limit: u32) -> Vec<InstanceKey> {
    let mut waiting: Vec<_> = hub
        .rows()
        .filter(|row| row.owner.is_none())
        .filter_map(|row| Some((*row.inbox.keys().next()?, row.instance.key)))
        .collect();
    waiting.sort();
    waiting.into_iter().take(limit as usize).map(|(_, key)| key).collect()
}

/// Queued calls, in the order in which they were enqueued.
fn waiting_tasks(hub: &Hub, limit: u32) -> Vec<TaskRef> {
    let mut waiting: Vec<_> = hub.rows().flat_map(queued).collect();
    waiting.sort();
    waiting.into_iter().take(limit as usize).map(|(_, task)| task).collect()
}

fn queued(row: &Row) -> impl Iterator<Item = (i64, TaskRef)> {
    let Row { instance, tasks, .. } = row;
    tasks.iter().filter(|(_, call)| call.leased_to.is_none()).map(|(task, call)| {
        (call.place, TaskRef { instance: instance.key, generation: instance.generation, task: *task })
    })
}

fn take(hub: &mut Hub, lease: HostLease, task: TaskRef) -> LeasedTask {
    let row = hub.row_mut(task.instance).expect("listed under the same lock");
    let call = Arc::make_mut(row.tasks.get_mut(&task.task).expect("listed under the same lock"));
    call.leased_to = Some(lease);
    call.attempts += 1;
    LeasedTask {
        task,
        instance_id: row.instance.id.clone(),
        name: call.name.clone(),
        input: call.input.clone(),
        attempt: call.attempts,
        policy_attempt: call.policy_attempt,
        suspicion: call.suspicion,
    }
}
