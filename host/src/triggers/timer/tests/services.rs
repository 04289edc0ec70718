//! The whole trigger: what runs when, on one host and on several, over starts and stops.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use durable_core::clock::Clock;
use fnhost_protocol::{failure::Failure, time::Timestamp};
use futures_util::future::BoxFuture;
use tokio::sync::{oneshot, watch};

use super::scene::{START, Scene, at};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

const HOURLY: &str = "schedule = \"0 0 * * * *\"";

#[tokio::test]
async fn timers_run_at_their_times_in_order() {
    let scene = Scene::new(&[
        ("Hourly", HOURLY),
        ("Half", "schedule = \"0 */30 * * * *\""),
        ("Span", "schedule = \"00:45:00\""),
    ]);
    let host = scene.host().await;
    assert_eq!(scene.runs(), [""; 0], "nothing runs before its time");
    scene.advance(&[&host], 2 * HOUR).await;
    let mut runs = scene.runs();
    // What is due at one time may begin in any order.
    runs.sort_by(|a, b| a[a.len() - 8..].cmp(&b[b.len() - 8..]).then(a.cmp(b)));
    assert_eq!(
        runs,
        [
            "Half 00:30:00",
            "Span 00:45:00",
            "Half 01:00:00",
            "Hourly 01:00:00",
            "Half 01:30:00",
            "Span 01:30:00",
            "Half 02:00:00",
            "Hourly 02:00:00",
        ]
    );
    host.stop().await;
}

#[tokio::test]
async fn each_time_has_one_run_however_many_hosts_there_are() {
    let scene = Scene::new(&[
        ("A", HOURLY),
        ("B", HOURLY),
        ("Often", "schedule = \"0 */5 * * * *\"\nuseMonitor = false"),
    ]);
    let hosts = [scene.host().await, scene.host().await, scene.host().await];
    let all: Vec<_> = hosts.iter().collect();
    scene.advance(&all, 3 * HOUR).await;
    let mut runs = scene.runs();
    runs.sort();
    let mut expected: Vec<String> =
        ["A", "B"].iter().flat_map(|name| (1..=3).map(move |hour| format!("{name} 0{hour}:00:00"))).collect();
    expected.extend((1..=36).map(|n| format!("Often {:02}:{:02}:00", n / 12, n % 12 * 5)));
    assert_eq!(runs, expected);
    for host in hosts {
        host.stop().await;
    }
}

#[tokio::test]
async fn what_was_missed_while_no_host_ran_is_made_up_for() {
    let scene = Scene::new(&[
        ("All", &format!("{HOURLY}\nmissedRuns = \"all\"")),
        ("Once", HOURLY),
        ("Skip", &format!("{HOURLY}\nmissedRuns = \"skip\"")),
        ("Unwatched", &format!("{HOURLY}\nuseMonitor = false")),
    ]);
    let host = scene.host().await;
    scene.advance(&[&host], HOUR).await;
    assert_eq!(scene.runs().len(), 4);
    host.stop().await;

    scene.advance(&[], 3 * HOUR + 20 * MINUTE).await;
    let hosts = [scene.host().await, scene.host().await];
    let mut runs = scene.runs();
    runs.sort();
    assert_eq!(runs, ["All 02:00:00 late", "All 03:00:00 late", "All 04:00:00 late", "Once 02:00:00 late"]);
    let status = hosts[0].timers.list(Some("once")).await.unwrap()[0].status.unwrap();
    assert_eq!(
        (status.last, status.next),
        (Some(at("2026-01-01T02:00:00Z")), Some(at("2026-01-01T05:00:00Z")))
    );

    scene.advance(&[&hosts[0], &hosts[1]], HOUR).await;
    let mut runs = scene.runs();
    runs.sort();
    assert_eq!(runs, ["All 05:00:00", "Once 05:00:00", "Skip 05:00:00", "Unwatched 05:00:00"]);
    for host in hosts {
        host.stop().await;
    }
}

#[tokio::test]
async fn a_schedule_that_was_changed_is_never_past_due() {
    let scene = Scene::new(&[("Timer", HOURLY)]);
    let host = scene.host().await;
    host.stop().await;
    scene.write("Timer", "schedule = \"0 30 * * * *\"");
    scene.advance(&[], 5 * HOUR).await;
    let host = scene.host().await;
    scene.advance(&[&host], HOUR).await;
    assert_eq!(scene.runs(), ["Timer 05:30:00"]);
    host.stop().await;
}

#[tokio::test]
async fn a_start_may_run_at_once() {
    let scene = Scene::new(&[("Eager", &format!("{HOURLY}\nrunOnStartup = true"))]);
    scene.advance(&[], 10 * MINUTE).await;
    let host = scene.host().await;
    assert_eq!(scene.runs(), ["Eager 00:10:00"]);
    scene.advance(&[&host], HOUR).await;
    assert_eq!(scene.runs(), ["Eager 01:00:00"]);
    host.stop().await;
}

