//! Random batches, claims and crashes, done to this store and to the in-memory one: both must answer the same and
//! hold the same afterwards. A failure prints its seed; `DURABLE_SEED` repeats it, `DURABLE_ROUNDS` asks for more.

use std::{collections::BTreeMap, env, sync::Arc};

use durable_core::{
    memory::MemoryStore,
    message::Message,
    model::{HostLease, InstanceKey, InstanceKind, MessageId, NewInstance, TaskRef},
    store::{
        Batch, ClaimRequest, Commit, CommitOutcome, Completion, Delivery, EntityStateChange, Execution,
        InstanceUpdate, NewTask, NewTimer, OutMessage, Ownership, PurgeCommit, SendCommit, StartCommit,
        Store, StoreError, Target, TaskResultCommit, TurnCommit, TurnOrigin,
    },
};
use durable_sqlite::{Options, SqliteStore};
use fnhost_protocol::{
    history::{EventKind, HistoryEvent},
    ids::InstanceId,
    json::JsonText,
    status::{EntityQuery, InstanceQuery, RuntimeStatus},
    time::Timestamp,
};

/// Few, so that batches meet each other. Two look as if the engine had drawn them.
const IDS: [&str; 5] =
    ["a", "b", "c", "01890000000070000000000000000001", "01890000000070000000000000000002"];
const ENTITIES: [&str; 2] = ["@counter@1", "@counter@2"];

/// A small generator (xorshift64*): the same numbers for the same seed, on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.roll(chances) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }
}

/// One store under test, with its lease.
struct Side {
    store: Arc<dyn Store>,
    lease: HostLease,
}

impl Side {
    async fn new(store: Arc<dyn Store>) -> Self {
        let lease = store.register("differential".to_owned()).await.expect("registers");
        Self { store, lease }
    }

    /// Ids of the messages in an inbox, which the two stores number differently.
    async fn messages(&self, key: InstanceKey) -> Vec<MessageId> {
        let loaded = self.store.load(key).await.expect("loads");
        loaded.into_iter().flat_map(|loaded| loaded.inbox).map(|(id, _)| id).collect()
    }

    /// A batch for this store: the places of consumed messages become their ids here.
    async fn batch(&self, now: Timestamp, mut commits: Vec<Commit>) -> Arc<Batch> {
        for commit in &mut commits {
            if let Commit::Turn(turn) = commit {
                let ids = self.messages(turn.key).await;
                let place = |place: &MessageId| ids.get(place.0 as usize).copied();
                turn.consumed = turn.consumed.iter().filter_map(place).collect();
            }
        }
        Arc::new(Batch { lease: self.lease, now, commits })
    }

    /// Everything that can be seen of the store, message ids left out.
    async fn picture(&self, keys: i64) -> String {
        let store = &self.store;
        let mut lines = Vec::new();
        for key in (0..keys).map(InstanceKey) {
            if let Some(loaded) = store.load(key).await.expect("loads") {
                let inbox: Vec<_> = loaded.inbox.iter().map(|(_, message)| message).collect();
                lines.push(format!("{:?} {:?} {inbox:?}", loaded.instance, loaded.entity_state));
            }
            for generation in 0..4 {
                let history = store.history(key, generation).await.expect("reads");
                lines.extend(history.iter().map(|event| format!("{} {generation} {event:?}", key.0)));
            }
        }
        lines.push(format!("{:?}", store.timers(Timestamp::MAX, None, 1_000).await.expect("reads")));
        let all = InstanceQuery { show_input: true, ..InstanceQuery::default() };
        lines.push(format!("{:#?}", store.query(all).await.expect("reads").items));
        let all = EntityQuery { fetch_state: true, ..EntityQuery::default() };
        lines.push(format!("{:#?}", store.query_entities(all).await.expect("reads").items));
        lines.join("\n")
    }
}

