//! kill −9 of one host after the other.

use std::time::Duration;

use postgres_testkit::server;

use super::{
    fleet::{Fleet, HOSTS},
    load::under_load,
};
use crate::{crash::rounds, support::Random};

#[test]
fn killed_hosts_leave_exact_sums() {
    let mut random = Random::announced("killed_hosts_leave_exact_sums");
    let mut fleet = Fleet::on(server());
    let books = under_load(&mut fleet, |fleet, load| {
        for round in 0..rounds() {
            let place = random.below(HOSTS);
            let some = random.between(Duration::from_millis(1), Duration::from_millis(60)).as_millis();
            load.wait_for_done(usize::try_from(some).expect("few"));
            let under_way = load.wait_for_in_flight(place);
            fleet.take(place).kill();
            eprintln!("round {round}: host {place} killed with {under_way} operations in flight");
            // The others go on while it is away.
            load.wait_for_done(1);
            fleet.start(place);
        }
        load.wait_for_done(50);
    });
    books.audit(&fleet);
}