#[tokio::test]
async fn a_failed_run_is_tried_again_until_the_next_time_comes() {
    let retry = |count: i32, pause: &str| {
        format!(
            "{HOURLY}\n[retry]\nstrategy = \"fixedDelay\"\nmaxRetryCount = {count}\ndelayInterval = \"{pause}\""
        )
    };
    let scene = Scene::new(&[("Timer", &retry(2, "00:00:10"))]);
    let host = scene.host().await;
    let fails = |times: usize| {
        scene.worker.failures.lock().unwrap().extend((0..times).map(|_| Failure::new("Busy", "not now")));
    };
    fails(2);
    scene.advance(&[&host], HOUR + 30 * MINUTE).await;
    assert_eq!(
        scene.runs(),
        ["Timer 01:00:00", "Timer 01:00:00 late attempt 2", "Timer 01:00:00 late attempt 3"]
    );
    // A slot that fails for good is done; the schedule goes on.
    fails(3);
    scene.advance(&[&host], 2 * HOUR).await;
    assert_eq!(
        scene.runs(),
        [
            "Timer 02:00:00",
            "Timer 02:00:00 late attempt 2",
            "Timer 02:00:00 late attempt 3",
            "Timer 03:00:00"
        ]
    );
    host.stop().await;

    scene.write("Timer", &retry(-1, "00:40:00"));
    let host = scene.host().await;
    fails(2);
    scene.advance(&[&host], HOUR + 20 * MINUTE).await;
    // The second pause would end after the next time of the schedule.
    assert_eq!(scene.runs(), ["Timer 04:00:00", "Timer 04:00:00 late attempt 2"]);
    scene.advance(&[&host], 10 * MINUTE).await;
    assert_eq!(scene.runs(), ["Timer 05:00:00"]);
    host.stop().await;
}

#[tokio::test]
async fn without_a_policy_a_failed_run_is_over() {
    let scene = Scene::new(&[("Timer", HOURLY)]);
    let host = scene.host().await;
    scene.worker.failures.lock().unwrap().push_back(Failure::new("Busy", "not now"));
    scene.advance(&[&host], 2 * HOUR).await;
    assert_eq!(scene.runs(), ["Timer 01:00:00", "Timer 02:00:00"]);
    host.stop().await;
}

#[tokio::test]
async fn times_that_come_during_a_run_are_swallowed() {
    let scene = Scene::new(&[("Slow", "schedule = \"0 */5 * * * *\"")]);
    let clock = Hands::new(at(START));
    let host = scene.host_by(Arc::new(clock.clone())).await;
    let (release, held) = watch::channel(false);
    *scene.worker.held.lock().unwrap() = Some(held);
    clock.set("2026-01-01T00:05:00Z");
    until(|| scene.worker.calls.lock().unwrap().len() == 1).await;
    for late in ["2026-01-01T00:10:00Z", "2026-01-01T00:15:00Z"] {
        clock.set(late);
        host.timers.settled().await;
    }
    clock.set("2026-01-01T00:17:00Z");
    release.send(true).unwrap();
    host.settled().await;
    clock.set("2026-01-01T00:20:00Z");
    host.settled().await;
    assert_eq!(scene.runs(), ["Slow 00:05:00", "Slow 00:20:00"]);
    host.stop().await;
}

#[tokio::test]
async fn clocks_that_are_set_neither_repeat_nor_silence_a_timer() {
    let scene = Scene::new(&[
        ("Often", "schedule = \"0 */5 * * * *\"\nuseMonitor = false"),
        ("Daily", "schedule = \"0 0 6 * * *\""),
    ]);
    let clock = Hands::new(at("2026-01-01T05:00:00Z"));
    let host = scene.host_by(Arc::new(clock.clone())).await;
    let step = async |time: &str| {
        clock.set(time);
        host.sweep().await;
        scene.runs()
    };
    assert_eq!(step("2026-01-01T05:05:00Z").await, ["Often 05:05:00"]);
    // Put forward by hours: what is kept is made up for, what is not is left out.
    let mut runs = step("2026-01-01T08:02:00Z").await;
    runs.sort();
    assert_eq!(runs, ["Daily 06:00:00 late"]);
    assert_eq!(step("2026-01-01T08:05:00Z").await, ["Often 08:05:00"]);
    // Put back again: times that had their run have no second one, and nobody waits for 08:10.
    assert_eq!(step("2026-01-01T05:06:00Z").await, [""; 0]);
    assert_eq!(step("2026-01-01T05:10:00Z").await, ["Often 05:10:00"]);
    assert_eq!(step("2026-01-01T06:00:00Z").await, ["Often 06:00:00"]);
    host.stop().await;
}

/// Waits for something that another task does.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

/// A clock that can be set to any time, also back. Sleepers look again whenever it is set.
#[derive(Clone)]
struct Hands(Arc<Mutex<(Timestamp, Vec<oneshot::Sender<()>>)>>);

impl Hands {
    fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new((now, Vec::new()))))
    }

    fn set(&self, now: &str) {
        let mut hands = self.0.lock().unwrap();
        hands.0 = at(now);
        hands.1.drain(..).for_each(|sleeper| sleeper.send(()).unwrap_or(()));
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    fn sleep_until(&self, due: Timestamp) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            loop {
                let woken = {
                    let mut hands = clock.0.lock().unwrap();
                    if hands.0 >= due {
                        return;
                    }
                    let (wake, woken) = oneshot::channel();
                    hands.1.push(wake);
                    woken
                };
                drop(woken.await);
            }
        })
    }
}
