//! Locks: kept with the row of an orchestration and of an entity, as its last turn says.

use durable_core::{
    lock::{CriticalSection, Lock, SectionRef},
    message::{Message, ReplyTo},
    model::{HostLease, InstanceKey},
};
use fnhost_protocol::{
    history::{ExecutionRef, Parent},
    ids::{EntityId, InstanceId},
};

use crate::{
    build::{json, orchestration, send, to_entity, turn},
    scene::Scene,
};

fn entity(key: &str) -> EntityId {
    EntityId::new("Counter", key).expect("a good id")
}

fn section(granted: bool) -> Lock {
    let entities = vec![entity(""), entity("é \"'"), entity("b")];
    Lock::Section(CriticalSection { task: u32::MAX, entities, granted })
}

fn holder(generation: u32) -> Parent {
    let execution = ExecutionRef { key: i64::MAX, generation };
    Parent { instance: InstanceId::from_stored("whö \"'"), execution, task: 7 }
}

pub(crate) async fn an_instance_is_locked_as_its_last_turn_says(scene: Scene) {
    let key = scene.running("a").await;
    assert_eq!(scene.load(key).await.instance.lock, None);
    for (before, lock) in [(1, section(false)), (2, section(true)), (3, Lock::HeldBy(holder(3)))] {
        scene.turn(turn(key).after(before).lock(lock.clone())).await;
        assert_eq!(scene.load(key).await.instance.lock, Some(lock));
    }
    scene.turn(turn(key).after(4)).await;
    assert_eq!(scene.load(key).await.instance.lock, None);
}

pub(crate) async fn a_lock_leaves_the_rest_of_the_row_alone(scene: Scene) {
    let key = scene.key().await;
    scene.commit(send(to_entity(key, "@c@a"), Message::signal("add", json("1")))).await;
    scene.turn(turn(key).state("[1]").custom_status("2")).await;
    scene.turn(turn(key).after(1).lock(Lock::HeldBy(holder(0)))).await;
    assert_eq!(scene.load(key).await.entity_state, Some(json("[1]")));
    scene.turn(turn(key).after(2).lock(Lock::HeldBy(holder(0))).state("[2]")).await;
    let loaded = scene.load(key).await;
    assert_eq!(
        (loaded.entity_state, loaded.instance.lock),
        (Some(json("[2]")), Some(Lock::HeldBy(holder(0))))
    );
    scene.turn(turn(key).after(3).no_state()).await;
    let loaded = scene.load(key).await;
    assert_eq!((loaded.entity_state, loaded.instance.lock), (None, None));
}

pub(crate) async fn a_first_turn_may_lock(scene: Scene) {
    let key = scene.key().await;
    scene.turn(turn(key).creating(orchestration(key, "a")).lock(section(false))).await;
    assert_eq!(scene.load(key).await.instance.lock, Some(section(false)));
}

pub(crate) async fn a_lock_survives_a_crash(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).lock(section(true)).keeps()).await;
    let scene = scene.crash().await;
    assert_eq!(scene.load(key).await.instance.lock, Some(section(true)));
}

pub(crate) async fn messages_about_locks_come_back(scene: Scene) {
    let key = scene.key().await;
    let section = SectionRef { execution: holder(5).execution, task: 7 };
    let messages = [
        Message::Lock {
            owner: holder(5),
            rest: vec![(InstanceKey(4), entity("x")), (InstanceKey(5), entity(""))],
        },
        Message::Operation {
            name: "add".to_owned(),
            input: json("1"),
            caller: Some(holder(5)),
            reply: None,
            section: Some(section),
        },
        Message::Operation {
            name: "add".to_owned(),
            input: json("1"),
            caller: None,
            reply: Some(ReplyTo { host: HostLease { host: 3, epoch: i64::MAX }, call: u64::MAX }),
            section: None,
        },
        Message::Unlock { section, rest: vec![entity("x"), entity("")] },
    ];
    for message in &messages {
        scene.commit(send(to_entity(key, "@c@a"), message.clone())).await;
    }
    let inbox: Vec<_> = scene.load(key).await.inbox.into_iter().map(|(_, message)| message).collect();
    assert_eq!(inbox, messages);
}
