//! [`Run`]: what came of a test.

use std::time::Duration;

use fnhost_protocol::{action::Action, failure::Failure, history::HistoryEvent, json::JsonText};
use serde::de::DeserializeOwned;

/// How an orchestration under test ended.
///
/// ```
/// # use fnhost_sdk::{JsonText, OrchestrationContext, Result, testing::{Ending, OrchestrationTester}};
/// async fn next(ctx: OrchestrationContext, round: u32) -> Result<()> {
///     ctx.continue_as_new(round + 1)
/// }
/// let expected = Ending::ContinuedAsNew { input: JsonText::parse("8").unwrap(), carryover: vec![] };
/// assert_eq!(OrchestrationTester::new(next).run(7).ending(), &expected);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It returned.
    Completed(JsonText),
    /// It failed.
    Failed(Failure),
    /// It began anew.
    ContinuedAsNew {
        /// The input of the next execution.
        input: JsonText,
        /// Events that it had not consumed.
        carryover: Vec<(String, JsonText)>,
    },
    /// It waits for something that the test does not send.
    Waiting,
}

/// What came of a test.
///
/// ```
/// # use fnhost_sdk::{OrchestrationContext, Result, testing::{OrchestrationTester, Run}};
/// # async fn answer(_ctx: OrchestrationContext) -> Result<u32> { Ok(42) }
/// let run: Run = OrchestrationTester::new(answer).run(());
/// assert_eq!((run.output::<u32>(), run.turns().len()), (42, 1));
/// ```
#[derive(Debug)]
pub struct Run {
    ending: Ending,
    history: Vec<HistoryEvent>,
    turns: Vec<Vec<Action>>,
    custom_status: Option<JsonText>,
    elapsed: Duration,
}

impl Run {
    pub(super) fn new(
        ending: Ending,
        history: Vec<HistoryEvent>,
        turns: Vec<Vec<Action>>,
        custom_status: Option<JsonText>,
        elapsed: Duration,
    ) -> Self {
        Self { ending, history, turns, custom_status, elapsed }
    }

    /// How it ended.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::{Ending, OrchestrationTester}};
    /// async fn lonely(ctx: OrchestrationContext) -> Result<()> {
    ///     ctx.wait_for_event("Godot").await
    /// }
    /// assert_eq!(OrchestrationTester::new(lonely).run(()).ending(), &Ending::Waiting);
    /// ```
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// What it returned.
    ///
    /// # Panics
    /// When it did not return, or something else than a `T`.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::OrchestrationTester};
    /// # async fn answer(_ctx: OrchestrationContext) -> Result<u32> { Ok(42) }
    /// assert_eq!(OrchestrationTester::new(answer).run(()).output::<u32>(), 42);
    /// ```
    #[track_caller]
    pub fn output<T: DeserializeOwned>(&self) -> T {
        match &self.ending {
            Ending::Completed(result) => match result.read() {
                Ok(value) => value,
                Err(error) => panic!("the orchestration returned {result}: {error}"),
            },
            other => panic!("the orchestration did not return: {other:?}"),
        }
    }

    /// Why it failed.
    ///
    /// # Panics
    /// When it did not fail.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, bail, testing::OrchestrationTester};
    /// async fn fail(_ctx: OrchestrationContext) -> Result<()> {
    ///     bail!("A location input is required.")
    /// }
    /// assert_eq!(OrchestrationTester::new(fail).run(()).failure().message, "A location input is required.");
    /// ```
    #[track_caller]
    pub fn failure(&self) -> &Failure {
        match &self.ending {
            Ending::Failed(failure) => failure,
            other => panic!("the orchestration did not fail: {other:?}"),
        }
    }

    /// What each turn asked for.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::OrchestrationTester};
    /// # async fn answer(_ctx: OrchestrationContext) -> Result<u32> { Ok(42) }
    /// assert_eq!(OrchestrationTester::new(answer).run(()).turns().len(), 1);
    /// ```
    pub fn turns(&self) -> &[Vec<Action>] {
        &self.turns
    }

    /// The history that an engine would have recorded.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::OrchestrationTester};
    /// # async fn answer(_ctx: OrchestrationContext) -> Result<u32> { Ok(42) }
    /// assert_eq!(OrchestrationTester::new(answer).run(()).history().len(), 3); // turn, start, completion
    /// ```
    pub fn history(&self) -> &[HistoryEvent] {
        &self.history
    }

    /// The last custom status.
    ///
    /// ```
    /// # use fnhost_sdk::{JsonText, OrchestrationContext, Result, testing::OrchestrationTester};
    /// async fn busy(ctx: OrchestrationContext) -> Result<()> {
    ///     ctx.set_custom_status("busy")
    /// }
    /// assert_eq!(OrchestrationTester::new(busy).run(()).custom_status(), Some(&JsonText::string("busy")));
    /// ```
    pub fn custom_status(&self) -> Option<&JsonText> {
        self.custom_status.as_ref()
    }

    /// How much virtual time has passed.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::OrchestrationTester};
    /// # use std::time::Duration;
    /// async fn sleep(ctx: OrchestrationContext) -> Result<()> {
    ///     ctx.timer(Duration::from_secs(3600)).await
    /// }
    /// assert_eq!(OrchestrationTester::new(sleep).run(()).elapsed(), Duration::from_secs(3600));
    /// ```
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
