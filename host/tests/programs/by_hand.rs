//! Calls by hand that nobody waits for: the host waits for them when it stops, as long as for all others.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use fnhost_sdk::{Registry, Result};
use http::StatusCode;
use tokio::sync::Semaphore;

use crate::stage::Stage;

/// A call that begins, waits until it may end, and ends.
#[derive(Clone)]
struct Steps {
    begun: Arc<Semaphore>,
    may_end: Arc<Semaphore>,
    ended: Arc<AtomicBool>,
}

impl Steps {
    fn new() -> Self {
        let closed = || Arc::new(Semaphore::new(0));
        Self { begun: closed(), may_end: closed(), ended: Arc::default() }
    }

    fn registry(&self) -> Registry {
        let steps = self.clone();
        Registry::new().activity("Slow", "Slow/mod.rs", move |_: ()| steps.clone().run())
    }

    async fn run(self) -> Result<()> {
        self.begun.add_permits(1);
        self.may_end.acquire().await?.forget();
        self.ended.store(true, Ordering::SeqCst);
        Ok(())
    }
}

#[tokio::test]
async fn a_call_by_hand_ends_before_the_host_does() {
    let (mut stage, steps) = (Stage::new(&["Slow"], &[]), Steps::new());
    let running = stage.start(steps.registry()).await;
    let answer = running.app.post("/admin/functions/Slow", "{}").await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    steps.begun.acquire().await.unwrap().forget();
    let stopping = running.app.stop();
    let released = async {
        tokio::task::yield_now().await;
        assert!(!steps.ended.load(Ordering::SeqCst));
        steps.may_end.add_permits(1);
    };
    let (stopped, ()) = tokio::join!(stopping, released);
    assert!(steps.ended.load(Ordering::SeqCst), "it was waited for");
    assert_eq!((stopped.cut_off, stopped.clean), (0, true));
}

#[tokio::test]
async fn a_call_by_hand_that_does_not_end_is_cut_off_when_the_grace_is_over() {
    let host = "[extensions.http]\nshutdownGrace = \"00:00:00\"\n";
    let (mut stage, steps) = (Stage::new(&["Slow"], &[]).host(host), Steps::new());
    let running = stage.start(steps.registry()).await;
    running.app.post("/admin/functions/Slow", "{}").await.unwrap();
    steps.begun.acquire().await.unwrap().forget();
    assert_eq!(running.app.stop().await.cut_off, 1);
    assert!(!steps.ended.load(Ordering::SeqCst));
}
