//! A machine among others: what it tells them, what their words lead to, the end of its lease, and its last words.

use durable_core::{model::HostLease, store::News};

use super::*;

/// What the machine asks for, by name, in order; without commits and replies.
pub(super) fn asks(scene: &mut Scene) -> Vec<String> {
    let effects = std::mem::take(&mut scene.effects);
    let name = |effect: &Effect| format!("{effect:?}").split([' ', '(']).next().unwrap().to_owned();
    let other = |effect: &&Effect| !matches!(effect, Effect::Commit(..) | Effect::Reply(..));
    effects.iter().filter(other).map(name).collect()
}

pub(super) fn announced(scene: &mut Scene) -> News {
    let told = std::iter::from_fn(|| {
        scene.take(|effect| match effect {
            Effect::Announce(news) => Some(*news),
            _ => None,
        })
    });
    told.fold(News::NOTHING, |all, news| all | news)
}

pub(super) fn sent(key: InstanceKey, message: i64, to: DeliveredTo) -> CommitOutcome {
    CommitOutcome::Sent(Delivery { key, message: MessageId(message), to })
}

impl Scene {
    /// A client raises an event, which is delivered like this.
    pub(super) fn send(&mut self, name: &str, outcome: CommitOutcome) {
        let target = Recipient::Orchestration(id());
        self.tell(Input::Send { target, message: raised(name), reply: ReplyId(50) });
        let item = self.take_commit();
        self.tell(Input::Committed { items: vec![item], outcomes: vec![outcome] });
    }

    pub(super) fn hears(&mut self, news: News) -> Vec<String> {
        self.effects.clear();
        self.tell(Input::Heard(news));
        asks(self)
    }

