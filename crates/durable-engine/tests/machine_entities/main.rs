//! The machine alone, where entities are concerned: locks, calls of clients and scheduled signals, in orders that a
//! running engine seldom shows, and with commits of which nobody knows whether they were written.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

mod calls;
mod scheduled;

use durable_core::{
    lock::{Lock, SectionRef},
    message::{Message, ReplyTo},
    model::{HostLease, Instance, InstanceKey, InstanceKind, Loaded, MessageId, NewInstance},
    store::{
        ClaimRequest, Claimed, ClientReply, Commit, CommitOutcome, DeliveredTo, Delivery, Ownership,
        Scheduled, ScheduledMessage, TurnCommit, TurnDone,
    },
    suspicion::Suspicion,
};
use durable_engine::{
    Options,
    machine::{Effect, Input, Machine, Recipient, Reply, ReplyId, Ticket},
};
use fnhost_protocol::{
    client::Due,
    entity::EntityOutcome,
    history::{ExecutionRef, Parent},
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

const KEY: InstanceKey = InstanceKey(70);
const HERE: HostLease = HostLease { host: 1, epoch: 5 };
const CALL: ReplyId = ReplyId(9);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn counter() -> EntityId {
    EntityId::new("counter", "k").unwrap()
}

fn holder() -> Parent {
    let execution = ExecutionRef { key: 7, generation: 2 };
    Parent { instance: InstanceId::parse("holder").unwrap(), execution, task: 3 }
}

fn signal(section: bool) -> Message {
    let section = section.then(|| SectionRef::of(&holder()));
    Message::Operation { name: "add".to_owned(), input: JsonText::null(), caller: None, reply: None, section }
}

fn loaded(held: bool, inbox: Vec<(i64, Message)>) -> Input {
    let instance = Instance {
        key: KEY,
        id: counter().instance_id(),
        kind: InstanceKind::Entity,
        name: "counter".to_owned(),
        status: RuntimeStatus::Running,
        generation: 0,
        turn: 4,
        events: 0,
        actions: 0,
        parent: None,
        created_at: at(0),
        updated_at: at(0),
        lock: held.then(|| Lock::HeldBy(holder())),
    };
    let inbox = inbox.into_iter().map(|(id, message)| (MessageId(id), message)).collect();
    let (timers, suspicion) = (Vec::new(), Suspicion::NONE);
    let loaded = Loaded { instance, entity_state: None, inbox, timers, suspicion };
    Input::Loaded { key: KEY, loaded: Some(Box::new(loaded)) }
}

struct Scene {
    machine: Machine,
    effects: Vec<Effect>,
    now: Timestamp,
}

impl Scene {
    fn new(options: Options) -> Self {
        Self::of(Machine::new(options))
    }

    /// A machine with a lease, which has found nothing to begin with.
    fn of(machine: Machine) -> Self {
        let mut scene = Self { machine, effects: Vec::new(), now: at(0) };
        scene.tell(Input::KeysReserved(100..10_000));
        scene.tell(Input::Registered(HERE));
        scene.tell(Input::ScheduledRead(Scheduled::default()));
        let request = ClaimRequest { instances: 1, tasks: 1 };
        scene.tell(Input::Claimed { claimed: Claimed::default(), request });
        scene.effects.clear();
        scene
    }

    /// One whose entity is in memory, perhaps locked, with these messages.
    fn with(held: bool, inbox: Vec<(i64, Message)>) -> Self {
        let mut scene = Self::new(Options::default());
        scene.has(held, inbox);
        scene
    }

    fn has(&mut self, held: bool, inbox: Vec<(i64, Message)>) {
        self.claims();
        self.tell(loaded(held, inbox));
    }

    fn tell(&mut self, input: Input) {
        self.machine.handle(input, self.now);
        self.effects.extend(self.machine.take_effects());
    }

    fn tick(&mut self, seconds: i64) {
        self.now = at(seconds);
        self.machine.tick(self.now);
        self.effects.extend(self.machine.take_effects());
    }

    fn take<T>(&mut self, want: impl Fn(&Effect) -> Option<T>) -> Option<T> {
        let at = self.effects.iter().position(|effect| want(effect).is_some())?;
        want(&self.effects.remove(at))
    }

    /// The entity is claimed, and read.
    fn claims(&mut self) {
        let claimed = Claimed { instances: vec![KEY], tasks: Vec::new() };
        self.tell(Input::Claimed { claimed, request: ClaimRequest { instances: 2, tasks: 0 } });
        assert!(self.loads());
    }

    fn loads(&mut self) -> bool {
        self.take(|effect| matches!(effect, Effect::Load(KEY)).then_some(())).is_some()
    }

    /// The next commit.
    fn commit(&mut self) -> (Ticket, Commit) {
        let commit = self.take(|effect| match effect {
            Effect::Commit(ticket, commit) => Some((*ticket, commit.clone())),
            _ => None,
        });
        commit.expect("something is to be written")
    }

    fn turn(&mut self) -> (Ticket, TurnCommit) {
        match self.commit() {
            (ticket, Commit::Turn(turn)) => (ticket, *turn),
            other => panic!("{other:?}"),
        }
    }

    fn committed(&mut self, item: (Ticket, Commit), outcome: CommitOutcome) {
        self.tell(Input::Committed { items: vec![item], outcomes: vec![outcome] });
    }

    fn turn_committed(&mut self, (ticket, turn): (Ticket, TurnCommit)) {
        let deliveries = vec![None; turn.messages.len()];
        let done = TurnDone { deliveries, ..TurnDone::default() };
        self.committed((ticket, Commit::Turn(Box::new(turn))), CommitOutcome::Turn(done));
    }

    fn lost(&mut self, item: (Ticket, Commit)) {
        self.tell(Input::CommitLost { items: vec![item], why: "the disk is gone".to_owned() });
    }

    /// A message reaches the entity from elsewhere on this host.
    fn arrives(&mut self, id: i64, message: Message) {
        let target = Recipient::Entity(counter());
        self.tell(Input::Send { target, message, reply: ReplyId(1) });
        let item = self.commit();
        self.committed(item, sent(id));
    }

    /// How many operations run, if any do.
    fn runs(&mut self) -> Option<usize> {
        self.take(|effect| match effect {
            Effect::RunBatch(_, batch) => Some(batch.operations.len()),
            _ => None,
        })
    }

    fn ran(&mut self, operations: usize) {
        let results = vec![Ok(JsonText::of(&7).unwrap()); operations];
        let outcome = EntityOutcome { state: None, results, actions: Vec::new() };
        self.tell(Input::BatchRan { key: KEY, outcome: Ok(outcome) });
    }

    fn answer(&mut self, to: ReplyId) -> Option<Reply> {
        self.take(|effect| match effect {
            Effect::Reply(id, reply) if *id == to => Some(reply.clone()),
            _ => None,
        })
    }
}

fn sent(id: i64) -> CommitOutcome {
    CommitOutcome::Sent(Delivery { key: KEY, message: MessageId(id), to: DeliveredTo::Here })
}

#[test]
fn only_the_section_runs_and_the_host_keeps_what_waits() {
    let mut scene = Scene::with(true, vec![(1, signal(false))]);
    assert_eq!(scene.runs(), None);
    scene.arrives(2, signal(false));
    assert_eq!(scene.runs(), None);
    scene.arrives(3, signal(true));
    assert_eq!(scene.runs(), Some(1));
    scene.ran(1);
    let turn = scene.turn();
    assert_eq!(turn.1.consumed, [MessageId(3)]);
    assert_eq!((turn.1.update.ownership, turn.1.update.lock.is_some()), (Ownership::Keep, true));
    scene.turn_committed(turn);
    assert_eq!(scene.runs(), None);
    scene.arrives(4, Message::Unlock { section: SectionRef::of(&holder()), rest: Vec::new() });
    assert_eq!(scene.runs(), Some(2));
    scene.ran(2);
    let turn = scene.turn();
    assert_eq!(turn.1.consumed, [4, 1, 2].map(MessageId));
    assert_eq!(turn.1.update.lock, None);
}

#[test]
fn what_waits_for_a_lock_keeps_nobody_from_the_memory() {
    let mut scene = Scene::new(Options { max_slots: 1, ..Options::default() });
    scene.claims();
    scene.tell(loaded(true, vec![(1, signal(false))]));
    let other = Delivery { key: InstanceKey(71), message: MessageId(2), to: DeliveredTo::Here };
    scene.tell(Input::Send {
        target: Recipient::Entity(counter()),
        message: signal(false),
        reply: ReplyId(1),
    });
    let item = scene.commit();
    scene.committed(item, CommitOutcome::Sent(other));
    let loads = scene.take(|effect| match effect {
        Effect::Load(key) => Some(*key),
        _ => None,
    });
    assert_eq!(loads, Some(InstanceKey(71)));
}

/// Whatever is sent to an entity that nobody owns may reach another host, which does not tell this one.
#[test]
fn an_entity_that_waits_and_is_nobodys_is_claimed() {
    let mut scene = Scene::new(Options::default());
    scene.arrives(1, signal(false));
    assert!(scene.loads());
    scene.tell(loaded(true, vec![(1, signal(false))]));
    assert!(scene.take(|effect| matches!(effect, Effect::Claim(_)).then_some(())).is_some());
    scene.claims();
    scene.tell(loaded(true, vec![(1, signal(false))]));
    assert!(scene.take(|effect| matches!(effect, Effect::Claim(_)).then_some(())).is_none());
    assert_eq!(scene.runs(), None);
}

/// Idle instances belong to nobody, so claims find what was sent to them; not so one that rests because it is locked.
#[test]
fn one_that_waits_is_read_again_after_a_commit_whose_outcome_is_unknown() {
    for idle_bytes in [0, 1 << 20] {
        let mut scene = Scene::new(Options { idle_bytes, ..Options::default() });
        scene.claims();
        scene.tell(loaded(true, vec![(1, signal(false))]));
        let target = Recipient::Entity(counter());
        scene.tell(Input::Send { target, message: signal(true), reply: ReplyId(1) });
        let item = scene.commit();
        scene.lost(item);
        assert!(scene.loads(), "{idle_bytes} bytes for the idle");
        scene.tell(loaded(true, vec![(1, signal(false)), (2, signal(true))]));
        assert_eq!(scene.runs(), Some(1));
    }
}

fn asks_for_holders(scene: &mut Scene) -> Option<Vec<(InstanceKey, Parent)>> {
    scene.take(|effect| match effect {
        Effect::FindHolders(holders) => Some(holders.clone()),
        _ => None,
    })
}

#[test]
fn a_lock_whose_holder_is_gone_ends_after_what_the_holder_has_sent() {
    let mut scene = Scene::with(true, vec![(1, signal(false))]);
    assert_eq!(asks_for_holders(&mut scene), None);
    scene.tell(Input::Sweep);
    assert_eq!(asks_for_holders(&mut scene), Some(vec![(KEY, holder())]));
    scene.tell(Input::Sweep);
    assert_eq!(asks_for_holders(&mut scene), None, "one question at a time");
    let gone = SectionRef::of(&holder());
    scene.tell(Input::HoldersGone(vec![(KEY, gone)]));
    assert!(scene.loads(), "the inbox is read first");
    scene.tell(loaded(true, vec![(1, signal(false)), (2, signal(true))]));
    assert_eq!(scene.runs(), Some(2));
    scene.ran(2);
    let turn = scene.turn();
    assert_eq!((turn.1.consumed.clone(), turn.1.update.lock.clone()), ([2, 1].map(MessageId).to_vec(), None));
    scene.turn_committed(turn);
    scene.tell(Input::Sweep);
    assert_eq!(asks_for_holders(&mut scene), None);
}

#[test]
fn a_holder_that_is_still_there_keeps_its_locks() {
    let mut scene = Scene::with(true, vec![(1, signal(false))]);
    scene.tell(Input::Sweep);
    assert!(asks_for_holders(&mut scene).is_some());
    scene.tell(Input::HoldersGone(Vec::new()));
    assert!(!scene.loads());
    let other = SectionRef { task: 99, ..SectionRef::of(&holder()) };
    scene.tell(Input::HoldersGone(vec![(KEY, other)]));
    assert!(!scene.loads(), "it is not held by that one any more");
    scene.tell(Input::Sweep);
    assert!(asks_for_holders(&mut scene).is_some(), "asked again");
}