/// Outcomes without message ids.
fn comparable(outcomes: Result<Vec<CommitOutcome>, StoreError>) -> Result<Vec<CommitOutcome>, &'static str> {
    let forget = |delivery: &mut Delivery| delivery.message = MessageId(0);
    let mut outcomes = outcomes.map_err(|error| match error {
        StoreError::Permanent(_) => "permanent",
        StoreError::LeaseLost(_) => "lease lost",
        _ => panic!("{error}"),
    })?;
    for outcome in &mut outcomes {
        match outcome {
            CommitOutcome::Turn(done) => {
                done.deliveries.iter_mut().flatten().for_each(forget);
                done.refusals.iter_mut().for_each(|(id, _)| *id = MessageId(0));
                done.continued = done.continued.map(|_| MessageId(0));
            }
            CommitOutcome::TaskResult(delivery)
            | CommitOutcome::Started(delivery)
            | CommitOutcome::Sent(delivery) => forget(delivery),
            _ => {}
        }
    }
    Ok(outcomes)
}

/// What the test makes batches from.
struct Script {
    dice: Dice,
    /// The next key; both stores reserve the same.
    next_key: i64,
    step: i64,
    /// Tasks that were leased to this host and perhaps still are.
    leased: Vec<TaskRef>,
}

impl Script {
    fn key(&mut self) -> InstanceKey {
        self.next_key += 1;
        InstanceKey(self.next_key - 1)
    }

    fn json(&mut self) -> JsonText {
        JsonText::string(&format!("{} \"{}\"", self.step, self.dice.roll(100)))
    }

    fn message(&mut self) -> Message {
        let event = EventKind::EventRaised { name: "e".to_owned(), input: self.json() };
        Message::Event { execution: None, at: Timestamp::EPOCH, event }
    }

    fn new_instance(&mut self, id: &str) -> NewInstance {
        let is_entity = id.starts_with('@');
        NewInstance {
            key: self.key(),
            id: InstanceId::from_stored(id),
            kind: if is_entity { InstanceKind::Entity } else { InstanceKind::Orchestration },
            name: "f".to_owned(),
            input: (!is_entity).then(|| self.json()),
            parent: None,
        }
    }

    /// A key, most likely one that is in use.
    async fn old_key(&mut self, model: &Side) -> InstanceKey {
        let mut key = InstanceKey(0);
        for _ in 0..12 {
            key = InstanceKey(self.next_key - 1 - self.dice.roll(40.min(self.next_key as usize)) as i64);
            if model.store.load(key).await.expect("loads").is_some() {
                break;
            }
        }
        key
    }

    fn target(&mut self, may_create: bool) -> Target {
        match self.dice.roll(if may_create { 6 } else { 4 }) {
            0 | 1 => Target::Existing(InstanceId::from_stored(self.dice.pick(&IDS))),
            2 => Target::Existing(InstanceId::from_stored(self.dice.pick(&ENTITIES))),
            3 => {
                let id = self.dice.pick(&ENTITIES);
                Target::Entity(self.new_instance(id))
            }
            _ => {
                let id = self.dice.pick(&IDS);
                let refusal = (!self.dice.one_in(3)).then(|| self.message());
                Target::Create { instance: self.new_instance(id), refusal }
            }
        }
    }

    /// A task, most likely one that was leased to this host at some time.
    fn task(&mut self, instance: InstanceKey, generation: u32) -> TaskRef {
        let of_instance = |task: &&TaskRef| task.instance == instance && task.generation == generation;
        let leased: Vec<_> = self.leased.iter().filter(of_instance).copied().collect();
        if leased.is_empty() || self.dice.one_in(8) {
            return TaskRef { instance, generation, task: self.dice.roll(6) as u32 };
        }
        self.dice.pick(&leased)
    }

