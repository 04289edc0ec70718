//! Activities whose execution is over are stopped, and what they return all the same changes nothing.

use super::*;

fn call(id: TaskId) -> Action {
    Action::ScheduleTask { id, name: "a".to_owned(), input: text(""), retry: None }
}

impl Scene {
    fn stopped(&mut self) -> Option<Vec<TaskRef>> {
        self.take(|effect| match effect {
            Effect::StopTasks(tasks) => Some(tasks.clone()),
            _ => None,
        })
    }

    /// The next turn of an instance: an event arrives, and the code asks for this.
    fn turn(&mut self, key: InstanceKey, number: i64, event: EventKind, actions: Vec<Action>) {
        let message = Message::Event { execution: None, at: NOW, event };
        let delivery = Delivery { key, message: MessageId(100 + number), to: DeliveredTo::Here };
        self.tell(Input::Send { target: Recipient::Orchestration(id()), message, reply: ReplyId(90) });
        let item = self.take_commit();
        self.tell(Input::Committed { items: vec![item], outcomes: vec![CommitOutcome::Sent(delivery)] });
        if self.turn_events().is_some() {
            self.ran(key, actions);
        }
        let item = self.take_commit();
        self.committed(item);
    }
}

fn terminated() -> EventKind {
    EventKind::ExecutionTerminated { reason: "enough".to_owned(), recursive: false }
}

fn raised() -> EventKind {
    EventKind::EventRaised { name: "e".to_owned(), input: text("") }
}

#[test]
fn a_terminated_instance_stops_its_activities() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![call(0), call(1), call(2)]);
    let tasks: Vec<LeasedTask> = std::iter::from_fn(|| scene.runs_task()).collect();
    assert_eq!(tasks.len(), 3);
    scene.turn(key, 1, terminated(), Vec::new());
    assert_eq!(scene.stopped().unwrap(), tasks.iter().map(|task| task.task).collect::<Vec<_>>());
    assert_eq!(scene.machine.in_flight(), 0, "their slots are free");
    scene.task_done(&tasks[0]);
    assert_eq!(scene.take_results(), [], "faster than its end, and still for nothing");
    assert!(scene.machine.is_quiet());
}

#[test]
fn an_orchestration_that_completes_stops_the_activities_that_it_did_not_wait_for() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![call(0)]);
    let task = scene.runs_task().unwrap();
    scene.turn(key, 1, raised(), vec![Action::Complete { result: text("") }]);
    assert_eq!(scene.stopped(), Some(vec![task.task]));
}

#[test]
fn the_next_execution_stops_those_of_the_one_before_and_none_of_its_own() {
    let mut scene = Scene::new(Options::default());
    let key = scene.start(vec![call(0)]);
    let old = scene.runs_task().unwrap();
    scene.turn(key, 1, raised(), vec![Action::ContinueAsNew { input: text(""), carryover: Vec::new() }]);
    assert_eq!(scene.stopped(), Some(vec![old.task]));
    assert_eq!(old.task.generation, 0);
    scene.turn(key, 2, raised(), vec![call(0)]);
    let new = scene.runs_task().unwrap();
    assert_eq!(new.task.generation, 1);
    assert_eq!(scene.machine.in_flight(), 1, "the new one runs");
    scene.task_done(&old);
    assert_eq!(scene.take_results(), []);
    assert_eq!(scene.stopped(), None);
}

#[test]
fn an_instance_that_is_gone_stops_its_activities() {
    let mut scene = Scene::new(Options::default());
    let key = InstanceKey(7);
    let task = leased_task(TaskRef { instance: key, generation: 0, task: 3 });
    let request = ClaimRequest { instances: 1, tasks: 1 };
    let claimed = Claimed { instances: vec![key], tasks: vec![task.clone()] };
    scene.tell(Input::Claimed { claimed, request });
    assert_eq!(scene.loads(), Some(key));
    scene.tell(Input::Loaded { key, loaded: None });
    assert_eq!(scene.stopped(), Some(vec![task.task]));
}

#[test]
fn activities_that_lost_their_row_elsewhere_are_stopped() {
    let mut scene = Scene::new(Options::default());
    scene.start(vec![call(0), call(1)]);
    let (first, second) = (scene.runs_task().unwrap(), scene.runs_task().unwrap());
    let unknown = TaskRef { task: 9, ..first.task };
    scene.tell(Input::TasksPointless(vec![first.task, unknown]));
    assert_eq!(scene.stopped(), Some(vec![first.task]));
    assert_eq!(scene.machine.in_flight(), 1, "the other one runs");
    scene.tell(Input::TasksPointless(vec![first.task]));
    assert_eq!(scene.stopped(), None, "once is enough");
    scene.task_done(&second);
    assert!(scene.turn_events().is_some(), "the others go on");
}
