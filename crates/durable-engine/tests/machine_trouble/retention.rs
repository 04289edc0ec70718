//! The removal of old instances, step by step: when it looks, how much it takes, how long it rests.

use std::time::Duration;

use durable_core::store::{FinishedQuery, Found, FoundInstance, InstanceVersion, Scheduled};
use durable_engine::Retention;

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

fn at(seconds: u64) -> Timestamp {
    NOW.saturating_add(100 * DAY).saturating_add(Duration::from_secs(seconds))
}

/// A machine that keeps completed instances for a day and failed ones for ten, with its clock.
struct Keeper {
    scene: Scene,
    now: Timestamp,
}

impl Keeper {
    fn new() -> Self {
        let retention = Retention { completed: Some(DAY), failed: Some(10 * DAY), terminated: None };
        let mut scene = Scene::new(Options { retention, ..Options::default() });
        scene.machine.handle(Input::Recover, at(0));
        scene.machine.handle(Input::TimersRead(Vec::new()), at(0));
        scene.machine.handle(Input::ScheduledRead(Scheduled::default()), at(0));
        scene.effects.extend(scene.machine.take_effects());
        while let Some(request) = scene.claims() {
            scene.machine.handle(Input::Claimed { claimed: Claimed::default(), request }, at(0));
            scene.effects.extend(scene.machine.take_effects());
        }
        scene.effects.clear();
        Self { scene, now: at(0) }
    }

    fn tell(&mut self, input: Input) {
        self.scene.machine.handle(input, self.now);
        self.scene.effects.extend(self.scene.machine.take_effects());
    }

    /// Lets time pass until the machine has something to do; how long that takes.
    fn rests(&mut self) -> Duration {
        let due = self.scene.machine.next_due().expect("the next round is to come");
        let rest = due.since(self.now);
        self.now = due;
        self.scene.machine.tick(due);
        self.scene.effects.extend(self.scene.machine.take_effects());
        rest
    }

    fn looks(&mut self) -> Option<FinishedQuery> {
        self.scene.take(|effect| match effect {
            Effect::FindExpired(query) => Some(*query),
            _ => None,
        })
    }

    fn finds(&mut self, found: Vec<FoundInstance>) {
        self.tell(Input::ExpiredFound(Some(found)));
    }

    /// The purges under way.
    fn purges(&mut self) -> Vec<(Ticket, Commit)> {
        let purges = |effect: &Effect| match effect {
            Effect::Commit(Ticket::Retention, commit @ Commit::Purge(_)) => {
                Some((Ticket::Retention, commit.clone()))
            }
            _ => None,
        };
        std::iter::from_fn(|| self.scene.take(purges)).collect()
    }

    fn removed(&mut self, items: Vec<(Ticket, Commit)>) {
        let outcomes = vec![CommitOutcome::Purged; items.len()];
        self.tell(Input::Committed { items, outcomes });
    }
}

impl Scene {
    fn claims(&mut self) -> Option<ClaimRequest> {
        self.take(|effect| match effect {
            Effect::Claim(request) => Some(*request),
            _ => None,
        })
    }
}

fn found(number: i64, events: u64) -> FoundInstance {
    FoundInstance {
        version: InstanceVersion { key: InstanceKey(number), turn: 5 },
        id: InstanceId::from_stored(format!("i{number}")),
        status: RuntimeStatus::Completed,
        updated_at: at(0).saturating_sub(50 * DAY),
        events,
    }
}

#[test]
fn who_keeps_everything_has_nothing_to_do() {
    let mut scene = Scene::new(Options::default());
    scene.tell(Input::Recover);
    assert_eq!(scene.machine.next_due(), None);
}

#[test]
fn each_status_is_looked_at_in_a_round() {
    let mut keeper = Keeper::new();
    assert_eq!(keeper.rests(), Duration::from_secs(60), "first the host settles");
    for (status, age) in [(RuntimeStatus::Completed, DAY), (RuntimeStatus::Failed, 10 * DAY)] {
        let query = keeper.looks().unwrap();
        assert_eq!((query.status, query.before), (status, keeper.now.saturating_sub(age)));
        assert!(!keeper.scene.machine.is_quiet(), "the store is asked");
        keeper.finds(Vec::new());
    }
    assert_eq!(keeper.looks(), None, "terminated ones are kept for ever");
    assert!(keeper.scene.machine.is_quiet());
    assert_eq!(keeper.rests(), Duration::from_secs(3_600));
    assert_eq!(keeper.looks().unwrap().status, RuntimeStatus::Completed);
}

