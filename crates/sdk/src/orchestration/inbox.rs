//! External events: those that arrived and were not consumed, and who waits for which.
//!
//! Names are compared without case. Events of one name are handed out in order of arrival, to waiters in the
//! order in which they began to wait; each wait consumes one. An event that was handed to a waiter which is then
//! dropped goes to the next waiter, or back to its place.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    task::Waker,
};

use fnhost_protocol::json::JsonText;

use super::parking::{Parked, Parking};

/// Number of a wait, counted in the order in which the code began to wait.
pub(super) type WaitId = u64;

/// Number of an event in the order of arrival.
type Arrival = u64;

#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// All that arrived and was not consumed: name as sent, and payload.
    unconsumed: BTreeMap<Arrival, (String, JsonText)>,
    arrivals: Arrival,
    by_name: HashMap<String, Line>,
    waits: HashMap<WaitId, Wait>,
    next_wait: WaitId,
}

/// Events and waiters of one name; at most one of the two is not empty (but for waiters that are gone).
#[derive(Debug, Default)]
struct Line {
    events: VecDeque<Arrival>,
    waiters: VecDeque<WaitId>,
}

#[derive(Debug)]
enum Wait {
    Waiting(Option<Parked>),
    Given(Arrival),
}

impl Inbox {
    /// Takes in an event; returns whom to wake.
    pub(super) fn arrive(&mut self, name: &str, input: JsonText, parking: &mut Parking) -> Option<Waker> {
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.unconsumed.insert(arrival, (name.to_owned(), input));
        self.hand_out(&name.to_lowercase(), arrival, parking)
    }

    /// Gives an event to the first waiter of its name, or puts it where it belongs by arrival.
    fn hand_out(&mut self, key: &str, arrival: Arrival, parking: &mut Parking) -> Option<Waker> {
        if !self.by_name.contains_key(key) {
            self.by_name.insert(key.to_owned(), Line::default());
        }
        let line = self.by_name.get_mut(key).expect("inserted above");
        while let Some(id) = line.waiters.pop_front() {
            if let Some(wait @ Wait::Waiting(_)) = self.waits.get_mut(&id) {
                let Wait::Waiting(mut parked) = std::mem::replace(wait, Wait::Given(arrival)) else {
                    return None;
                };
                return parking.unpark(&mut parked);
            }
        }
        let at = line.events.partition_point(|other| *other < arrival);
        line.events.insert(at, arrival);
        None
    }

    /// Begins to wait for an event of this (lower-case) name.
    pub(super) fn wait(&mut self, key: &str) -> WaitId {
        let id = self.next_wait;
        self.next_wait += 1;
        let line = self.by_name.entry(key.to_owned()).or_default();
        let wait = match line.events.pop_front() {
            Some(arrival) => Wait::Given(arrival),
            None => {
                line.waiters.push_back(id);
                Wait::Waiting(None)
            }
        };
        self.waits.insert(id, wait);
        id
    }

    /// Takes the event that was given to this wait, or parks it.
    pub(super) fn poll(&mut self, id: WaitId, waker: &Waker, parking: &mut Parking) -> Option<JsonText> {
        match self.waits.get_mut(&id).expect("an event wait is polled after it was over") {
            Wait::Waiting(place) => {
                parking.park(place, waker);
                None
            }
            Wait::Given(arrival) => {
                let (_, input) = self.unconsumed.remove(arrival).expect("given events are kept until taken");
                self.waits.remove(&id);
                Some(input)
            }
        }
    }

    /// Gives up a wait. An event that it was given goes on to the next; returns whom to wake.
    pub(super) fn give_up(&mut self, key: &str, id: WaitId, parking: &mut Parking) -> Option<Waker> {
        match self.waits.remove(&id)? {
            Wait::Given(arrival) => self.hand_out(key, arrival, parking),
            Wait::Waiting(mut parked) => {
                parking.unpark(&mut parked);
                // Waits that are over are forgotten from the front, so that a loop that waits again and again
                // leaves no trail.
                if let Some(line) = self.by_name.get_mut(key) {
                    while line.waiters.front().is_some_and(|id| !self.waits.contains_key(id)) {
                        line.waiters.pop_front();
                    }
                }
                None
            }
        }
    }

    /// An approximation of the memory held: payloads are counted where they are delivered.
    pub(super) fn weight(&self) -> usize {
        let waiting = self.by_name.values().map(|line| line.waiters.len() + line.events.len()).sum::<usize>();
        waiting * size_of::<WaitId>()
            + self.waits.len() * size_of::<(WaitId, Wait)>()
            + self.unconsumed.len() * size_of::<(Arrival, String, JsonText)>()
    }

    /// Everything that arrived and was not consumed, in order of arrival.
    pub(super) fn take_unconsumed(&mut self) -> Vec<(String, JsonText)> {
        std::mem::take(&mut self.unconsumed).into_values().collect()
    }
}
