//! When a failed call is tried again. Data only, so that it can be recorded with the call that it belongs to: what is
//! changed in code or in a function file later does not change calls that are under way.
//!
//! ```text
//! attempt 1 ── fails ── pause: first ──▶ attempt 2 ── fails ── pause: first × coefficient ──▶ attempt 3 …
//! ```

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{failure::Failure, time::Timestamp};

/// Which attempt of a call this is, and what decides about the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Counted from 1.
    pub attempt: u32,
    /// The policy of the call.
    pub policy: Arc<RetryPolicy>,
}

impl Retry {
    /// The first attempt under a policy.
    pub fn first(policy: Arc<RetryPolicy>) -> Self {
        Self { attempt: 1, policy }
    }
}

/// When a failed call is tried again, and after which pause: pause n is `first_interval` × coefficient^(n − 1), at most
/// `max_interval`.
///
/// ```
/// use std::time::Duration;
/// use fnhost_protocol::retry::RetryPolicy;
/// let policy = RetryPolicy {
///     max_interval: Some(Duration::from_secs(30)),
///     backoff: RetryPolicy::backoff(2.0).unwrap(),
///     ..RetryPolicy::fixed(Duration::from_secs(5), Some(6))
/// };
/// let pauses: Vec<u64> = (1..6).map(|attempt| policy.pause_after(attempt).as_secs()).collect();
/// assert_eq!(pauses, [5, 10, 20, 30, 30]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// The pause before the second attempt.
    #[serde(rename = "first_us", with = "micros")]
    pub first_interval: Duration,
    /// By how much each pause is longer than the one before, in thousandths: 1000 is always the same, 2000 doubles.
    /// Whole numbers, so that every machine reckons alike.
    #[serde(default = "same", skip_serializing_if = "is_same")]
    pub backoff: u32,
    /// No pause is longer.
    #[serde(rename = "max_us", default, skip_serializing_if = "Option::is_none", with = "some_micros")]
    pub max_interval: Option<Duration>,
    /// Attempts at most, the first among them; `None` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// No attempt begins later than this after the first.
    #[serde(rename = "timeout_us", default, skip_serializing_if = "Option::is_none", with = "some_micros")]
    pub timeout: Option<Duration>,
    /// Only failures of one of these kinds are tried again; all are when it is empty. See [`Failure::is_kind`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Failures of one of these kinds are not tried again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

const SAME: u32 = 1000;

fn same() -> u32 {
    SAME
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_same(backoff: &u32) -> bool {
    *backoff == SAME
}

impl RetryPolicy {
    /// Always the same pause; `None` attempts are for ever.
    pub fn fixed(pause: Duration, max_attempts: Option<u32>) -> Self {
        Self {
            first_interval: pause,
            backoff: SAME,
            max_interval: None,
            max_attempts,
            timeout: None,
            only: Vec::new(),
            except: Vec::new(),
        }
    }

    /// A coefficient as it is kept: in thousandths. `None` when it is not from 1 to 1,000.
    pub fn backoff(times: f64) -> Option<u32> {
        // The bounds keep it far inside of u32.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
        (1.0..=1_000.0).contains(&times).then(|| (times * 1_000.0).round() as u32)
    }

    /// The pause after attempt `attempt` (from 1) has failed.
    pub fn pause_after(&self, attempt: u32) -> Duration {
        let longest = self.max_interval.map_or(u128::from(u64::MAX), |longest| longest.as_micros());
        let mut pause = self.first_interval.as_micros();
        if self.backoff != SAME {
            for _ in 1..attempt {
                if pause == 0 || pause >= longest {
                    break;
                }
                pause = pause * u128::from(self.backoff) / 1_000;
            }
        }
        Duration::from_micros(u64::try_from(pause.min(longest)).unwrap_or(u64::MAX))
    }

    /// When the next attempt is to begin after attempt `attempt` has failed so; `None` when there is to be none.
    /// `began` is when the first attempt was asked for.
    pub fn next_attempt(
        &self,
        attempt: u32,
        failure: &Failure,
        began: Timestamp,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let is_over = self.max_attempts.is_some_and(|most| attempt >= most);
        if is_over || failure.non_retriable || !self.concerns(failure) {
            return None;
        }
        let at = now.saturating_add(self.pause_after(attempt));
        let is_late = self.timeout.is_some_and(|timeout| at > began.saturating_add(timeout));
        (!is_late).then_some(at)
    }

    fn concerns(&self, failure: &Failure) -> bool {
        let is_one_of = |kinds: &[String]| kinds.iter().any(|kind| failure.is_kind(kind));
        (self.only.is_empty() || is_one_of(&self.only)) && !is_one_of(&self.except)
    }
}

/// Durations as whole microseconds, as points in time are.
mod micros {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn of(duration: Duration) -> u64 {
        u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
    }

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(of(*duration))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_micros)
    }
}

mod some_micros {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::micros;

    #[expect(clippy::ref_option, reason = "serde hands a reference")]
    pub(super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(micros::of).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(SECOND * u32::try_from(seconds).unwrap())
    }