    /// The one turn that is to be written.
    pub(super) fn take_turn(&mut self) -> (Ticket, Box<durable_core::store::TurnCommit>) {
        match self.take_commit() {
            (ticket, Commit::Turn(turn)) => (ticket, turn),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_heard_is_looked_for() {
    for (news, looks) in [
        (News::MESSAGES, vec!["Claim", "FindUnread"]),
        (News::TASKS, vec!["Claim"]),
        (News::WORK, vec!["Claim", "FindUnread"]),
        (News::FINISHED, vec!["FindFinished"]),
        (News::ALL, vec!["ReadScheduled", "Claim", "FindUnread", "ReadOverdue", "FindFinished"]),
    ] {
        let mut scene = Scene::shared(Options::default());
        scene.tell(Input::Wait { id: id(), reply: ReplyId(9) });
        assert_eq!(scene.hears(news), looks, "{news:?}");
        // One question at a time: the answer may be older than what is heard now.
        assert_eq!(scene.hears(news), [""; 0], "{news:?}");
    }
}

#[test]
fn alone_on_its_store_a_machine_tells_and_asks_nobody() {
    let mut scene = Scene::new(Options { max_tasks: 1, ..Options::default() });
    scene.tell(Input::Wait { id: id(), reply: ReplyId(9) });
    scene.start(vec![schedule(0), schedule(1)]);
    scene.tell(Input::Sweep);
    let asked = asks(&mut scene);
    assert!(
        !asked.iter().any(|ask| ask.starts_with("Find") || ask == "Announce" || ask == "ReadOverdue"),
        "{asked:?}"
    );
}

#[test]
fn others_are_told_of_what_they_may_have_to_do() {
    let mut scene = Scene::shared(Options { max_tasks: 1, ..Options::default() });
    let key = scene.start(vec![schedule(0)]);
    assert_eq!(announced(&mut scene), News::NOTHING, "all of it runs here");
    scene.send("a", sent(InstanceKey(77), 1, DeliveredTo::Elsewhere));
    assert_eq!(announced(&mut scene), News::MESSAGES);
    scene.send("a", sent(key, 2, DeliveredTo::Here));
    scene.turn_events().unwrap();
    scene.ran(key, vec![schedule(1)]);
    let item = scene.take_commit();
    scene.committed(item);
    assert_eq!(announced(&mut scene), News::TASKS, "there is no slot for the second");
    let task = scene.runs_task().unwrap();
    scene.task_done(&task);
    scene.ran(key, vec![complete()]);
    let item = scene.take_commit();
    scene.committed(item);
    assert_eq!(announced(&mut scene), News::FINISHED);
}

/// Children of a wide fan-out: those that nobody here would come to soon are left to others.
#[test]
fn what_there_is_no_room_for_is_left_to_others() {
    let mut scene = Scene::shared(Options { max_loads: 1, max_turns: 1, ..Options::default() });
    for n in 0..5 {
        scene.send("a", sent(InstanceKey(70 + n), n, DeliveredTo::Here));
    }
    assert_eq!(announced(&mut scene), News::MESSAGES, "of the fifth");
}

#[test]
fn a_message_of_another_host_is_taken_into_a_busy_instance_once() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(vec![schedule(0)]);
    // One message that is known, one that is being consumed, one that another host sent.
    scene.send("known", sent(key, 1, DeliveredTo::Here));
    assert!(scene.turn_events().is_some());
    scene.send("pending", sent(key, 2, DeliveredTo::Here));
    assert_eq!(scene.hears(News::MESSAGES), ["Claim", "FindUnread"]);
    scene.tell(Input::UnreadFound(vec![(key, MessageId(1)), (key, MessageId(2))]));
    assert_eq!(asks(&mut scene), [""; 0], "they are known");
    scene.tell(Input::Heard(News::MESSAGES));
    let all = [1, 2, 3].map(|n| (key, MessageId(n)));
    scene.tell(Input::UnreadFound(all.into()));
    assert_eq!(asks(&mut scene), ["FindUnread", "ReadInbox"]);
    // The turn ends while the inbox is read, and what it consumed is still in the answer.
    scene.ran(key, Vec::new());
    let item = scene.take_commit();
    scene.committed(item);
    let pending = scene.turn_events().unwrap();
    assert!(matches!(&pending[1], EventKind::EventRaised { name, .. } if name == "pending"));
    let inbox = ["known", "pending", "other"];
    let inbox = inbox.iter().zip(1..).map(|(name, n)| (MessageId(n), raised(name))).collect();
    let Input::Loaded { loaded, .. } = loaded(key, 1, RuntimeStatus::Running, inbox) else { panic!() };
    scene.tell(Input::InboxRead { key, loaded });
    scene.ran(key, Vec::new());
    let item = scene.take_commit();
    scene.committed(item);
    let other = scene.turn_events().unwrap();
    assert_eq!(other.len(), 2, "{other:?}");
    assert!(matches!(&other[1], EventKind::EventRaised { name, .. } if name == "other"));
    scene.ran(key, Vec::new());
    let item = scene.take_commit();
    scene.committed(item);
    assert_eq!(scene.turn_events(), None);
}

#[test]
fn what_is_owned_here_without_being_known_is_read() {
    let mut scene = Scene::shared(Options::default());
    scene.tell(Input::Heard(News::MESSAGES));
    scene.tell(Input::UnreadFound(vec![(InstanceKey(77), MessageId(1))]));
    assert_eq!(scene.loads(), Some(InstanceKey(77)));
}

/// Nothing that was claimed was known when the answer was lost, and nobody else would take it: no claim finds it, and on
/// a store of its own not even a sweep did.
#[test]
fn what_a_lost_claim_may_have_brought_is_found() {
    for mut scene in [Scene::shared(Options::default()), Scene::new(Options::default())] {
        scene.start(vec![schedule(0)]);
        let task = scene.runs_task().unwrap().task;
        scene.tell(Input::Heard(News::TASKS));
        let request = ClaimRequest { instances: 0, tasks: 9 };
        asks(&mut scene);
        scene.tell(Input::ClaimFailed { request, unknown: true });
        assert_eq!(asks(&mut scene), ["FindLeases", "FindUnread"]);
        let lost = TaskRef { instance: InstanceKey(77), generation: 0, task: 5 };
        scene.tell(Input::LeasesFound(vec![task, lost]));
        assert_eq!(scene.released(), Some(vec![lost]));
        scene.tell(Input::UnreadFound(vec![(InstanceKey(78), MessageId(1))]));
        assert_eq!(scene.loads(), Some(InstanceKey(78)));
        scene.tell(Input::Released { calls: vec![lost], done: true });
        assert!(!scene.machine.is_quiet(), "it is being read");
    }
}

/// The answer to the release was lost as well. Then the activity was claimed again, and the next sweep would have taken
/// away the lease of what runs.
#[test]
fn what_was_claimed_again_is_not_given_back_once_more() {
    for mut scene in [Scene::shared(Options::default()), Scene::new(Options::default())] {
        scene.tell(Input::Heard(News::TASKS));
        let request = ClaimRequest { instances: 0, tasks: 9 };
        scene.tell(Input::ClaimFailed { request, unknown: true });
        let lost = TaskRef { instance: InstanceKey(77), generation: 0, task: 5 };
        scene.tell(Input::LeasesFound(vec![lost]));
        assert_eq!(scene.released(), Some(vec![lost]));
        scene.tell(Input::Released { calls: vec![lost], done: false });
        scene.tell(Input::Heard(News::TASKS));
        let again = leased_task(lost);
        let claimed = Claimed { instances: Vec::new(), tasks: vec![again] };
        scene.tell(Input::Claimed { claimed, request });
        assert_eq!(scene.runs_task().unwrap().task, lost);
        scene.tell(Input::Sweep);
        assert_eq!(scene.released(), None);
    }
}

#[test]
fn overdue_timers_fire_here_unless_they_are_known() {
    let late = NOW.saturating_add(std::time::Duration::from_secs(60));
    let mut scene = Scene::shared(Options::default());
    let own = scene.start(vec![Action::CreateTimer { id: 0, fire_at: late }]);
    scene.machine.tick(late);
    scene.tell(Input::Heard(News::ALL));
    let until = scene.take(|effect| match effect {
        Effect::ReadOverdue { until, after: None } => Some(*until),
        _ => None,
    });
    let grace = std::time::Duration::from_millis(500);
    assert_eq!(until, Some(late.saturating_sub(grace)), "not before its own host is late");
    assert!(scene.turn_events().is_some(), "the own timer has fired by itself");
    let timer = |instance| TaskRef { instance, generation: 0, task: 0 };
    let row = |instance| TimerRow { fire_at: late, timer: timer(instance) };
    let other = InstanceKey(77);
    scene.tell(Input::OverdueRead { rows: vec![row(own), row(other)], more: false });
    assert_eq!(scene.loads(), Some(other));
    // Its host has fired it meanwhile.
    scene.tell(loaded(other, 3, RuntimeStatus::Running, Vec::new()));
    assert_eq!(scene.turn_events(), None);
    assert_eq!(scene.machine.next_due(), None);
}

#[test]
fn a_full_page_of_overdue_timers_is_followed_by_the_next_if_it_brought_any() {
    let mut scene = Scene::shared(Options::default());
    scene.tell(Input::Heard(News::ALL));
    scene.effects.clear();
    let row = TimerRow { fire_at: NOW, timer: TaskRef { instance: InstanceKey(77), generation: 0, task: 0 } };
    scene.tell(Input::OverdueRead { rows: vec![row], more: true });
    let after = |scene: &mut Scene| {
        scene.take(|effect| match effect {
            Effect::ReadOverdue { after, .. } => Some(*after),
            _ => None,
        })
    };
    assert_eq!(after(&mut scene), Some(Some(row)));
    scene.tell(Input::OverdueRead { rows: vec![row], more: true });
    assert_eq!(after(&mut scene), None, "this host is behind; the next sweep goes on");
    scene.tell(Input::Heard(News::ALL));
    assert_eq!(after(&mut scene), Some(Some(row)));
    scene.tell(Input::OverdueRead { rows: Vec::new(), more: false });
    scene.tell(Input::Heard(News::ALL));
    assert_eq!(after(&mut scene), Some(None), "from the beginning");
}

/// Both ran the same turn; the other one has the instance now. A turn that is fenced twice was run over and over.
#[test]
fn an_instance_that_another_host_owns_is_left_to_it() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(vec![schedule(0), schedule(1)]);
    let (first, second) = (scene.runs_task().unwrap(), scene.runs_task().unwrap());
    scene.task_done(&first);
    assert!(scene.turn_events().is_some());
    let fenced = |scene: &mut Scene| {
        scene.ran(key, Vec::new());
        let item = scene.take_commit();
        scene.tell(Input::Committed { items: vec![item], outcomes: vec![CommitOutcome::Fenced] });
    };
    fenced(&mut scene);
    assert_eq!(scene.take_results(), [first.task], "its result goes its own way");
    assert_eq!(scene.loads(), Some(key), "perhaps what is known here is old");
    let inbox = vec![(MessageId(9), raised("a"))];
    scene.tell(loaded(key, 5, RuntimeStatus::Running, inbox));
    scene.tell(Input::HistoryRead { key, history: [].into() });
    assert!(scene.turn_events().is_some());
    scene.effects.clear();
    fenced(&mut scene);
    assert_eq!(scene.loads(), None);
    assert_eq!(announced(&mut scene), News::MESSAGES, "its owner does not know of the message");
    // What runs here goes on, and its result goes to the inbox.
    scene.task_done(&second);
    assert_eq!(scene.take_results(), [second.task]);
}

/// The commit of a continue-as-new does not show what its turn took: such a result was lost together with the turn.
#[test]
fn a_result_is_not_lost_with_the_last_turn_of_an_execution_that_another_host_has_ended() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(vec![schedule(0), schedule(1)]);
    let (first, second) = (scene.runs_task().unwrap(), scene.runs_task().unwrap());
    for task in [&first, &second] {
        scene.task_done(task);
        if task.task == second.task {
            scene.tell(Input::HistoryRead { key, history: [].into() });
        }
        assert!(scene.turn_events().is_some());
        scene.ran(key, vec![continue_as_new()]);
        let item = scene.take_commit();
        scene.tell(Input::Committed { items: vec![item], outcomes: vec![CommitOutcome::Fenced] });
        assert_eq!(scene.take_results(), [task.task]);
        if scene.loads().is_some() {
            scene.tell(loaded(key, 5, RuntimeStatus::Running, Vec::new()));
        }
    }
}

