//! The commits of one orchestration's life, as the engine would have them written. They are made once, by the pure core,
//! and copied for each instance, so that the floor takes no time to decide.

use durable_core::{
    limits::Limits,
    message::Message,
    model::{InstanceKey, InstanceKind, MessageId, NewInstance, TaskRef},
    state::{self, Incoming, State, Supply},
    store::{Ownership, TurnCommit, TurnOrigin},
};
use fnhost_protocol::{
    action::Action,
    history::{EventKind, TaskId},
    ids::InstanceId,
    json::JsonText,
    time::Timestamp,
};

/// Activities that the engine takes at once.
const LEASES: usize = 256;

/// The instance that is copied.
const KEY: InstanceKey = InstanceKey(0);

/// One turn: what comes, and what the code then asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    come: Vec<Incoming>,
    asked: Vec<Action>,
}

impl Step {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Results of activities.
    pub(crate) fn results(mut self, results: impl IntoIterator<Item = (TaskId, JsonText)>) -> Self {
        self.come.extend(results.into_iter().map(|(id, result)| Incoming::TaskResult {
            task: TaskRef { instance: KEY, generation: 0, task: id },
            at: super::now(),
            event: EventKind::TaskCompleted { id, result },
        }));
        self
    }

    /// A message from outside; its number is set when the turn is copied.
    pub(crate) fn message(mut self, message: Message) -> Self {
        self.come.push(Incoming::Message(MessageId(0), message));
        self
    }

    /// Activities that the code then calls.
    pub(crate) fn calls(
        mut self,
        activity: &str,
        inputs: impl IntoIterator<Item = (TaskId, JsonText)>,
    ) -> Self {
        let call = |(id, input)| Action::ScheduleTask { id, name: activity.to_owned(), input, retry: None };
        self.asked.extend(inputs.into_iter().map(call));
        self
    }

    /// A timer that the code then makes.
    pub(crate) fn sleeps(mut self, id: TaskId, fire_at: Timestamp) -> Self {
        self.asked.push(Action::CreateTimer { id, fire_at });
        self
    }

    /// A timer that is due.
    pub(crate) fn fired(mut self, id: TaskId) -> Self {
        let timer = TaskRef { instance: KEY, generation: 0, task: id };
        self.come.push(Incoming::TimerFired { timer, at: super::now() });
        self
    }

    /// The end.
    pub(crate) fn completes(mut self, result: JsonText) -> Self {
        self.asked.push(Action::Complete { result });
        self
    }
}

/// All turns of an orchestration.
#[derive(Debug)]
pub(crate) struct Life {
    turns: Vec<TurnCommit>,
}

impl Life {
    /// Makes them: the first begins the instance.
    pub(crate) fn of(orchestrator: &str, input: JsonText, steps: impl IntoIterator<Item = Step>) -> Self {
        let instance = NewInstance {
            key: KEY,
            id: InstanceId::generate(),
            kind: InstanceKind::Orchestration,
            name: orchestrator.to_owned(),
            input: Some(input.clone()),
            parent: None,
        };
        let mut state = State::created(&instance, super::now());
        let mut birth = Some((instance, Incoming::Fresh(Message::Start { input, parent: None })));
        let mut turns = Vec::new();
        for Step { mut come, asked } in steps {
            let born = birth.take().map(|(instance, start)| {
                come.insert(0, start);
                instance
            });
            let begun = state::begin(&state, come, super::now());
            let mut applied = state::apply(&state, begun, asked, &Limits::default(), &mut Leases(LEASES));
            if let Some(instance) = born {
                applied.creating(instance, false);
            }
            state = applied.next;
            // As the engine does with an instance of which nothing runs here.
            if applied.commit.tasks.is_empty() {
                applied.commit.update.ownership = Ownership::Release;
            }
            turns.push(applied.commit);
        }
        Self { turns }
    }

    /// How many turns there are.
    pub(crate) fn len(&self) -> usize {
        self.turns.len()
    }

    /// The first, for an instance of this key; also the id that it gets.
    pub(crate) fn birth(&self, key: InstanceKey) -> (TurnCommit, InstanceId) {
        let (mut turn, id) = (self.turn(0, key), InstanceId::generate());
        if let TurnOrigin::New { instance, .. } = &mut turn.origin {
            instance.id = id.clone();
        }
        (turn, id)
    }

    /// One of them, for an instance of this key.
    pub(crate) fn turn(&self, number: usize, key: InstanceKey) -> TurnCommit {
        let mut turn = self.turns[number].clone();
        turn.key = key;
        if let TurnOrigin::New { instance, .. } = &mut turn.origin {
            instance.key = key;
            instance.id = InstanceId::generate();
        }
        for task in turn.tasks_done.iter_mut().chain(&mut turn.timers_done) {
            task.instance = key;
        }
        turn
    }
}

/// So many activities are taken at once.
pub(super) struct Leases(pub(super) usize);

impl Supply for Leases {
    fn key(&mut self) -> InstanceKey {
        KEY
    }

    fn instance_id(&mut self) -> InstanceId {
        InstanceId::generate()
    }

    fn lease_task(&mut self) -> bool {
        let granted = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        granted
    }
}

#[cfg(test)]
mod tests {
    use durable_core::store::Execution;

    use super::*;

    #[test]
    fn a_copy_has_nothing_of_the_instance_that_was_copied() {
        let text = JsonText::null;
        let steps = [
            Step::new().calls("A", [(0, text()), (1, text())]).sleeps(2, super::super::now()),
            Step::new().results([(0, text()), (1, text())]).fired(2).completes(text()),
        ];
        let life = Life::of("O", text(), steps);
        assert_eq!(life.len(), 2);
        let key = InstanceKey(7);
        let (birth, id) = life.birth(key);
        let TurnOrigin::New { instance, .. } = birth.origin else { panic!("{:?}", birth.origin) };
        assert_eq!((birth.key, instance.key, instance.id), (key, key, id));
        assert_eq!((birth.tasks.len(), birth.timers.len()), (2, 1));
        let last = life.turn(1, key);
        assert!(last.tasks_done.iter().chain(&last.timers_done).all(|task| task.instance == key));
        assert_eq!((last.tasks_done.len(), last.timers_done.len()), (2, 1));
        assert!(matches!(last.execution, Execution::Finished(_)), "{:?}", last.execution);
        let ids: Vec<InstanceId> = (0..2).map(|_| life.birth(key).1).collect();
        assert_ne!(ids[0], ids[1], "each copy has an id of its own");
    }

    #[test]
    fn no_more_activities_are_taken_than_the_engine_takes() {
        let many = (0..LEASES as TaskId + 1).map(|id| (id, JsonText::null()));
        let life = Life::of("O", JsonText::null(), [Step::new().calls("A", many)]);
        let leased: Vec<bool> = life.turn(0, KEY).tasks.iter().map(|task| task.lease).collect();
        assert_eq!(leased.iter().filter(|lease| **lease).count(), LEASES);
        assert_eq!(leased.last(), Some(&false));
    }
}
