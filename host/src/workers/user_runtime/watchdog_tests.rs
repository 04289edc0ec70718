//! The watchdog on a runtime with one thread, scan by scan, at times that the test chooses.

use std::{
    future::pending,
    sync::mpsc::{Sender, channel},
};

use fnhost_protocol::ids::InstanceId;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::workers::user_runtime::{subject::Subject, watched::Watched};

struct Scene {
    runtime: Runtime,
    watchdog: Watchdog,
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn subject() -> Subject {
    Subject::Turn { function: "Slow".to_owned(), instance: InstanceId::parse("order-17").unwrap() }
}

impl Scene {
    /// Idle scans every 100 ms; a poll is long after a second.
    fn new() -> Self {
        let threads = Arc::new(Threads::new());
        let enlisted = threads.clone();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fn-worker-0")
            .on_thread_start(move || enlisted.enlist())
            .build()
            .unwrap();
        let options = UserRuntimeOptions { threads: 1, ..UserRuntimeOptions::default() };
        let reports = Arc::new(Reports { health: watch::Sender::default(), is_late: AtomicBool::new(false) });
        let watchdog = Watchdog::new(options, runtime.handle().clone(), threads, reports);
        Self { runtime, watchdog }
    }

    /// Holds the thread until the sender is used.
    fn hold(&self) -> Sender<()> {
        let ((entered, is_in), (release, is_released)) = (channel(), channel());
        drop(self.runtime.spawn(Watched::new(
            subject(),
            Box::pin(async move {
                entered.send(()).unwrap();
                is_released.recv().unwrap();
                pending::<()>().await;
            }),
        )));
        is_in.recv().unwrap();
        release
    }

    /// Lets the thread do everything that it was given so far.
    fn settle(&self) {
        self.runtime.block_on(self.runtime.spawn(async {})).unwrap();
    }

    fn tick(&mut self, at: u64) -> bool {
        self.watchdog.tick(ms(at))
    }

    fn health(&self) -> RuntimeHealth {
        self.watchdog.reports.health.borrow().clone()
    }

    fn is_late(&self) -> bool {
        self.watchdog.reports.is_late.load(Ordering::Relaxed)
    }
}

#[test]
fn an_idle_runtime_answers_every_probe() {
    let mut scene = Scene::new();
    for at in (0..10_000).step_by(100) {
        assert!(!scene.tick(at));
        scene.settle();
        assert!(!scene.is_late());
    }
    assert_eq!(scene.watchdog.probe.sent_at(), ms(9900));
    assert!(!scene.watchdog.probe.is_out());
    assert_eq!(scene.health(), RuntimeHealth::default());
}

#[test]
fn a_held_thread_is_late_then_long_then_saturated_and_comes_back() {
    let mut scene = Scene::new();
    assert!(!scene.tick(950));
    scene.settle();
    let release = scene.hold();
    assert!(scene.tick(1000), "user code is running");
    assert_eq!(scene.watchdog.probe.sent_at(), ms(950), "it is not time yet");
    scene.tick(1010);
    assert_eq!(scene.watchdog.probe.sent_at(), ms(1010), "a poll that is seen twice is reason enough");
    scene.tick(1209);
    assert!(!scene.is_late());
    scene.tick(1210);
    assert!(scene.is_late(), "two idle scans after the probe");
    assert_eq!(scene.health(), RuntimeHealth::default());

    scene.tick(2000);
    let health = scene.health();
    let [blocked] = &health.blocked[..] else { panic!("{health:?}") };
    assert_eq!((blocked.thread.as_str(), &blocked.subject), ("fn-worker-0", &subject()));
    assert_eq!(blocked.since, scene.watchdog.start + ms(1000));
    assert!(!health.saturated, "a second after the poll, not after the probe");
    scene.tick(2010);
    assert!(scene.health().saturated);

    release.send(()).unwrap();
    scene.settle();
    assert!(!scene.tick(2020));
    assert_eq!(scene.health(), RuntimeHealth { threads: 1, blocked: Vec::new(), saturated: false });
    assert!(!scene.is_late());
}

#[test]
fn a_thread_that_ended_is_looked_at_once_more_and_forgotten() {
    let threads = Arc::new(Threads::new());
    let enlisted = threads.clone();
    std::thread::spawn(move || enlisted.enlist()).join().unwrap();
    assert_eq!(threads.look().len(), 1);
    assert_eq!(threads.look().len(), 0);
}
