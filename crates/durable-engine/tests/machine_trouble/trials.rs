//! While suspects are on trial nothing else begins, and nothing of it gets lost.

use durable_core::{model::HostLease, suspicion::Work};
use fnhost_protocol::failure::Failure;

use super::*;

fn suspicion(deaths: u32, smallest_trial: u32, alone: u32) -> Suspicion {
    Suspicion { deaths, smallest_trial, alone, died_at: NOW }
}

fn leased(key: i64, suspicion: Suspicion) -> LeasedTask {
    let task = TaskRef { instance: InstanceKey(key), generation: 0, task: 0 };
    LeasedTask { attempt: 2, suspicion, ..leased_task(task) }
}

impl Scene {
    /// A host that has lived for long enough to try suspects.
    fn aged(mut self) -> Self {
        (0..10).for_each(|_| self.tell(Input::Sweep));
        while let Some(request) = self.take(|effect| match effect {
            Effect::Claim(request) => Some(*request),
            _ => None,
        }) {
            self.tell(Input::Claimed { claimed: Claimed::default(), request });
        }
        self.effects.clear();
        self
    }

    fn brings(&mut self, tasks: &[LeasedTask]) {
        let claimed = Claimed { instances: Vec::new(), tasks: tasks.to_vec() };
        self.tell(Input::Claimed { claimed, request: ClaimRequest { instances: 0, tasks: 256 } });
    }

    fn trial(&mut self) -> Option<Vec<Work>> {
        self.take(|effect| match effect {
            Effect::SetTrial(suspects) => Some(suspects.iter().map(|suspect| suspect.work).collect()),
            _ => None,
        })
    }

    /// The trial that is asked for is recorded; who is on it.
    fn recorded(&mut self) -> Vec<Work> {
        let trial = self.trial().unwrap();
        self.tell(Input::TrialRecorded);
        trial
    }

    fn condemned(&mut self) -> Option<Work> {
        self.take(|effect| match effect {
            Effect::Condemned(suspect) => Some(suspect.work),
            _ => None,
        })
    }

    fn results(&mut self) -> Vec<EventKind> {
        let result = |effect: &Effect| match effect {
            Effect::Commit(_, Commit::TaskResult(result)) => match &result.message {
                Message::Event { event, .. } => Some(event.clone()),
                other => panic!("{other:?}"),
            },
            _ => None,
        };
        std::iter::from_fn(|| self.take(result)).collect()
    }

    /// An instance is claimed that a message waits for, with this counted against its turn.
    fn brings_instance(&mut self, key: InstanceKey, suspicion: Suspicion) {
        self.tell(Input::Claimed {
            claimed: Claimed { instances: vec![key], tasks: Vec::new() },
            request: ClaimRequest { instances: 256, tasks: 0 },
        });
        let begin = Message::Start { input: text(""), parent: None };
        let mut read = loaded(key, 0, RuntimeStatus::Pending, vec![(MessageId(1), begin)]);
        if let Input::Loaded { loaded: Some(loaded), .. } = &mut read {
            loaded.suspicion = suspicion;
        }
        self.tell(read);
    }
}

#[test]
fn a_suspect_runs_after_its_trial_is_recorded() {
    let mut scene = Scene::new(Options::default()).aged();
    let (innocent, suspect) = (leased(1, suspicion(1, 0, 0)), leased(2, suspicion(2, 0, 0)));
    scene.brings(&[innocent.clone(), suspect.clone()]);
    assert_eq!(scene.runs_task(), None, "one waits for its trial, the other for its end");
    assert_eq!(scene.trial(), Some(vec![Work::Task(suspect.task)]));
    assert_eq!(scene.runs_task(), None);
    scene.tell(Input::TrialRecorded);
    assert_eq!(scene.runs_task().map(|task| task.task), Some(suspect.task));
    assert_eq!(scene.runs_task(), None);
    scene.task_done(&suspect);
    assert_eq!(
        scene.take_results(),
        [suspect.task],
        "it is recorded at once: the next trial may end the host"
    );
    assert_eq!(scene.runs_task(), None, "the trial stands in the store still");
    assert_eq!(scene.recorded(), []);
    assert_eq!(scene.runs_task().map(|task| task.task), Some(innocent.task));
}

#[test]
fn a_trial_waits_for_what_runs() {
    let mut scene = Scene::new(Options::default()).aged();
    let key = scene.start(vec![schedule(0), schedule(1)]);
    let (quick, long) = (scene.runs_task().unwrap(), scene.runs_task().unwrap());
    assert_eq!(quick.task.instance, key);
    scene.brings(&[leased(90, suspicion(2, 0, 0))]);
    assert_eq!(scene.trial(), None);
    scene.task_done(&quick);
    for _ in 0..3 {
        assert_eq!(scene.trial(), None);
        scene.tell(Input::Sweep);
    }
    assert!(scene.trial().is_some(), "{:?} has run for long", long.task);
}