#[test]
fn without_a_lease_nothing_begins_and_with_the_next_everything_does() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(vec![schedule(0)]);
    scene.runs_task().unwrap();
    scene.send("a", sent(key, 1, DeliveredTo::Here));
    let session = scene.take(|effect| match effect {
        Effect::RunTurn(_, turn) => Some(turn.session),
        _ => None,
    });
    scene.tell(Input::Wait { id: id(), reply: ReplyId(9) });
    scene.effects.clear();

    scene.tell(Input::LeaseLost);
    assert_eq!(scene.machine.in_flight(), 0);
    let start = StartInput { id: InstanceId::parse("two").unwrap(), name: "f".to_owned(), input: text("") };
    scene.tell(Input::Start { start, reply: ReplyId(10), finished: None });
    scene.tell(Input::Heard(News::ALL));
    scene.tell(Input::Sweep);
    assert_eq!(asks(&mut scene), [""; 0]);
    assert_eq!(scene.machine.owes(), [ReplyId(9), ReplyId(10)].into());

    scene.tell(Input::Registered(HostLease { host: 1, epoch: 2 }));
    let again = scene.take(|effect| match effect {
        Effect::RunTurn(_, turn) => Some(turn.session),
        _ => None,
    });
    assert!(again > session, "a session is never used twice: {session:?} {again:?}");
    assert_eq!(asks(&mut scene), ["ReadScheduled", "Claim", "FindUnread", "ReadOverdue", "FindFinished"]);
    scene.tell(Input::FinishedFound(vec![id()]));
    assert!(
        matches!(scene.effects[..], [Effect::Reply(ReplyId(9), Reply::Finished(None))]),
        "{:?}",
        scene.effects
    );
}

