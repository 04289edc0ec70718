//! [`RetryPolicy`]: how authors of orchestrations say when a failed call is tried again.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use fnhost_protocol::retry::RetryPolicy as Policy;

use crate::error::{Error, Result};

/// Says of a failure whether it is worth another attempt.
pub(super) type Predicate = Arc<dyn Fn(&Error) -> bool + Send + Sync>;

/// When a failed activity or sub-orchestration is tried again.
///
/// The pause after failure n is the first interval × coefficient^(n − 1), at most the longest interval. Pauses are
/// durable timers, so they outlive the process. A failure that says so itself ([`Error::non_retriable`]) is never
/// tried again. When there is no next attempt, the call fails with the last failure, which says how many there were.
///
/// The policy is recorded with the call: calls under way keep theirs when the code changes.
///
/// ```
/// # use fnhost_sdk::{OrchestrationContext, Result, RetryPolicy};
/// # use std::time::Duration;
/// pub async fn run(ctx: OrchestrationContext, order: String) -> Result<String> {
///     let patient = RetryPolicy::new(Duration::from_secs(5), 6).backoff(2.0).max_interval(Duration::from_secs(60));
///     ctx.activity::<String>("ChargeCard", &order).retry(patient).await
/// }
/// ```
///
/// In a test the pauses take no time:
///
/// ```
/// # use fnhost_sdk::{OrchestrationContext, Result, RetryPolicy, ensure, testing::OrchestrationTester};
/// # use std::{cell::Cell, time::Duration};
/// async fn order(ctx: OrchestrationContext) -> Result<u32> {
///     ctx.activity("ChargeCard", ()).retry(RetryPolicy::new(Duration::from_secs(5), 3).backoff(2.0)).await
/// }
/// let calls = Cell::new(0);
/// let run = OrchestrationTester::new(order)
///     .activity("ChargeCard", move |()| {
///         calls.set(calls.get() + 1);
///         ensure!(calls.get() == 3, "the bank is busy");
///         Ok(calls.get())
///     })
///     .run(());
/// assert_eq!((run.output::<u32>(), run.elapsed()), (3, Duration::from_secs(5 + 10)));
/// ```
#[derive(Clone)]
pub struct RetryPolicy {
    first_interval: Duration,
    /// `None` is for ever.
    max_attempts: Option<u32>,
    backoff: f64,
    max_interval: Option<Duration>,
    timeout: Option<Duration>,
    only: Vec<String>,
    except: Vec<String>,
    predicate: Option<Predicate>,
}

impl RetryPolicy {
    /// Tries at most so many times, the first among them, with this pause in between.
    ///
    /// ```
    /// # use fnhost_sdk::RetryPolicy;
    /// # use std::time::Duration;
    /// let three_times = RetryPolicy::new(Duration::from_secs(1), 3);
    /// ```
    pub fn new(first_interval: Duration, max_attempts: u32) -> Self {
        Self { max_attempts: Some(max_attempts), ..Self::forever(first_interval) }
    }

    /// Tries until it succeeds, with this pause in between. Each attempt takes room in history: with
    /// [`backoff`](Self::backoff) or [`timeout`](Self::timeout) there are fewer.
    ///
    /// ```
    /// # use fnhost_sdk::RetryPolicy;
    /// # use std::time::Duration;
    /// let hourly_for_a_week = RetryPolicy::forever(Duration::from_secs(3600)).timeout(Duration::from_secs(7 * 86_400));
    /// ```
    pub fn forever(first_interval: Duration) -> Self {
        Self {
            first_interval,
            max_attempts: None,
            backoff: 1.0,
            max_interval: None,
            timeout: None,
            only: Vec::new(),
            except: Vec::new(),
            predicate: None,
        }
    }

    /// Tries once: for a call of a function whose `function.toml` says otherwise.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, RetryPolicy};
    /// pub async fn run(ctx: OrchestrationContext) -> Result<()> {
    ///     ctx.activity::<()>("Guess", ()).retry(RetryPolicy::none()).await
    /// }
    /// ```
    pub fn none() -> Self {
        Self::new(Duration::ZERO, 1)
    }

    /// Makes each pause so many times as long as the one before: from 1 (the default: always the same) to 1,000.
    ///
    /// ```
    /// # use fnhost_sdk::RetryPolicy;
    /// # use std::time::Duration;
    /// let doubling = RetryPolicy::new(Duration::from_secs(1), 5).backoff(2.0); // pauses of 1, 2, 4, 8 seconds
    /// ```
    #[must_use]
    pub fn backoff(mut self, coefficient: f64) -> Self {
        self.backoff = coefficient;
        self
    }

