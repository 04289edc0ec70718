//! Many clients at once, each sending one request after the other, until the host is killed in the middle.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::support::{Client, Host, Random, Request, Response, until};

/// As many operations must be under way when the host dies.
const IN_FLIGHT: usize = 20;

/// What became of one request.
#[derive(Debug, Clone)]
pub(super) struct Attempt<T> {
    /// What was asked for.
    pub(super) what: T,
    /// The answer; `None` when the host died first, so that either is possible.
    pub(super) answer: Option<Response>,
}

/// Runs `clients` clients; client `c` sends what `next(c, n)` builds for n = 0, 1, 2, …. Kills the host after a
/// random time, with at least [`IN_FLIGHT`] operations under way. Answers each client's attempts in order.
pub(super) fn until_killed<T: Send>(
    host: Host,
    title: &str,
    random: &mut Random,
    clients: usize,
    next: impl Fn(SocketAddr, usize, usize) -> (T, Request) + Sync,
) -> Vec<Vec<Attempt<T>>> {
    let address = host.address();
    let in_flight = AtomicUsize::new(0);
    let dead = AtomicBool::new(false);
    let delay = random.between(Duration::from_millis(20), Duration::from_millis(400));
    let all = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for client in 0..clients {
            let (next, in_flight, dead, all) = (&next, &in_flight, &dead, &all);
            scope.spawn(move || {
                let mut connection = Client::to(address);
                let mut attempts = Vec::new();
                while !dead.load(Ordering::Acquire) {
                    let (what, request) = next(address, client, attempts.len());
                    in_flight.fetch_add(1, Ordering::AcqRel);
                    let answer = connection.send(&request);
                    in_flight.fetch_sub(1, Ordering::AcqRel);
                    let broken = answer.is_err();
                    attempts.push(Attempt { what, answer: answer.ok() });
                    if broken {
                        break;
                    }
                }
                all.lock().unwrap_or_else(PoisonError::into_inner).push((client, attempts));
            });
        }

        let began = Instant::now();
        until("the random moment", || if began.elapsed() >= delay { Ok(()) } else { Err(String::new()) });
        let under_way = until("enough operations to be under way", || {
            let under_way = in_flight.load(Ordering::Acquire);
            if under_way >= IN_FLIGHT { Ok(under_way) } else { Err(under_way.to_string()) }
        });
        host.kill();
        dead.store(true, Ordering::Release);
        eprintln!("{title}: killed after {:?} with {under_way} operations in flight", began.elapsed());
    });
    let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    all.sort_by_key(|(client, _)| *client);
    all.into_iter().map(|(_, attempts)| attempts).collect()
}
