//! Orchestrations that lock random entities, run in random order, end in every way, and sometimes just vanish.
//!
//! Messages reach inboxes when the turn that sends them is committed, as with a store; everything else may happen in
//! any order.

use std::collections::{BTreeMap, VecDeque};

use durable_core::{
    limits::Limits,
    lock::{Lock, SectionRef},
    message::Message,
    model::{InstanceKey, InstanceKind, MessageId, NewInstance},
    state::{Applied, BegunBatch, Caller, Drive, Incoming, State, apply, begin, begin_entity, is_blocked},
    store::{Execution, Target, TurnCommit},
};
use fnhost_protocol::{
    action::Action,
    history::{EventKind, HistoryEvent, TaskId},
    ids::{EntityId, InstanceId},
    json::JsonText,
};

use crate::build::{Keys, at, entity, instance, succeed};

const ENTITIES: [&str; 4] = ["a", "b", "c", "d"];
const ORCHESTRATIONS: i64 = 6;

/// What a round has seen.
#[derive(Default)]
pub struct Played {
    pub sections: u32,
    pub vanished: u32,
    pub ended_inside: u32,
}

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
}

/// What the code of an orchestration does.
#[derive(Default)]
struct Code {
    next_task: TaskId,
    rounds: u32,
    section: Option<TaskId>,
    /// Entities of the section.
    locked: Vec<EntityId>,
    /// Answers that it waits for.
    calls: u32,
}

struct Life {
    state: State,
    inbox: VecDeque<(MessageId, Message)>,
    code: Code,
}

struct World {
    dice: Dice,
    keys: Keys,
    messages: i64,
    lives: BTreeMap<InstanceKey, Life>,
    ids: BTreeMap<InstanceId, InstanceKey>,
    /// Who is inside of which entity, as its operations say.
    inside: BTreeMap<InstanceKey, String>,
    played: Played,
}

pub fn play(seed: u64) -> Played {
    let mut world = World {
        dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
        keys: Keys(100),
        messages: 0,
        lives: BTreeMap::new(),
        ids: BTreeMap::new(),
        inside: BTreeMap::new(),
        played: Played::default(),
    };
    for number in 1..=ORCHESTRATIONS {
        world.create(&instance(number, &format!("o{number}"), InstanceKind::Orchestration));
        let start = Message::Start { input: JsonText::null(), parent: None };
        world.send_to(InstanceKey(number), start);
    }
    for step in 0.. {
        assert!(step < 20_000, "seed {seed}: no end");
        if world.dice.one_in(60) {
            world.meddle();
        }
        let ready: Vec<InstanceKey> = world.lives.keys().copied().filter(|key| world.can_run(*key)).collect();
        let Some(key) = ready.get(world.dice.roll(ready.len().max(1))) else { break };
        world.run(*key);
        world.check(seed);
    }
    for (key, life) in &world.lives {
        let id = life.state.id();
        assert_eq!(life.inbox.len(), 0, "seed {seed}: {id} waits for ever");
        // One that vanished leaves its locks to whoever wants them next.
        let held = life.state.holder().is_some_and(|holder| !world.is_gone(SectionRef::of(holder)));
        assert!(!held && life.state.section().is_none(), "seed {seed}: {id} stays locked");
        let over =
            life.state.instance.kind == InstanceKind::Entity || life.state.instance.status.is_terminal();
        assert!(over, "seed {seed}: {id} ({}) never ended", key.0);
    }
    world.played
}

impl World {
    fn create(&mut self, new: &NewInstance) -> InstanceKey {
        if let Some(key) = self.ids.get(&new.id) {
            return *key;
        }
        let mut state = State::created(new, at(0));
        state.stored = true;
        self.ids.insert(new.id.clone(), new.key);
        self.lives.insert(new.key, Life { state, inbox: VecDeque::new(), code: Code::default() });
        new.key
    }

    fn send_to(&mut self, key: InstanceKey, message: Message) {
        self.messages += 1;
        if let Some(life) = self.lives.get_mut(&key).filter(|life| !life.state.instance.status.is_terminal())
        {
            life.inbox.push_back((MessageId(self.messages), message));
        }
    }