    /// Lets no pause be longer than this.
    ///
    /// ```
    /// # use fnhost_sdk::RetryPolicy;
    /// # use std::time::Duration;
    /// let policy = RetryPolicy::new(Duration::from_secs(1), 20).backoff(2.0).max_interval(Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn max_interval(mut self, longest: Duration) -> Self {
        self.max_interval = Some(longest);
        self
    }

    /// Lets no attempt begin later than this after the call was made. An attempt that runs is not cut off.
    ///
    /// ```
    /// # use fnhost_sdk::RetryPolicy;
    /// # use std::time::Duration;
    /// let policy = RetryPolicy::forever(Duration::from_secs(10)).timeout(Duration::from_secs(3600));
    /// ```
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Tries again only after failures that are, or were caused by, an error of this type. Said several times, any
    /// of the types will do.
    ///
    /// ```
    /// # use fnhost_sdk::RetryPolicy;
    /// # use std::time::Duration;
    /// let policy = RetryPolicy::new(Duration::from_secs(1), 5).only::<std::io::Error>();
    /// ```
    #[must_use]
    pub fn only<E: StdError>(self) -> Self {
        self.only_kind(std::any::type_name::<E>())
    }

    /// Tries again only after failures of this kind, at the top or underneath: a type's name, with or without its
    /// path, or what [`Error::with_kind`] was given. Said several times, any of the kinds will do.
    ///
    /// ```
    /// # use fnhost_sdk::RetryPolicy;
    /// # use std::time::Duration;
    /// let policy = RetryPolicy::new(Duration::from_secs(1), 5).only_kind("Busy").only_kind("FunctionTimeout");
    /// ```
    #[must_use]
    pub fn only_kind(mut self, kind: impl Into<String>) -> Self {
        self.only.push(kind.into());
        self
    }

    /// Does not try again after failures that are, or were caused by, an error of this type.
    ///
    /// ```
    /// # use fnhost_sdk::RetryPolicy;
    /// # use std::time::Duration;
    /// let policy = RetryPolicy::new(Duration::from_secs(1), 5).except::<std::num::ParseIntError>();
    /// ```
    #[must_use]
    pub fn except<E: StdError>(self) -> Self {
        self.except_kind(std::any::type_name::<E>())
    }

    /// Does not try again after failures of this kind; see [`only_kind`](Self::only_kind).
    ///
    /// ```
    /// # use fnhost_sdk::RetryPolicy;
    /// # use std::time::Duration;
    /// let policy = RetryPolicy::new(Duration::from_secs(1), 5).except_kind("Declined");
    /// ```
    #[must_use]
    pub fn except_kind(mut self, kind: impl Into<String>) -> Self {
        self.except.push(kind.into());
        self
    }

    /// Asks the code before each further attempt, after everything else allows it. Like all orchestrator code it
    /// must come to the same in each replay: let it look at the error only. It is not recorded.
    ///
    /// ```
    /// # use fnhost_sdk::RetryPolicy;
    /// # use std::time::Duration;
    /// let policy = RetryPolicy::new(Duration::from_secs(1), 5).only_if(|error| error.to_string().contains("try later"));
    /// ```
    #[must_use]
    pub fn only_if(mut self, predicate: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.predicate = Some(Arc::new(predicate));
        self
    }

    pub(super) fn predicate(&self) -> Option<Predicate> {
        self.predicate.clone()
    }

    /// The policy as it is recorded; `None` when there is nothing to repeat.
    #[track_caller]
    pub(super) fn checked(&self) -> Result<Option<Policy>> {
        if self.max_attempts == Some(0) {
            return Err(Error::new("a retry policy has 0 attempts; allowed: 1 (the first) or more"));
        }
        let Some(backoff) = Policy::backoff(self.backoff) else {
            return Err(Error::new(format_args!(
                "a retry policy has the backoff coefficient {}; allowed: from 1 (each pause as long as the first) to 1000",
                self.backoff
            )));
        };
        if let Some(longest) = self.max_interval.filter(|longest| *longest < self.first_interval) {
            return Err(Error::new(format_args!(
                "a retry policy has a first interval of {:?} and a longest of {longest:?}; allowed: a longest interval \
                 that is not shorter than the first",
                self.first_interval
            )));
        }
        let Self { first_interval, max_interval, timeout, .. } = *self;
        Ok((self.max_attempts != Some(1)).then(|| Policy {
            backoff,
            max_interval,
            timeout,
            only: self.only.clone(),
            except: self.except.clone(),
            ..Policy::fixed(first_interval, self.max_attempts)
        }))
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("first_interval", &self.first_interval)
            .field("max_attempts", &self.max_attempts)
            .field("backoff", &self.backoff)
            .field("max_interval", &self.max_interval)
            .field("timeout", &self.timeout)
            .field("only", &self.only)
            .field("except", &self.except)
            .field("only_if", &self.predicate.is_some())
            .finish()
    }
}
