//! Clients that go on and on whatever they are told, and books of what they were told.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

use crate::{
    hello::GREETINGS,
    support::{BASE, Client, Host, MASTER_KEY, Request, until},
};

const CLIENTS: usize = 24;

/// What the clients know.
#[derive(Default, Clone)]
pub(super) struct Books {
    /// Sequences whose start was acknowledged.
    started: Vec<String>,
    /// Sequences whose start was refused: there or not, but never half.
    refused: Vec<String>,
    /// Acknowledged and refused signals to the counter.
    signals: (u64, u64),
}

impl Books {
    pub(super) fn acknowledged(&self) -> usize {
        self.started.len() + usize::try_from(self.signals.0).expect("few")
    }

    pub(super) fn refused(&self) -> usize {
        self.refused.len() + usize::try_from(self.signals.1).expect("few")
    }
}

/// A load under way, as the test sees it.
pub(super) struct Load<'l> {
    host: &'l Host,
    input: Value,
    books: Mutex<Books>,
    over: AtomicBool,
}

/// Runs clients that start sequences and signal the counter, for as long as `meanwhile` takes. Each start brings a few
/// kilobytes. Answers the clients' books.
pub(super) fn under_load(host: &Host, meanwhile: impl FnOnce(&Load<'_>)) -> Books {
    let load =
        Load { host, input: json!("x".repeat(4000)), books: Mutex::default(), over: AtomicBool::new(false) };
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let load = &load;
            scope.spawn(move || load.client(client));
        }
        // The clients must end with this scope, also when the test fails.
        let _end = End(&load.over);
        meanwhile(&load);
    });
    load.books.into_inner().unwrap_or_else(PoisonError::into_inner)
}

struct End<'l>(&'l AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Load<'_> {
    /// The books as they are now.
    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until so many more operations are acknowledged.
    #[track_caller]
    pub(super) fn wait_for_acknowledged(&self, more: usize) {
        wait_for(more, "acknowledged", || self.books().acknowledged());
    }

    /// Waits until so many more operations are refused.
    #[track_caller]
    pub(super) fn wait_for_refused(&self, more: usize) {
        wait_for(more, "refused", || self.books().refused());
    }

    fn client(&self, client: usize) {
        let mut connection = Client::to(self.host.address());
        let mut number = 0;
        while !self.over.load(Ordering::Acquire) {
            let start = format!("c{client}-{number}");
            number += 1;
            let signal = number % 2 == 0;
            let (path, body) = if signal {
                (format!("{BASE}/entities/Counter/all?op=Add"), json!(1))
            } else {
                (format!("{BASE}/orchestrators/E1_HelloSequence/{start}"), self.input.clone())
            };
            let request = Request::new(self.host.address(), "POST", path).key(MASTER_KEY).json(&body);
            let answer = connection.send(&request).expect("a host with a full disk still answers");
            let mut books = self.books();
            match (answer.status, signal) {
                (202, false) => books.started.push(start),
                (202, true) => books.signals.0 += 1,
                (500, false) => books.refused.push(start),
                (500, true) => books.signals.1 += 1,
                _ => panic!("neither taken nor refused: {answer}"),
            }
        }
    }
}

#[track_caller]
fn wait_for(more: usize, what: &str, count: impl Fn() -> usize) {
    let before = count();
    until(&format!("{more} more operations to be {what}"), || {
        let now = count();
        if now >= before + more { Ok(()) } else { Err(format!("{} more", now - before)) }
    });
}

/// Holds the host against the books: all that was acknowledged is there and comes to its end, what was refused is
/// there whole or not at all, nothing counts twice.
#[track_caller]
pub(super) fn audit(host: &Host, books: &Books, more_may_be_there: bool) {
    for id in &books.started {
        expect_whole(host, id);
    }
    for id in &books.refused {
        if host.durable().status(id, "").status != 404 {
            expect_whole(host, id);
        }
    }
    let (acknowledged, refused) = books.signals;
    until("all acknowledged signals to be counted", || {
        let state = host.durable().entity("Counter", "all");
        let value = if state.status == 404 { 0 } else { state.json()["value"].as_u64().unwrap_or_default() };
        let most = if more_may_be_there { u64::MAX } else { acknowledged + refused };
        assert!(value <= most, "{value} of {acknowledged} + {refused}: some count twice");
        if value >= acknowledged { Ok(()) } else { Err(format!("{value} of {acknowledged}")) }
    });
}

#[track_caller]
fn expect_whole(host: &Host, id: &str) {
    let status = host.durable().wait_for(id, "Completed");
    assert_eq!(status["output"].to_string(), GREETINGS, "{status}");
    assert_eq!(status["historyEvents"].as_array().map(Vec::len), Some(5), "{status}");
}