    /// Remembers what was leased to this host.
    fn note(&mut self, commits: &[Commit], outcomes: &[CommitOutcome]) {
        for (commit, outcome) in commits.iter().zip(outcomes) {
            if let (Commit::Turn(turn), CommitOutcome::Turn(_)) = (commit, outcome) {
                let generation = turn.update.generation;
                let leased = turn.tasks.iter().filter(|task| task.lease);
                self.leased.extend(leased.map(|task| TaskRef {
                    instance: turn.key,
                    generation,
                    task: task.task,
                }));
                self.leased.retain(|task| !turn.tasks_done.contains(task));
            }
        }
    }

    async fn commit(&mut self, model: &Side) -> Commit {
        match self.dice.roll(16) {
            0 | 1 => {
                let id = self.dice.pick(&IDS);
                let message = self.message();
                let replace = self.dice.one_in(4);
                Commit::Start(StartCommit { instance: self.new_instance(id), replace, message })
            }
            2 | 3 => {
                let (target, message) = (self.target(false), self.message());
                Commit::Send(SendCommit { target, message })
            }
            4 => {
                let id = if self.dice.one_in(2) { self.dice.pick(&IDS) } else { self.dice.pick(&ENTITIES) };
                Commit::Purge(PurgeCommit { id: InstanceId::from_stored(id) })
            }
            5 | 6 => {
                let task = match self.leased.last() {
                    Some(_) => self.dice.pick(&self.leased.clone()),
                    None => self.task(InstanceKey(1), 0),
                };
                Commit::TaskResult(TaskResultCommit { task, message: self.message() })
            }
            7 => {
                let id = self.dice.pick(&IDS);
                let instance = self.new_instance(id);
                let (key, replace) = (instance.key, self.dice.one_in(4));
                let mut turn = self.turn(key, 0, 0);
                turn.origin = TurnOrigin::New { instance, replace };
                Commit::Turn(Box::new(turn))
            }
            _ => {
                let key = self.old_key(model).await;
                let loaded = model.store.load(key).await.expect("loads");
                let (before, generation) =
                    loaded.map_or((0, 0), |it| (it.instance.turn, it.instance.generation));
                let before = before + u64::from(self.dice.one_in(8));
                Commit::Turn(Box::new(self.turn(key, before, generation)))
            }
        }
    }

    fn turn(&mut self, key: InstanceKey, before: u64, generation: u32) -> TurnCommit {
        let (execution, status, after) = match self.dice.roll(8) {
            0 | 1 => {
                let completion = Completion { output: Some(self.json()), failure: None };
                (Execution::Finished(completion), RuntimeStatus::Completed, generation)
            }
            2 => {
                let (input, message) = (self.json(), self.message());
                (Execution::ContinuedAsNew { input, message }, RuntimeStatus::Running, generation + 1)
            }
            _ => (Execution::Continues, RuntimeStatus::Running, generation),
        };
        // Numbers that no turn of this execution has had, so that children do not collide too often.
        let number = (before % 3) as u32 * 2;
        let has_tasks = self.dice.one_in(2);
        let event = EventKind::EventRaised { name: "h".to_owned(), input: self.json() };
        TurnCommit {
            key,
            origin: TurnOrigin::Existing { turn: before },
            consumed: (0..self.dice.roll(3)).map(|place| MessageId(place as i64)).collect(),
            tasks_done: (0..self.dice.roll(6) / 4).map(|_| self.task(key, generation)).collect(),
            timers_done: (0..self.dice.roll(2)).map(|_| self.task(key, generation)).collect(),
            history: (0..self.dice.roll(3))
                .map(|_| HistoryEvent::new(Timestamp::EPOCH, event.clone()))
                .collect(),
            execution,
            update: InstanceUpdate {
                turn: before + 1,
                generation: after,
                status,
                events: self.dice.roll(9) as u64,
                actions: self.dice.roll(9) as u64,
                updated_at: Timestamp::from_micros(self.step),
                custom_status: self.dice.one_in(4).then(|| self.json()),
                entity_state: match self.dice.roll(5) {
                    0 => EntityStateChange::Set(None),
                    1 => EntityStateChange::Set(Some(self.json())),
                    _ => EntityStateChange::Unchanged,
                },
                ownership: if self.dice.one_in(2) { Ownership::Keep } else { Ownership::Release },
            },
            tasks: (number..number + 2)
                .filter(|_| has_tasks)
                .map(|task| {
                    let (input, lease) = (self.json(), self.dice.one_in(2));
                    NewTask { task, name: "t".to_owned(), input, policy_attempt: 1 + task % 3, lease }
                })
                .collect(),
            timers: (0..self.dice.roll(2))
                .map(|_| NewTimer { task: number, fire_at: Timestamp::from_micros(self.dice.roll(9) as i64) })
                .collect(),
            messages: (0..self.dice.roll(3))
                .map(|_| OutMessage { target: self.target(true), message: self.message() })
                .collect(),
        }
    }
}