    fn growing(times: f64, longest: Option<u64>) -> RetryPolicy {
        RetryPolicy {
            backoff: RetryPolicy::backoff(times).unwrap(),
            max_interval: longest.map(Duration::from_secs),
            ..RetryPolicy::fixed(SECOND, None)
        }
    }

    #[test]
    fn pauses_grow_by_the_coefficient_up_to_the_longest() {
        for (policy, millis) in [
            (RetryPolicy::fixed(SECOND, None), [1000, 1000, 1000, 1000]),
            (RetryPolicy::fixed(Duration::ZERO, None), [0, 0, 0, 0]),
            (growing(1.0, None), [1000, 1000, 1000, 1000]),
            (growing(1.5, None), [1000, 1500, 2250, 3375]),
            (growing(2.0, None), [1000, 2000, 4000, 8000]),
            (growing(10.0, Some(30)), [1000, 10_000, 30_000, 30_000]),
            (growing(2.0, Some(0)), [0, 0, 0, 0]),
        ] {
            assert_eq!(
                [1, 2, 3, 4].map(|attempt| policy.pause_after(attempt).as_millis()),
                millis,
                "{policy:?}"
            );
        }
        // Neither overflow nor a long reckoning.
        assert_eq!(growing(1000.0, None).pause_after(u32::MAX), Duration::from_micros(u64::MAX));
        assert_eq!(growing(2.0, Some(60)).pause_after(u32::MAX).as_secs(), 60);
        let never = RetryPolicy { backoff: 2000, ..RetryPolicy::fixed(Duration::ZERO, None) };
        assert_eq!(never.pause_after(u32::MAX), Duration::ZERO);
    }

    #[test]
    fn coefficients_are_from_one_to_a_thousand() {
        for (times, kept) in
            [(1.0, Some(1000)), (1.5, Some(1500)), (1000.0, Some(1_000_000)), (1.0004, Some(1000))]
        {
            assert_eq!(RetryPolicy::backoff(times), kept, "{times}");
        }
        for times in [0.999, 0.0, -1.0, 1000.1, f64::NAN, f64::INFINITY] {
            assert_eq!(RetryPolicy::backoff(times), None, "{times}");
        }
    }

    #[test]
    fn whether_there_is_a_next_attempt() {
        let three = RetryPolicy::fixed(SECOND, Some(3));
        let timed =
            RetryPolicy { timeout: Some(Duration::from_secs(10)), ..RetryPolicy::fixed(SECOND, None) };
        let only = RetryPolicy { only: vec!["Busy".into(), "Away".into()], ..three.clone() };
        let except = RetryPolicy { except: vec!["Busy".into()], ..three.clone() };
        let busy = || Failure::new("app::Busy", "try later");
        let other = || Failure::new("Other", "no");
        for (policy, attempt, failure, now, next) in [
            (&three, 1, busy(), 5, Some(6)),
            (&three, 2, busy(), 5, Some(6)),
            (&three, 3, busy(), 5, None),
            (&three, 1, busy().not_retriable(), 5, None),
            // The last attempt may begin exactly when the time is out, not later.
            (&timed, 1, busy(), 9, Some(10)),
            (&timed, 1, busy(), 10, None),
            (&timed, 1_000_000, busy(), 0, Some(1)),
            (&only, 1, busy(), 5, Some(6)),
            (&only, 1, other(), 5, None),
            (&only, 1, other().caused_by(busy()), 5, Some(6)),
            (&except, 1, busy(), 5, None),
            (&except, 1, other(), 5, Some(6)),
            (&except, 1, other().caused_by(busy()), 5, None),
        ] {
            let found = policy.next_attempt(attempt, &failure, at(0), at(now));
            assert_eq!(found, next.map(at), "{policy:?} {attempt} {failure:?} {now}");
        }
    }

    #[test]
    fn the_stored_form() {
        let retry = Retry {
            attempt: 2,
            policy: Arc::new(RetryPolicy {
                backoff: 1500,
                max_interval: Some(SECOND * 60),
                timeout: Some(SECOND * 3600),
                only: vec!["Busy".into()],
                except: vec!["Gone".into()],
                ..RetryPolicy::fixed(SECOND, Some(3))
            }),
        };
        let text = serde_json::to_string(&retry).unwrap();
        assert_eq!(
            text,
            r#"{"attempt":2,"policy":{"first_us":1000000,"backoff":1500,"max_us":60000000,"max_attempts":3,"timeout_us":3600000000,"only":["Busy"],"except":["Gone"]}}"#
        );
        assert_eq!(serde_json::from_str::<Retry>(&text).unwrap(), retry);
        let plain = Retry::first(Arc::new(RetryPolicy::fixed(SECOND, None)));
        let text = serde_json::to_string(&plain).unwrap();
        assert_eq!(text, r#"{"attempt":1,"policy":{"first_us":1000000}}"#);
        assert_eq!(serde_json::from_str::<Retry>(&text).unwrap(), plain);
    }
}