/// A signal that went through this host was taken before one that had reached the inbox earlier, through another.
#[test]
fn messages_are_taken_in_the_order_of_the_inbox_and_the_commit_says_what_was_known() {
    let mut scene = Scene::shared(Options::default());
    let key = scene.start(vec![schedule(0)]);
    scene.send("2", sent(key, 2, DeliveredTo::Here));
    assert!(scene.turn_events().is_some());
    scene.send("9", sent(key, 9, DeliveredTo::Here));
    scene.tell(Input::Heard(News::MESSAGES));
    scene.tell(Input::UnreadFound(vec![(key, MessageId(1))]));
    let inbox = vec![(MessageId(1), raised("1")), (MessageId(5), raised("5")), (MessageId(9), raised("9"))];
    let Input::Loaded { loaded, .. } = loaded(key, 1, RuntimeStatus::Running, inbox) else { panic!() };
    scene.tell(Input::InboxRead { key, loaded });
    // It was begun without the first: the store sees that from the count.
    scene.ran(key, Vec::new());
    let (ticket, turn) = scene.take_turn();
    let known = |upto, count| Some(durable_core::store::KnownInbox { upto: MessageId(upto), count });
    assert_eq!((turn.consumed.as_slice(), turn.inbox), ([MessageId(2)].as_slice(), known(2, 1)));
    scene.committed((ticket, Commit::Turn(turn)));
    let names: Vec<_> = scene
        .turn_events()
        .unwrap()
        .into_iter()
        .filter_map(|event| match event {
            EventKind::EventRaised { name, .. } => Some(name),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["1", "5", "9"]);
    scene.ran(key, Vec::new());
    let (_, turn) = scene.take_turn();
    assert_eq!(turn.inbox, known(9, 3));
}