    /// Ends somebody from outside, or has somebody vanish without a word.
    fn meddle(&mut self) {
        let key = InstanceKey(1 + self.dice.roll(ORCHESTRATIONS as usize) as i64);
        if self.dice.one_in(2) {
            let event = EventKind::ExecutionTerminated { reason: String::new(), recursive: false };
            self.send_to(key, Message::Event { execution: None, at: at(0), event });
        } else if let Some(gone) = self.lives.remove(&key) {
            self.ids.remove(gone.state.id());
            self.played.vanished += u32::from(gone.state.section().is_some());
        }
    }

    fn is_gone(&self, holder: SectionRef) -> bool {
        let life = self.lives.get(&InstanceKey(holder.execution.key));
        life.is_none_or(|life| {
            let row = &life.state.instance;
            row.generation != holder.execution.generation || row.status.is_terminal()
        })
    }

    fn can_run(&self, key: InstanceKey) -> bool {
        let life = &self.lives[&key];
        if life.inbox.is_empty() {
            return false;
        }
        !is_blocked(&life.state, &pending(life))
            || life.state.holder().is_some_and(|holder| self.is_gone(SectionRef::of(holder)))
    }

    fn run(&mut self, key: InstanceKey) {
        match self.lives[&key].state.instance.kind {
            InstanceKind::Orchestration => self.run_code(key),
            InstanceKind::Entity => self.run_entity(key),
        }
    }

    fn run_code(&mut self, key: InstanceKey) {
        let mut life = self.lives.remove(&key).unwrap();
        let take = 1 + self.dice.roll(life.inbox.len());
        let incoming = life.inbox.iter().take(take).cloned();
        let incoming = incoming.map(|(id, message)| Incoming::Message(id, message)).collect();
        let begun = begin(&life.state, incoming, at(self.messages));
        let mut actions = Vec::new();
        if begun.drive == Drive::RunCode {
            for event in &begun.events {
                self.react(&mut life.code, event, &mut actions);
            }
        }
        let applied = apply(&life.state, begun, actions, &Limits::default(), &mut self.keys);
        let ends = applied.commit.execution != Execution::Continues;
        self.played.ended_inside += u32::from(ends && life.code.section.is_some());
        if ends {
            life.code = Code { rounds: life.code.rounds, ..Code::default() };
        }
        self.lives.insert(key, life);
        self.commit(applied);
    }

    fn react(&mut self, code: &mut Code, event: &HistoryEvent, actions: &mut Vec<Action>) {
        match &event.kind {
            EventKind::EntityLockGranted { id } if code.section == Some(*id) => {
                self.played.sections += 1;
                for entity in code.locked.clone() {
                    for operation in ["enter", "leave"] {
                        code.calls += 1;
                        let (id, entity, operation) = (code.next_task, entity.clone(), operation.to_owned());
                        actions.push(Action::CallEntity { id, entity, operation, input: JsonText::null() });
                        code.next_task += 1;
                    }
                }
            }
            EventKind::EntityOperationCompleted { .. } if code.calls > 0 => {
                code.calls -= 1;
                if code.calls == 0 || self.dice.one_in(30) {
                    self.end_section(code, actions);
                }
            }
            EventKind::ExecutionStarted { .. } => self.begin_section(code, actions),
            EventKind::EventRaised { .. } if code.section.is_some() => self.end_section(code, actions),
            _ => {}
        }
    }

    fn begin_section(&mut self, code: &mut Code, actions: &mut Vec<Action>) {
        let id = code.next_task;
        // Somebody who locks nothing is a nuisance to those who do.
        let touched = entity(ENTITIES[self.dice.roll(ENTITIES.len())]);
        let touch = "touch".to_owned();
        let input = JsonText::null();
        actions.push(Action::SignalEntity { id, entity: touched, operation: touch, input, at: None });
        let mut locked: Vec<EntityId> = ENTITIES.iter().map(|name| entity(name)).collect();
        locked.retain(|_| self.dice.one_in(2));
        if locked.is_empty() {
            locked.push(entity("a"));
        }
        actions.push(Action::LockEntities { id: id + 1, entities: locked.clone() });
        (code.next_task, code.section, code.locked, code.calls) = (id + 2, Some(id + 1), locked, 0);
        if self.dice.one_in(8) {
            self.end_section(code, actions);
        }
    }

