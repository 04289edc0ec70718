//! Random commits over few ids, so that they meet each other.

use durable_core::{
    lock::{CriticalSection, Lock},
    message::Message,
    model::{InstanceKey, InstanceKind, MessageId, NewInstance, TaskRef},
    store::{
        Commit, CommitOutcome, Completion, EntityStateChange, Execution, InstanceUpdate, InstanceVersion,
        NewTask, NewTimer, OutMessage, Ownership, PurgeCommit, SendCommit, StartCommit, Target,
        TaskResultCommit, TurnCommit, TurnOrigin,
    },
    suspicion::Work,
};
use fnhost_protocol::{
    history::{EventKind, HistoryEvent},
    ids::{EntityId, InstanceId},
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::side::Side;

/// Few, so that batches meet each other. Two look as if the engine had drawn them.
const IDS: [&str; 5] =
    ["a", "b", "c", "01890000000070000000000000000001", "01890000000070000000000000000002"];
const ENTITIES: [&str; 2] = ["@counter@1", "@counter@2"];

/// A small generator (xorshift64*): the same numbers for the same seed, on every machine.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }

    pub(crate) fn one_in(&mut self, chances: usize) -> bool {
        self.roll(chances) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }
}

/// What the test makes batches from.
pub(crate) struct Script {
    pub(crate) dice: Dice,
    /// The next key; both stores reserve the same.
    pub(crate) next_key: i64,
    pub(crate) step: i64,
    /// Tasks that were leased to this host and perhaps still are.
    pub(crate) leased: Vec<TaskRef>,
}

impl Script {
    pub(crate) fn key(&mut self) -> InstanceKey {
        self.next_key += 1;
        InstanceKey(self.next_key - 1)
    }

    pub(crate) fn json(&mut self) -> JsonText {
        JsonText::string(&format!("{} \"{}\"", self.step, self.dice.roll(100)))
    }

    pub(crate) fn message(&mut self) -> Message {
        let event = EventKind::EventRaised { name: "e".to_owned(), input: self.json() };
        Message::Event { execution: None, at: Timestamp::EPOCH, event }
    }

    fn lock(&mut self) -> Lock {
        let entities = vec![EntityId::new("counter", "1").expect("a good id")];
        Lock::Section(CriticalSection { task: self.step as u32, entities, granted: self.dice.one_in(2) })
    }

    pub(crate) fn new_instance(&mut self, id: &str) -> NewInstance {
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

    /// Now and then an instance as it is, or as it was.
    pub(crate) async fn version(&mut self, model: &Side) -> Option<InstanceVersion> {
        if self.dice.one_in(2) {
            return None;
        }
        let key = self.old_key(model).await;
        let loaded = model.store.load(key).await.expect("loads");
        let turn = loaded.map_or(0, |loaded| loaded.instance.turn).saturating_sub(self.dice.roll(2) as u64);
        Some(InstanceVersion { key, turn })
    }

    /// A key, most likely one that is in use.
    pub(crate) async fn old_key(&mut self, model: &Side) -> InstanceKey {
        let mut key = InstanceKey(0);
        for _ in 0..12 {
            key = InstanceKey(self.next_key - 1 - self.dice.roll(40.min(self.next_key as usize)) as i64);
            if model.store.load(key).await.expect("loads").is_some() {
                break;
            }
        }
        key
    }

    pub(crate) fn target(&mut self, may_create: bool) -> Target {
        match self.dice.roll(if may_create { 7 } else { 5 }) {
            0 | 1 => Target::Existing(InstanceId::from_stored(self.dice.pick(&IDS))),
            2 => Target::Existing(InstanceId::from_stored(self.dice.pick(&ENTITIES))),
            3 => {
                let id = self.dice.pick(&ENTITIES);
                Target::Entity(self.new_instance(id))
            }
            4 => {
                let (id, due) = (self.dice.pick(&ENTITIES), Timestamp::from_micros(self.dice.roll(9) as i64));
                Target::Scheduled { entity: self.new_instance(id), due }
            }
            _ => {
                let id = self.dice.pick(&IDS);
                let refusal = (!self.dice.one_in(3)).then(|| self.message());
                Target::Create { instance: self.new_instance(id), refusal }
            }
        }
    }

    /// A task, most likely one that was leased to this host at some time.
    pub(crate) fn task(&mut self, instance: InstanceKey, generation: u32) -> TaskRef {
        let of_instance = |task: &&TaskRef| task.instance == instance && task.generation == generation;
        let leased: Vec<_> = self.leased.iter().filter(of_instance).copied().collect();
        if leased.is_empty() || self.dice.one_in(8) {
            return TaskRef { instance, generation, task: self.dice.roll(6) as u32 };
        }
        self.dice.pick(&leased)
    }

    /// Remembers what was leased to this host.
    pub(crate) fn note(&mut self, commits: &[Commit], outcomes: &[CommitOutcome]) {
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

    /// What may be put on trial: turns that are next, calls that are leased, and some that are neither.
    pub(crate) async fn trial(&mut self, model: &Side) -> Vec<Work> {
        let mut trial = Vec::new();
        for _ in 0..self.dice.roll(4) {
            let instance = self.old_key(model).await;
            let loaded = model.store.load(instance).await.expect("loads");
            let (turn, generation) =
                loaded.map_or((0, 0), |loaded| (loaded.instance.turn, loaded.instance.generation));
            trial.push(match self.dice.roll(8) {
                0..3 => Work::Task(self.task(instance, generation)),
                3 => Work::Turn { instance, turn: turn + 1 },
                _ => Work::Turn { instance, turn },
            });
        }
        trial
    }

    pub(crate) async fn commit(&mut self, model: &Side) -> Commit {
        match self.dice.roll(17) {
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
                Commit::Purge(PurgeCommit {
                    id: InstanceId::from_stored(id),
                    only: self.version(model).await,
                })
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
            8 => {
                let until = Timestamp::from_micros(self.dice.roll(9) as i64);
                match model.store.scheduled(until, 9).await.expect("reads").due.as_slice() {
                    [] => Commit::Send(SendCommit { target: self.target(false), message: self.message() }),
                    due => Commit::Deliver(Box::new(self.dice.pick(due))),
                }
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

    pub(crate) fn turn(&mut self, key: InstanceKey, before: u64, generation: u32) -> TurnCommit {
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
                lock: self.dice.one_in(4).then(|| self.lock()),
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
            replies: Vec::new(),
            inbox: None,
        }
    }
}
