//! A host that stands still in the middle of a commit that the database is still at. The commit is held up there by a gate
//! of the test's own: a trigger that waits for as long as a row exists. Others take over meanwhile; what the commit then
//! tries to write is refused.

use postgres_testkit::server;
use rustix::process::Signal;

use super::{
    fleet::{Fleet, HOSTS},
    load::under_load,
    pauses::{LOST, NEW, said},
};
use crate::{
    crash::rounds,
    support::{Random, until},
};

/// Holds up commits that lease activities to an epoch with a row in `gate`. `patient`: even when the database gives the
/// statement up, as it does in time so that nobody has to wait for a host that stands still.
const GATE: &str = "
CREATE TABLE public.gate (epoch int8 PRIMARY KEY, patient bool NOT NULL);
CREATE FUNCTION public.wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    _patient bool;
BEGIN
    LOOP
        BEGIN
            SELECT patient INTO _patient FROM public.gate WHERE epoch = NEW.owner;
            EXIT WHEN NOT FOUND;
            PERFORM pg_sleep(0.02);
        EXCEPTION WHEN query_canceled THEN
            IF NOT _patient THEN
                RAISE;
            END IF;
        END;
    END LOOP;
    RETURN NEW;
END
$$;
CREATE TRIGGER gate BEFORE INSERT ON fnhost.tasks FOR EACH ROW WHEN (NEW.owner IS NOT NULL)
    EXECUTE FUNCTION public.wait_at_the_gate();";

/// The transaction that stands at the gate.
const AT_THE_GATE: &str = "
SELECT backend_xid FROM pg_stat_activity
WHERE datname = current_database() AND wait_event = 'PgSleep' AND backend_xid IS NOT NULL AND query LIKE '%commit_batch%'";

#[test]
fn a_host_paused_in_an_open_commit_is_refused() {
    let mut random = Random::announced("a_host_paused_in_an_open_commit_is_refused");
    let mut fleet = Fleet::on(server());
    fleet.sql(GATE);
    let books = under_load(&mut fleet, |fleet, load| {
        for round in 0..rounds() {
            let place = random.below(HOSTS);
            // Every second commit is given up by the database while the host stands still.
            let patient = round % 2 == 0;
            load.wait_for_done(20);
            let (lost, new) = (said(fleet, place, LOST), said(fleet, place, NEW));
            let under_way = load.wait_for_in_flight(place);
            let (epoch, death) = (epoch_of(fleet, place), fleet.last_death());
            fleet.sql(&format!("INSERT INTO public.gate VALUES ({epoch}, {patient})"));
            let commit = until("a commit of its to be held up", || {
                let commit = fleet.sql(AT_THE_GATE);
                if commit.is_empty() { Err(fleet.host(place).stderr()) } else { Ok(commit) }
            });
            fleet.host(place).signal(Signal::STOP);
            until("the others to end its epoch", || {
                let now = fleet.last_death();
                if now == death { Err(format!("the last death is still {now}")) } else { Ok(()) }
            });
            let (meanwhile, over) = (fate(fleet, &commit), "aborted");
            assert_eq!(meanwhile, if patient { "in progress" } else { over }, "commit {commit}");
            fleet.sql("DELETE FROM public.gate");
            until("the commit to be refused", || {
                let fate = fate(fleet, &commit);
                assert_ne!(fate, "committed", "commit {commit} of epoch {epoch}, which is over");
                if fate == over { Ok(()) } else { Err(fate) }
            });
            // The others go on while it still stands.
            load.wait_for_done(20);
            fleet.host(place).signal(Signal::CONT);
            until("it to notice and to come back", || {
                let now = (said(fleet, place, LOST), said(fleet, place, NEW));
                if now.0 > lost && now.1 > new { Ok(()) } else { Err(fleet.host(place).stderr()) }
            });
            let again = epoch_of(fleet, place);
            assert!(again > epoch, "epoch {again} after {epoch}");
            eprintln!(
                "round {round}: host {place} paused in a commit that the database {}, with {under_way} operations in \
                 flight; epoch {epoch} became {again}",
                if patient { "kept open" } else { "gave up" }
            );
        }
        load.wait_for_done(50);
    });
    books.audit(&fleet);
}

/// The epoch under which a host writes.
fn epoch_of(fleet: &Fleet, place: usize) -> i64 {
    let pid = fleet.host(place).pid();
    let sql = format!("SELECT epoch FROM fnhost.hosts WHERE description = 'pid {pid}' AND epoch IS NOT NULL");
    let epoch = fleet.sql(&sql);
    epoch.parse().unwrap_or_else(|error| panic!("the epoch of process {pid} is {epoch:?}: {error}"))
}

/// What became of a transaction.
fn fate(fleet: &Fleet, transaction: &str) -> String {
    fleet.sql(&format!("SELECT pg_xact_status('{transaction}'::xid8)"))
}
