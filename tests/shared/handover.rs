//! A host that is asked to stop hands its work back: others go on without waiting for the end of its lease.

use std::time::{Duration, Instant};

use postgres_testkit::server;
use rustix::process::Signal;

use super::{
    fleet::{Fleet, HOSTS},
    load::under_load,
};
use crate::{crash::rounds, support::until};

#[test]
fn a_stopped_host_hands_its_work_back() {
    let mut fleet = Fleet::on(server());
    let books = under_load(&mut fleet, |fleet, load| {
        for round in 0..rounds() {
            let place = round % HOSTS;
            load.wait_for_done(20);
            let under_way = load.wait_for_in_flight(place);
            let death = fleet.last_death();
            let mut host = fleet.take(place);
            host.signal(Signal::TERM);
            let status = host.wait_for_end(Duration::from_secs(20));
            assert_eq!(status.code(), Some(0), "{}", host.stderr());
            // Nothing is left to a host that is gone.
            let gone = Instant::now();
            until("nothing to be owned by the dead", || {
                let left = fleet.sql(LEFT);
                if left == "0|0" { Ok(()) } else { Err(format!("instances|activities: {left}")) }
            });
            assert_eq!(fleet.last_death(), death, "a host that stopped in order was taken for dead");
            eprintln!(
                "round {round}: host {place} stopped with {under_way} operations in flight; nothing was left to it {:?} \
                 after its end",
                gone.elapsed()
            );
            fleet.start(place);
        }
    });
    books.audit(&fleet);
}

/// What hosts own whose epoch is over.
const LEFT: &str = "
SELECT (SELECT count(*) FROM fnhost.instances WHERE owner IS NOT NULL AND owner NOT IN (SELECT epoch FROM fnhost.heartbeats)),
       (SELECT count(*) FROM fnhost.tasks WHERE owner IS NOT NULL AND owner NOT IN (SELECT epoch FROM fnhost.heartbeats))";
