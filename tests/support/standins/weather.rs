//! A weather service: `GET /api/{key}/conditions/q/{state}/{city}.json`, which tells one condition after the other.

use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::server::{Answer, Server};

/// The stand-in.
pub(crate) struct Weather {
    pub(crate) server: Server,
}

impl Weather {
    /// A service that tells these conditions, one for each time that it is asked; the last one stays. An empty text
    /// stands for a town that it does not know.
    pub(crate) fn telling(conditions: &[&'static str]) -> Self {
        let mut conditions: Vec<_> = conditions.iter().rev().copied().collect();
        let last = conditions[0];
        conditions.remove(0);
        let waiting = Mutex::new(conditions);
        Self {
            server: Server::start(move |call| {
                let path: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
                let ["api", "weather-key", "conditions", "q", _state, _city] = path.as_slice() else {
                    return Answer::status(404);
                };
                match waiting.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or(last) {
                    "" => Answer::json(&json!({ "response": { "error": "no such town" } })),
                    weather => Answer::json(&json!({ "current_observation": { "weather": weather } })),
                }
            }),
        }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }
}