async fn play(seed: u64, steps: i64) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options::new(folder.path().join("durable.db"), "differential");
    let open =
        || async { Arc::new(SqliteStore::open(options.clone()).await.expect("opens")) as Arc<dyn Store> };
    let mut model = Side::new(Arc::new(MemoryStore::new())).await;
    let mut side = Side::new(open().await).await;
    for store in [&model.store, &side.store] {
        assert_eq!(store.reserve_keys(100_000).await.expect("reserves").start, 1);
    }
    let mut script = Script { dice: Dice(seed), next_key: 1, step: 0, leased: Vec::new() };
    let mut committed = BTreeMap::<bool, u32>::new();
    for step in 0..steps {
        script.step = step;
        let context = format!("seed {seed}, step {step}");
        match script.dice.roll(12) {
            0 => {
                let (instances, tasks) = (script.dice.roll(3) as u32, script.dice.roll(3) as u32);
                let request = ClaimRequest { instances, tasks };
                let expected = model.store.claim(model.lease, request).await.expect("claims");
                let found = side.store.claim(side.lease, request).await.expect("claims");
                assert_eq!(found, expected, "{context}");
                script.leased.extend(expected.tasks.iter().map(|leased| leased.task));
                if script.dice.one_in(2) {
                    let tasks: Vec<_> = expected.tasks.iter().map(|leased| leased.task).collect();
                    model.store.release(model.lease, tasks.clone()).await.expect("releases");
                    side.store.release(side.lease, tasks).await.expect("releases");
                }
            }
            1 if script.dice.one_in(4) => {
                model = Side::new(model.store).await;
                drop(side);
                side = Side::new(open().await).await;
            }
            _ => {
                let now = Timestamp::from_micros(step);
                let mut commits = Vec::new();
                for _ in 0..=script.dice.roll(5) {
                    commits.push(script.commit(&model).await);
                }
                let expected = model.store.commit(model.batch(now, commits.clone()).await).await;
                let found = side.store.commit(side.batch(now, commits.clone()).await).await;
                let (expected, found) = (comparable(expected), comparable(found));
                assert_eq!(found, expected, "{context}: {commits:#?}");
                script.note(&commits, found.as_deref().unwrap_or_default());
                *committed.entry(found.is_ok()).or_default() += 1;
            }
        }
        let keys = script.next_key;
        let (found, expected) = (side.picture(keys).await, model.picture(keys).await);
        let differing = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
        assert_eq!(differing, None, "{context}");
        assert_eq!(found, expected, "{context}");
    }
    assert!(committed.get(&true) > committed.get(&false), "mostly errors show little: {committed:?}");
}

#[tokio::test]
async fn random_batches_do_the_same_as_in_memory() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let rounds = number("DURABLE_ROUNDS").unwrap_or(6);
    let first = number("DURABLE_SEED").unwrap_or(1);
    for seed in first..first + rounds {
        play(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, 60).await;
    }
}
