//! Clients that add numbers, each waiting for its sum to be made before it asks for the next.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::{
    books::Books,
    fleet::{Fleet, HOSTS, Places},
};
use crate::support::{Client, Request, until};

const CLIENTS_PER_HOST: usize = 24;
/// As many operations must be under way at the host that something happens to.
const IN_FLIGHT: usize = 20;
/// Of a client whom nobody serves, until it tries again.
const PAUSE: Duration = Duration::from_millis(20);

/// A load under way.
pub(super) struct Load {
    places: Arc<Places>,
    books: Mutex<Books>,
    next: AtomicU64,
    in_flight: [AtomicUsize; HOSTS],
    done_at: [AtomicUsize; HOSTS],
    over: AtomicBool,
}

/// Runs clients for as long as `meanwhile` takes; answers their books.
pub(super) fn under_load(fleet: &mut Fleet, meanwhile: impl FnOnce(&mut Fleet, &Load)) -> Books {
    let load = Load {
        places: fleet.places(),
        books: Mutex::default(),
        next: AtomicU64::new(0),
        in_flight: [const { AtomicUsize::new(0) }; HOSTS],
        done_at: [const { AtomicUsize::new(0) }; HOSTS],
        over: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        for client in 0..CLIENTS_PER_HOST * HOSTS {
            let load = &load;
            scope.spawn(move || load.client(client % HOSTS));
        }
        // The clients must end with this scope, also when the test fails.
        let _end = End(&load.over);
        meanwhile(fleet, &load);
    });
    load.books.into_inner().unwrap_or_else(PoisonError::into_inner)
}

struct End<'l>(&'l AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Load {
    /// Waits until enough operations are under way at a host; answers how many.
    #[track_caller]
    pub(super) fn wait_for_in_flight(&self, place: usize) -> usize {
        until("enough operations to be under way", || {
            let under_way = self.in_flight[place].load(Ordering::Acquire);
            if under_way >= IN_FLIGHT { Ok(under_way) } else { Err(under_way.to_string()) }
        })
    }

    /// Waits until so many more additions are done.
    #[track_caller]
    pub(super) fn wait_for_done(&self, more: usize) {
        let before = self.books().done();
        until(&format!("{more} more additions to be done"), || {
            let now = self.books().done();
            if now >= before + more { Ok(()) } else { Err(format!("{} more", now - before)) }
        });
    }

    /// Waits until so many more additions of clients of one host are done.
    #[track_caller]
    pub(super) fn wait_for_done_at(&self, place: usize, more: usize) {
        let before = self.done_at[place].load(Ordering::Acquire);
        until(&format!("{more} more additions to be done at host {place}"), || {
            let now = self.done_at[place].load(Ordering::Acquire);
            if now >= before + more { Ok(()) } else { Err(format!("{} more", now - before)) }
        });
    }

    /// What the clients know by now.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn client(&self, place: usize) {
        let mut connection: Option<(SocketAddr, Client)> = None;
        while !self.over.load(Ordering::Acquire) {
            let address = *self.places[place].read().unwrap_or_else(PoisonError::into_inner);
            let Some(address) = address else {
                thread::sleep(PAUSE);
                continue;
            };
            let (_, client) = match connection.take() {
                Some((to, client)) if to == address => connection.insert((to, client)),
                _ => connection.insert((address, Client::to(address))),
            };
            if !self.add(place, address, client) {
                thread::sleep(PAUSE);
            }
        }
    }

    /// Whether a number was added.
    fn add(&self, place: usize, address: SocketAddr, client: &mut Client) -> bool {
        let number = self.next.fetch_add(1, Ordering::AcqRel);
        let path = format!("/api/add/add-{number}/{number}");
        self.in_flight[place].fetch_add(1, Ordering::AcqRel);
        let answer = client.send(&Request::new(address, "POST", path));
        self.in_flight[place].fetch_sub(1, Ordering::AcqRel);
        let mut books = self.books();
        match answer {
            Ok(answer) if answer.status == 200 => {
                assert_eq!(answer.text(), number.to_string(), "the result of adding {number}");
                books.book_done(number);
                self.done_at[place].fetch_add(1, Ordering::AcqRel);
                true
            }
            // A host that cannot reach its database says so.
            Ok(answer) if matches!(answer.status, 202 | 500 | 503) => {
                books.book_open(number);
                false
            }
            Ok(answer) => panic!("{number} was neither added nor refused: {answer}"),
            Err(_) => {
                books.book_open(number);
                false
            }
        }
    }
}