#[test]
fn what_is_found_is_removed_as_it_was_found_and_then_more_is_looked_for() {
    let mut keeper = Keeper::new();
    keeper.rests();
    let first = keeper.looks().unwrap();
    assert_eq!(first.after, None);
    keeper.finds(vec![found(1, 3), found(2, 3)]);
    let purges = keeper.purges();
    let only: Vec<_> = purges
        .iter()
        .map(|(_, commit)| match commit {
            Commit::Purge(PurgeCommit { id, only: Some(only) }) => (id.to_string(), only.key.0, only.turn),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(only, [("i1".to_owned(), 1, 5), ("i2".to_owned(), 2, 5)]);
    keeper.removed(purges);
    assert_eq!(keeper.rests(), Duration::from_millis(10), "a moment");
    let next = keeper.looks().unwrap();
    assert_eq!((next.status, next.after), (first.status, Some(found(2, 3).cursor())));
    keeper.finds(Vec::new());
    assert_eq!(keeper.looks().unwrap().status, RuntimeStatus::Failed);
}

#[test]
fn it_rests_three_times_as_long_as_it_worked() {
    let mut keeper = Keeper::new();
    keeper.rests();
    keeper.looks().unwrap();
    keeper.now = keeper.now.saturating_add(Duration::from_millis(40));
    keeper.finds(vec![found(1, 1)]);
    let purges = keeper.purges();
    keeper.now = keeper.now.saturating_add(Duration::from_millis(160));
    keeper.removed(purges);
    assert_eq!(keeper.rests(), Duration::from_millis(600));
}

#[test]
fn long_histories_are_removed_one_by_one() {
    let mut keeper = Keeper::new();
    keeper.rests();
    keeper.looks().unwrap();
    keeper.finds(vec![found(1, 200_000), found(2, 1), found(3, 1)]);
    let purges = keeper.purges();
    assert_eq!(purges.len(), 1);
    keeper.removed(purges);
    keeper.rests();
    assert_eq!(keeper.looks().unwrap().after, Some(found(1, 0).cursor()));
}

#[test]
fn what_cannot_be_removed_does_not_stand_in_the_way() {
    let mut keeper = Keeper::new();
    keeper.rests();
    keeper.looks().unwrap();
    keeper.finds(vec![found(1, 1), found(2, 1), found(3, 1)]);
    let [refused, lost, gone] = <[_; 3]>::try_from(keeper.purges()).unwrap();
    let why = || "no".to_owned();
    keeper.tell(Input::CommitRefused { ticket: refused.0, commit: refused.1, why: why() });
    keeper.tell(Input::CommitLost { items: vec![lost], why: why() });
    assert!(!keeper.scene.machine.is_quiet());
    let nothing = CommitOutcome::Refused(Found::Nothing);
    keeper.tell(Input::Committed { items: vec![gone], outcomes: vec![nothing] });
    while let Some(request) = keeper.scene.claims() {
        keeper.tell(Input::Claimed { claimed: Claimed::default(), request });
    }
    keeper.rests();
    assert_eq!(keeper.looks().unwrap().after, Some(found(3, 0).cursor()));
}

#[test]
fn a_store_that_cannot_be_read_is_asked_again_later() {
    let mut keeper = Keeper::new();
    keeper.rests();
    keeper.looks().unwrap();
    keeper.tell(Input::ExpiredFound(None));
    assert_eq!(keeper.rests(), Duration::from_secs(60));
    assert_eq!(keeper.looks().unwrap().status, RuntimeStatus::Completed);
}

#[test]
fn a_host_that_stops_removes_nothing_more() {
    let mut keeper = Keeper::new();
    keeper.rests();
    keeper.looks().unwrap();
    keeper.tell(Input::Drain);
    keeper.finds(vec![found(1, 1)]);
    assert_eq!(keeper.purges().len(), 0);
    assert_eq!(keeper.scene.machine.next_due(), None);
}

#[test]
fn short_ages_are_looked_at_more_often() {
    for (age, round) in [(5, 1), (600, 60), (3_600, 360), (864_000, 3_600)] {
        let retention = Retention { failed: Some(Duration::from_secs(age)), ..Retention::default() };
        let mut scene = Scene::new(Options { retention, ..Options::default() });
        scene.machine.handle(Input::Recover, at(0));
        let first = scene.machine.next_due().unwrap();
        assert_eq!(first.since(at(0)).as_secs(), round.min(60), "{age}");
        scene.machine.tick(first);
        scene.machine.handle(Input::ExpiredFound(Some(Vec::new())), first);
        let next = scene.machine.next_due().unwrap();
        assert_eq!(next.since(first).as_secs(), round, "{age}");
    }
}