    fn end_section(&mut self, code: &mut Code, actions: &mut Vec<Action>) {
        if matches!(actions.last(), Some(Action::Complete { .. } | Action::ContinueAsNew { .. })) {
            return;
        }
        code.calls = 0;
        code.rounds += 1;
        let input = JsonText::null();
        match self.dice.roll(5) {
            0 if code.rounds < 9 => {
                return actions.push(Action::ContinueAsNew { input, carryover: Vec::new() });
            }
            1 => return actions.push(Action::Complete { result: input }),
            _ => actions.push(Action::UnlockEntities { id: code.section.take().unwrap() }),
        }
        if code.rounds < 9 {
            self.begin_section(code, actions);
        } else {
            actions.push(Action::Complete { result: input });
        }
    }

    fn run_entity(&mut self, key: InstanceKey) {
        let life = &self.lives[&key];
        let (state, mut queue) = (life.state.clone(), pending(life));
        if is_blocked(&state, &queue) {
            queue.push_back(Incoming::HolderGone(SectionRef::of(state.holder().unwrap())));
        }
        let limit = 1 + self.dice.roll(4);
        let batch = begin_entity(&state, &mut queue, limit, at(self.messages));
        self.operate(key, &batch);
        let applied = succeed(&state, batch, &mut self.keys);
        self.commit(applied);
    }

    /// What operations find: whoever is inside is alone, unless its orchestration is over.
    fn operate(&mut self, key: InstanceKey, batch: &BegunBatch) {
        for (operation, caller) in batch.operations.iter().zip(&batch.callers) {
            let who = match caller {
                Caller::Orchestration(caller) => format!("{:?}", caller.execution),
                _ => "nobody".to_owned(),
            };
            match operation.name.as_str() {
                "leave" => assert_eq!(self.inside.remove(&key), Some(who)),
                "enter" if self.inside_is_dead(key) => _ = self.inside.insert(key, who),
                _ => assert!(self.inside_is_dead(key), "{who} in the section of {:?}", self.inside.get(&key)),
            }
        }
    }

    fn inside_is_dead(&mut self, key: InstanceKey) -> bool {
        let Some(who) = self.inside.get(&key) else { return true };
        let alive = self.lives.values().any(|life| {
            format!("{:?}", life.state.instance.execution()) == *who && life.state.section().is_some()
        });
        if !alive {
            self.inside.remove(&key);
        }
        !alive
    }

    fn commit(&mut self, Applied { commit, next }: Applied) {
        let TurnCommit { key, consumed, messages, execution, .. } = commit;
        let life = self.lives.get_mut(&key).unwrap();
        life.state = next;
        life.inbox.retain(|(id, _)| !consumed.contains(id));
        match execution {
            Execution::Finished(_) => life.inbox.clear(),
            Execution::ContinuedAsNew { message, .. } => life.inbox.push_front((MessageId(0), message)),
            Execution::Continues => {}
        }
        for sent in messages {
            let target = match &sent.target {
                Target::Entity(new) => Some(self.create(new)),
                Target::Existing(id) => self.ids.get(id).copied(),
                Target::Create { .. } | Target::Scheduled { .. } => panic!("nobody asks for that"),
            };
            if let Some(key) = target {
                self.send_to(key, sent.message);
            }
        }
    }

    /// Whoever has been granted its locks has all of them.
    fn check(&self, seed: u64) {
        for life in self.lives.values() {
            let Some(section) = life.state.section().filter(|section| section.granted) else { continue };
            let holder = SectionRef { execution: life.state.instance.execution(), task: section.task };
            for entity in &section.entities {
                let locked = &self.lives[&self.ids[&entity.instance_id()]].state.instance.lock;
                let held = locked.as_ref().and_then(Lock::holder).map(SectionRef::of);
                assert_eq!(held, Some(holder), "seed {seed}: {entity} for {}", life.state.id());
            }
        }
    }
}

fn pending(life: &Life) -> VecDeque<Incoming> {
    life.inbox.iter().cloned().map(|(id, message)| Incoming::Message(id, message)).collect()
}
