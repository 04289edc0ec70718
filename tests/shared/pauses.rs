//! A host that stands still for longer than its lease: others take over, and when it goes on it is refused.

use postgres_testkit::server;
use rustix::process::Signal;

use super::{
    fleet::{Fleet, HOSTS},
    load::under_load,
};
use crate::{
    crash::rounds,
    support::{Random, until},
};

/// A host says this when its lease is over,
pub(super) const LOST: &str = "this host has lost its lease; it drops its work and registers anew";
/// and this when it goes on.
pub(super) const NEW: &str = "this host has a new lease";

#[test]
fn a_paused_host_is_replaced_and_refused_and_comes_back() {
    let mut random = Random::announced("a_paused_host_is_replaced_and_refused_and_comes_back");
    let mut fleet = Fleet::on(server());
    let books = under_load(&mut fleet, |fleet, load| {
        for round in 0..rounds() {
            let place = random.below(HOSTS);
            let other = (place + 1) % HOSTS;
            load.wait_for_done(20);
            let (lost, new) = (said(fleet, place, LOST), said(fleet, place, NEW));
            let under_way = load.wait_for_in_flight(place);
            let death = fleet.last_death();
            fleet.host(place).signal(Signal::STOP);
            until("the others to end its epoch", || {
                let now = fleet.last_death();
                if now == death { Err(format!("the last death is still {now}")) } else { Ok(()) }
            });
            load.wait_for_done(20);
            fleet.host(place).signal(Signal::CONT);
            until("it to notice and to come back", || {
                let now = (said(fleet, place, LOST), said(fleet, place, NEW));
                if now.0 > lost && now.1 > new { Ok(()) } else { Err(fleet.host(place).stderr()) }
            });
            eprintln!("round {round}: host {place} paused with {under_way} operations in flight");
            fleet.host(other).expect_alive();
        }
        load.wait_for_done(50);
    });
    books.audit(&fleet);
}

/// How often a host has said something.
pub(super) fn said(fleet: &Fleet, place: usize, text: &str) -> usize {
    fleet.host(place).stderr().matches(text).count()
}
