//! Orchestrations that are in flight together.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::flock::Flock;
use crate::support::percent;

/// So many add numbers.
const ADDING: u64 = 60;
/// So many have an activity that lasts, in milliseconds.
const LASTING: [u64; 11] = [50, 100, 200, 400, 800, 1_200, 1_600, 2_000, 2_500, 3_000, 8_000];

/// An orchestration to start.
pub(super) struct Order {
    function: &'static str,
    id: String,
    input: Value,
    /// Its output, where that is known.
    output: Option<Value>,
}

impl Order {
    pub(super) fn new(function: &'static str, id: &str, input: Value) -> Self {
        Self { function, id: id.to_owned(), input, output: None }
    }
}

/// What the sums hold when all have added their number.
pub(super) fn sums() -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for number in 0..ADDING {
        *sums.entry(format!("part-{}", number % 4)).or_default() += number * 2;
        *sums.entry("total".to_owned()).or_default() += number * 2;
    }
    sums
}

/// Orchestrations that are started one after the other, as fast as their starts are answered.
pub(super) struct Load(Vec<Order>);

impl Load {
    /// Harmless ones, those that last first.
    pub(super) fn of_innocents() -> Self {
        let lasting = LASTING.iter().map(|millis| ("Outlast", format!("lasts-{millis}"), *millis));
        let adding = (0..ADDING).map(|number| ("AddUp", format!("add-{number}"), number));
        let orders = lasting.chain(adding).map(|(function, id, input)| Order {
            output: Some(json!(input)),
            ..Order::new(function, &id, json!(input))
        });
        Self(orders.collect())
    }

    /// Adds one in the middle of those that add numbers.
    pub(super) fn push(&mut self, order: Order) {
        self.0.insert(LASTING.len() + 30, order);
    }

    /// Starts all of them and waits for their ends; answers the status of each. What must complete has.
    #[track_caller]
    pub(super) fn run(&self, flock: &mut Flock) -> BTreeMap<String, Value> {
        for (at, order) in self.0.iter().enumerate() {
            let path = format!("/orchestrators/{}/{}", order.function, percent(&order.id));
            flock.until(&format!("{} to be started", order.id), |flock| {
                let answer = flock.ask(at, "POST", &path, Some(&order.input)).ok_or("no answer")?;
                // Started before, by a call that was not answered.
                if matches!(answer.status, 202 | 409) { Ok(()) } else { Err(answer.to_string()) }
            });
        }
        self.0.iter().enumerate().map(|(at, order)| (order.id.clone(), order.end(flock, at))).collect()
    }
}

impl Order {
    #[track_caller]
    fn end(&self, flock: &mut Flock, at: usize) -> Value {
        let path = format!("/instances/{}", percent(&self.id));
        let end = flock.until(&format!("{} to end", self.id), |flock| {
            let status = flock.ask(at, "GET", &path, None).ok_or("no answer")?;
            let document = match status.status {
                200 | 202 => status.json(),
                _ => return Err(status.to_string()),
            };
            match document["runtimeStatus"].as_str() {
                Some("Completed" | "Failed" | "Terminated") => Ok(document),
                _ => Err(document.to_string()),
            }
        });
        if let Some(output) = &self.output {
            assert_eq!((&end["runtimeStatus"], &end["output"]), (&json!("Completed"), output), "{end}");
        }
        end
    }
}