#[test]
fn results_that_wait_for_a_turn_are_recorded_before_a_trial() {
    let mut scene = Scene::new(Options::default()).aged();
    let key = scene.start(vec![schedule(0), schedule(1)]);
    let (first, second) = (scene.runs_task().unwrap(), scene.runs_task().unwrap());
    scene.task_done(&first);
    assert!(scene.turn_events().is_some());
    scene.task_done(&second);
    assert_eq!(scene.take_results(), []);
    scene.brings(&[leased(90, suspicion(2, 0, 0))]);
    assert_eq!(scene.take_results(), [second.task]);
    scene.ran(key, Vec::new());
    assert!(scene.trial().is_some());
}

#[test]
fn a_start_during_a_trial_is_created_alone() {
    let mut scene = Scene::new(Options::default()).aged();
    scene.brings(&[leased(90, suspicion(2, 0, 0))]);
    let start = StartInput { id: id(), name: "f".to_owned(), input: text("") };
    scene.tell(Input::Start { start, reply: ReplyId(1), finished: None });
    assert!(matches!(scene.take_commit(), (Ticket::Client(_), Commit::Start(_))));
}

#[test]
fn what_a_turn_on_trial_schedules_waits_for_its_end() {
    let mut scene = Scene::new(Options::default()).aged();
    let key = InstanceKey(7);
    scene.brings_instance(key, suspicion(2, 0, 0));
    assert_eq!(scene.turn_events(), None);
    assert_eq!(scene.recorded(), [Work::Turn { instance: key, turn: 0 }]);
    assert!(scene.turn_events().is_some());
    scene.ran(key, vec![schedule(0)]);
    let item = scene.take_commit();
    scene.committed(item);
    assert_eq!(scene.runs_task(), None);
    assert_eq!(scene.recorded(), []);
    assert!(scene.runs_task().is_some());
}

#[test]
fn what_dies_alone_too_often_fails() {
    let mut scene = Scene::new(Options::default()).aged();
    let task = leased(1, suspicion(5, 1, 3));
    scene.brings(std::slice::from_ref(&task));
    assert_eq!(scene.runs_task(), None);
    assert_eq!(scene.condemned(), Some(Work::Task(task.task)));
    let results = scene.results();
    let [EventKind::TaskFailed { failure: Failure { kind: found, non_retriable, message, .. }, .. }] =
        &results[..]
    else {
        panic!("{results:?}")
    };
    assert_eq!((found.as_str(), *non_retriable), ("Poison", true));
    assert!(message.contains("5 times") && message.contains("3 times in a row"), "{message}");
    scene.brings(&[leased(2, suspicion(5, 1, 2))]);
    assert_eq!(scene.condemned(), None, "once more");
}

#[test]
fn a_turn_that_dies_alone_too_often_fails_its_orchestration_although_others_are_on_trial() {
    let mut scene = Scene::new(Options { max_host_deaths: 1, ..Options::default() }).aged();
    scene.brings(&[leased(90, suspicion(2, 0, 0))]);
    scene.recorded();
    let key = InstanceKey(7);
    scene.brings_instance(key, suspicion(4, 1, 1));
    assert_eq!(scene.turn_events(), None, "its code does not run");
    assert_eq!(scene.condemned(), Some(Work::Turn { instance: key, turn: 0 }));
    let (_, Commit::Turn(turn)) = scene.take_commit() else { panic!() };
    assert_eq!(turn.update.status, RuntimeStatus::Failed);
}

#[test]
fn a_host_that_stops_gives_suspects_back() {
    let mut scene = Scene::new(Options::default()).aged();
    let tasks = [leased(1, suspicion(2, 2, 0)), leased(2, suspicion(2, 2, 0)), leased(3, Suspicion::NONE)];
    scene.brings(&tasks);
    scene.recorded();
    let running = scene.runs_task().unwrap();
    scene.tell(Input::Drain);
    assert_eq!(scene.released().unwrap(), [tasks[1].task, tasks[2].task]);
    scene.task_done(&running);
    assert_eq!(scene.take_results(), [running.task]);
    assert_eq!(scene.runs_task(), None);
}

#[test]
fn a_suspect_whose_execution_is_over_is_not_tried() {
    let mut scene = Scene::new(Options::default()).aged();
    let tasks = [leased(1, suspicion(3, 2, 0)), leased(2, suspicion(2, 2, 0))];
    scene.brings(&tasks);
    scene.tell(Input::TasksPointless(vec![tasks[1].task]));
    scene.recorded();
    let running = scene.runs_task().unwrap();
    scene.task_done(&running);
    assert_eq!(scene.recorded(), [], "nobody waits any more");
    assert_eq!(scene.runs_task(), None);
}

#[test]
fn a_new_life_knows_no_trial_of_the_one_before() {
    let mut scene = Scene::shared(Options::default()).aged();
    scene.brings(&[leased(1, suspicion(2, 0, 0))]);
    assert!(scene.trial().is_some());
    scene.tell(Input::LeaseLost);
    scene.tell(Input::Registered(HostLease { host: 1, epoch: 2 }));
    scene.brings(&[leased(2, Suspicion::NONE)]);
    assert!(scene.runs_task().is_some());
}
