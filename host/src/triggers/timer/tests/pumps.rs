//! The pumps ring.

use std::{sync::Arc, time::Duration};

use durable_engine::clock::{Clock, SystemClock, VirtualClock};
use fnhost_protocol::time::Timestamp;

use super::super::pump::{Bell, CronPump, HeldPump, Pump};

/// Of a ring that does not come; the machine of a test may be very busy.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_scheduler_rings_once_for_a_second_however_often_it_was_armed() {
    let (clock, bell) = (Arc::new(SystemClock), Bell::default());
    let pump = CronPump::start(clock.clone(), bell.clone()).await.unwrap();
    // The first is too soon for a job of the scheduler, the second is one.
    for ahead in [0, 4] {
        let at = clock.now().saturating_add(Duration::from_secs(ahead));
        for _ in 0..3 {
            pump.arm(at);
        }
        tokio::time::timeout(PATIENCE, bell.notified()).await.expect("the bell rings");
        assert!(clock.now() >= at, "it does not ring early");
    }
    pump.stop().await;
}

#[tokio::test]
async fn a_held_clock_rings_when_it_is_turned_and_not_after_the_end() {
    let clock = VirtualClock::starting_at(Timestamp::EPOCH);
    let bell = Bell::default();
    let pump = HeldPump::new(Arc::new(clock.clone()), bell.clone());
    pump.arm(Timestamp::EPOCH.saturating_add(Duration::from_secs(3_600)));
    clock.advance(Duration::from_secs(3_600), || async {}).await;
    bell.notified().await;
    pump.arm(Timestamp::EPOCH.saturating_add(Duration::from_secs(7_200)));
    pump.stop().await;
    clock.advance(Duration::from_secs(3_600), tokio::task::yield_now).await;
    let rings = tokio::time::timeout(Duration::from_millis(20), bell.notified()).await;
    assert!(rings.is_err(), "a pump that was stopped is silent");
}
