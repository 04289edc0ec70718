//! `[retry]` of a function file.

use std::time::Duration;

use fnhost_protocol::{TriggerKind, retry::RetryPolicy};

use super::super::written::WrittenFunction;
use super::Context;
use crate::config::code::Code;
use crate::config::keys::function::{EXPONENTIAL_BACKOFF, FIXED_DELAY};
use crate::config::origin::Origin;
use crate::config::problem::Problem;

const DELAY: &str = "retry.delayInterval";
const MINIMUM: &str = "retry.minimumInterval";
const MAXIMUM: &str = "retry.maximumInterval";
const COEFFICIENT: &str = "retry.backoffCoefficient";

/// By how much pauses grow unless the file says otherwise: as in Azure.
const DOUBLING: f64 = 2.0;

/// Builds the policy; what is wrong with it goes to the report.
pub(super) fn build(written: &WrittenFunction, context: &mut Context<'_>) -> Option<RetryPolicy> {
    let section = written.top.get("retry")?.key_at.clone();
    let mut check = Check { written, context, section };
    check.has_effect();
    let strategy = check.strategy();
    let count = check.required_int("retry.maxRetryCount");
    // A negative count is for ever.
    let max_attempts = |count: i64| u32::try_from(count).ok().map(|retries| retries + 1);
    let kinds = |path| {
        written.top.texts(path).unwrap_or_default().iter().map(|(kind, _)| (*kind).to_owned()).collect()
    };
    let general = |pause, max_attempts| RetryPolicy {
        timeout: written.top.span("retry.retryTimeout").flatten(),
        only: kinds("retry.onlyKinds"),
        except: kinds("retry.exceptKinds"),
        ..RetryPolicy::fixed(pause, max_attempts)
    };
    if strategy? == FIXED_DELAY {
        check.foreign(&[MINIMUM, MAXIMUM, COEFFICIENT], EXPONENTIAL_BACKOFF);
        let delay = check.required_span(DELAY, FIXED_DELAY);
        return Some(general(delay?, max_attempts(count?)));
    }
    check.foreign(&[DELAY], FIXED_DELAY);
    let minimum = check.required_span(MINIMUM, EXPONENTIAL_BACKOFF);
    let maximum = check.required_span(MAXIMUM, EXPONENTIAL_BACKOFF);
    let (minimum, maximum) = (minimum?, maximum?);
    check.in_order(minimum, maximum);
    let backoff = RetryPolicy::backoff(written.top.decimal(COEFFICIENT).unwrap_or(DOUBLING))?;
    Some(RetryPolicy { backoff, max_interval: Some(maximum), ..general(minimum, max_attempts(count?)) })
}

struct Check<'a, 'b> {
    written: &'a WrittenFunction,
    context: &'a mut Context<'b>,
    section: Origin,
}

impl Check<'_, '_> {
    fn push(&mut self, problem: Problem) {
        self.context.push(&self.written.name, problem);
    }

    /// Callers of HTTP functions and of entities decide themselves whether to try again.
    fn has_effect(&mut self) {
        let Some((_, kind)) = self.written.triggers().next() else { return };
        let advice = match kind {
            TriggerKind::Http => "an HTTP function answers its caller, who decides whether to try again",
            TriggerKind::Entity => "an entity answers its caller, who decides whether to try again",
            TriggerKind::Activity
            | TriggerKind::Orchestration
            | TriggerKind::Timer
            | TriggerKind::Blob
            | TriggerKind::Manual => return,
        };
        let problem = Problem::warning(
            Code::BadRetry,
            format!("`[retry]` has no effect with `{kind}`"),
            self.section.clone(),
        );
        self.push(problem.help(advice).help("remove `[retry]`"));
    }

    fn strategy(&mut self) -> Option<&'static str> {
        self.required("retry.strategy", "fixedDelay or exponentialBackoff");
        self.written.top.word("retry.strategy")
    }

    fn required_int(&mut self, path: &'static str) -> Option<i64> {
        self.required(path, "a whole number from -1 (for ever)");
        self.written.top.int(path)
    }

    fn required_span(&mut self, path: &'static str, strategy: &str) -> Option<Duration> {
        self.required(path, &format!("a time-span like \"00:00:10\" (with `{strategy}`)"));
        self.written.top.span(path).flatten()
    }

    /// Where a key of the section is.
    fn key(&self, name: &str) -> Option<&Origin> {
        self.written.retry_keys.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, at)| at)
    }

    /// Reports a key that is missing, not one whose value was bad.
    fn required(&mut self, path: &'static str, allowed: &str) {
        let name = path.trim_start_matches("retry.");
        let is_there = self.key(name).is_some();
        if self.written.complete && !is_there {
            let problem =
                Problem::error(Code::MissingKey, format!("`[retry]` has no `{name}`"), self.section.clone());
            self.push(problem.allowed([allowed]));
        }
    }

    fn foreign(&mut self, paths: &[&'static str], strategy: &str) {
        for path in paths {
            let name = path.trim_start_matches("retry.");
            if let Some(at) = self.key(name).cloned() {
                let message = format!("`{name}` belongs to the strategy `{strategy}`");
                let problem = Problem::error(Code::BadRetry, message, at);
                self.push(problem.help(format!("remove it, or set `strategy = \"{strategy}\"`")));
            }
        }
    }

    fn in_order(&mut self, minimum: Duration, maximum: Duration) {
        if let (true, Some(low), Some(high)) =
            (minimum > maximum, self.written.top.get(MINIMUM), self.written.top.get(MAXIMUM))
        {
            let message = "`minimumInterval` is longer than `maximumInterval`";
            let problem = Problem::error(Code::BadRetry, message, low.at.clone());
            let problem = problem.also_at(high.at.clone(), "the longest pause");
            self.push(problem);
        }
    }
}
