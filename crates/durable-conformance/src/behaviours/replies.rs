//! Answers to clients that wait on another host than the one that runs the entity.

use durable_core::{
    message::ReplyTo,
    model::{HostLease, InstanceKey},
    store::{ClientReply, CommitOutcome, StoreError},
};
use fnhost_protocol::failure::Failure;

use crate::{
    build::{json, operation, send, to_entity, turn},
    host::{Host, ok},
    scene::Scene,
};

fn reply(host: HostLease, call: u64) -> ClientReply {
    ClientReply { to: ReplyTo { host, call }, answer: Ok(json(&format!("[{call}]"))) }
}

/// An entity that this host may run.
async fn entity(host: &Host) -> InstanceKey {
    let key = host.key().await;
    host.commit(send(to_entity(key, "@c@a"), operation("x"))).await;
    key
}

async fn taken(host: &Host) -> Vec<ClientReply> {
    let mut replies = ok("take replies", host.store.take_replies(host.lease).await);
    replies.sort_by_key(|reply| reply.to.call);
    replies
}

pub(crate) async fn a_reply_reaches_the_host_that_waits_once(mut scene: Scene) {
    let (other, third) = (scene.other_host().await, scene.other_host().await);
    let key = entity(&scene).await;
    let failure = Failure::new("Why", "because \"é\"").caused_by(Failure::new("Deep", "inside"));
    let failed = ClientReply { to: ReplyTo { host: other.lease, call: u64::MAX >> 1 }, answer: Err(failure) };
    let run = turn(key).replies(reply(other.lease, 1)).replies(failed.clone()).replies(reply(third.lease, 1));
    scene.turn(run).await;
    assert_eq!(taken(&other).await, [reply(other.lease, 1), failed]);
    assert_eq!(taken(&other).await, []);
    assert_eq!(taken(&third).await, [reply(third.lease, 1)]);
}

pub(crate) async fn a_reply_to_the_writer_is_not_kept(scene: Scene) {
    let key = entity(&scene).await;
    scene.turn(turn(key).replies(reply(scene.lease, 1))).await;
    assert_eq!(taken(&scene).await, []);
}

pub(crate) async fn a_fenced_turn_replies_to_nobody(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = entity(&scene).await;
    let run = turn(key).after(5).replies(reply(other.lease, 1));
    assert_eq!(scene.commit(run).await, CommitOutcome::Fenced);
    assert_eq!(taken(&other).await, []);
}

pub(crate) async fn replies_end_with_the_epoch(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = entity(&scene).await;
    scene.turn(turn(key).replies(reply(other.lease, 1))).await;
    let again = other.register_again().await;
    scene.turn(turn(key).after(1).replies(reply(other.lease, 2))).await;
    assert_eq!(taken(&again).await, []);
    let refused = other.store.take_replies(other.lease).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost(_))), "{refused:?}");
    scene.turn(turn(key).after(2).replies(reply(again.lease, 3))).await;
    assert_eq!(taken(&again).await, [reply(again.lease, 3)]);
}
