//! The database goes away and comes back; connections are cut. Hosts go on by themselves.

use postgres_testkit::{Options, Server, server};

use super::{
    fleet::{Fleet, HOSTS},
    load::{Load, under_load},
};
use crate::crash::rounds;

#[test]
fn hosts_come_back_after_the_database_was_restarted() {
    // One of its own: others must not lose theirs. Ends with this process.
    let server: &'static Server = Box::leak(Box::new(Server::start(&Options::default())));
    survives("restarted", server, |fleet| {
        fleet.server().stop();
        fleet.server().restart();
    });
}

#[test]
fn hosts_come_back_after_their_connections_were_cut() {
    survives("cut off", server(), |fleet| {
        fleet.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
    });
}

fn survives(what: &str, server: &'static Server, happens: impl Fn(&Fleet)) {
    let mut fleet = Fleet::on(server);
    let books = under_load(&mut fleet, |fleet, load| {
        for round in 0..rounds() {
            load.wait_for_done(40);
            let under_way: usize = (0..HOSTS).map(|place| load.wait_for_in_flight(place)).sum();
            happens(fleet);
            eprintln!("round {round}: {what} with {under_way} operations in flight");
            expect_back(load);
        }
    });
    books.audit(&fleet);
}

#[track_caller]
fn expect_back(load: &Load) {
    for place in 0..HOSTS {
        load.wait_for_done_at(place, 5);
    }
}
