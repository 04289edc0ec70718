//! [`OrchestrationTester`]: the script of a test.

use std::{collections::HashMap, sync::Arc, time::Duration};

use fnhost_protocol::{
    failure::{Failure, kind},
    json::JsonText,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{Run, stage::Stage};
use crate::{
    error::{Result, wrong_type},
    handler::OrchestrationHandler,
    orchestration::Orchestrator,
};

/// Stands in for an activity, a child or an entity: its input in, its result out.
pub(super) type Stub = Box<dyn Fn(&JsonText) -> Result<JsonText>>;

/// What runs an orchestration in a test.
///
/// Activities, children and entities are closures; events come when everything else has come to rest, or at their
/// time; time passes by itself when the code waits for a timer. After every turn the whole history is replayed
/// and compared.
///
/// ```
/// # use fnhost_sdk::{First, OrchestrationContext, Result, testing::OrchestrationTester};
/// # use std::time::Duration;
/// # async fn registry(ctx: OrchestrationContext, _input: String) -> Result<bool> {
/// #     ctx.activity::<()>("NewList", ctx.instance_id()).await?;
/// #     let close = ctx.wait_for_event::<bool>("Close");
/// #     let window = ctx.timer(ctx.setting("RegistryOpenSeconds")?);
/// #     match ctx.first(close, window).await? {
/// #         First::Left(true) => Ok(true),
/// #         _ => Ok(false),
/// #     }
/// # }
/// let registry = || {
///     OrchestrationTester::new(registry)
///         .setting("RegistryOpenSeconds", "300")
///         .activity("NewList", |_id: String| Ok(()))
/// };
/// assert!(registry().event("Close", true).run("opened").output::<bool>());
///
/// let alone = registry().run("opened");
/// assert!(!alone.output::<bool>());
/// assert_eq!(alone.elapsed(), Duration::from_secs(300));
/// ```
#[must_use = "call `run` at the end"]
pub struct OrchestrationTester {
    pub(super) orchestrator: Orchestrator,
    pub(super) settings: HashMap<String, String>,
    pub(super) stubs: HashMap<String, Stub>,
    pub(super) events: Vec<ScriptedEvent>,
}

/// An event that somebody will raise.
#[derive(Debug, Clone)]
pub(super) struct ScriptedEvent {
    /// So long after the start; at once when absent.
    pub(super) after: Option<Duration>,
    pub(super) name: String,
    pub(super) payload: JsonText,
}

impl OrchestrationTester {
    /// A test of this orchestrator.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::OrchestrationTester};
    /// async fn answer(_ctx: OrchestrationContext) -> Result<u32> {
    ///     Ok(42)
    /// }
    /// assert_eq!(OrchestrationTester::new(answer).run(()).output::<u32>(), 42);
    /// ```
    pub fn new<M>(handler: impl OrchestrationHandler<M>) -> Self {
        Self {
            orchestrator: orchestrator(handler),
            settings: HashMap::new(),
            stubs: HashMap::new(),
            events: Vec::new(),
        }
    }

    /// Sets a setting.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::OrchestrationTester};
    /// async fn colour(ctx: OrchestrationContext) -> Result<String> {
    ///     Ok(ctx.setting("Colour")?.to_string())
    /// }
    /// assert_eq!(OrchestrationTester::new(colour).setting("Colour", "red").run(()).output::<String>(), "red");
    /// ```
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Says what an activity does.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, bail, testing::OrchestrationTester};
    /// # async fn hello(ctx: OrchestrationContext) -> Result<String> { ctx.activity("SayHello", "Tokyo").await }
    /// let tester = OrchestrationTester::new(hello).activity("SayHello", |name: String| Ok(format!("Hello {name}!")));
    /// assert_eq!(tester.run(()).output::<String>(), "Hello Tokyo!");
    ///
    /// let failing = OrchestrationTester::new(hello).activity("SayHello", |_: String| -> Result<()> { bail!("mute") });
    /// assert_eq!(failing.run(()).failure().message, "activity `SayHello` failed: mute");
    /// ```
    pub fn activity<I: DeserializeOwned, O: Serialize>(
        self,
        name: &str,
        stub: impl Fn(I) -> Result<O> + 'static,
    ) -> Self {
        self.stub(format!("activity {name}"), stub)
    }

    /// Says what a sub-orchestration returns.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::OrchestrationTester};
    /// async fn parent(ctx: OrchestrationContext) -> Result<u64> {
    ///     ctx.sub_orchestration("CountFiles", "/var/log").await
    /// }
    /// let tester = OrchestrationTester::new(parent).sub_orchestration("CountFiles", |_: String| Ok(7));
    /// assert_eq!(tester.run(()).output::<u64>(), 7);
    /// ```
    pub fn sub_orchestration<I: DeserializeOwned, O: Serialize>(
        self,
        name: &str,
        stub: impl Fn(I) -> Result<O> + 'static,
    ) -> Self {
        self.stub(format!("sub-orchestration {name}"), stub)
    }

    /// Says what an entity's operation answers to calls. Signals need nothing.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityId, OrchestrationContext, Result, testing::OrchestrationTester};
    /// async fn visits(ctx: OrchestrationContext) -> Result<i64> {
    ///     ctx.call_entity(&EntityId::new("Counter", "visits")?, "Get", ()).await
    /// }
    /// let tester = OrchestrationTester::new(visits).entity("Counter", "Get", |_: ()| Ok(3));
    /// assert_eq!(tester.run(()).output::<i64>(), 3);
    /// ```
    pub fn entity<I: DeserializeOwned, O: Serialize>(
        self,
        name: &str,
        operation: &str,
        stub: impl Fn(I) -> Result<O> + 'static,
    ) -> Self {
        self.stub(format!("entity {name}.{operation}"), stub)
    }

    /// Raises an event when everything else has come to rest. Several come in the order in which they are given.
    ///
    /// # Panics
    /// When the payload has no JSON form.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::OrchestrationTester};
    /// async fn echo(ctx: OrchestrationContext) -> Result<String> {
    ///     ctx.wait_for_event("Word").await
    /// }
    /// assert_eq!(OrchestrationTester::new(echo).event("word", "hi").run(()).output::<String>(), "hi");
    /// ```
    pub fn event(self, name: &str, payload: impl Serialize) -> Self {
        self.scripted(None, name, &payload)
    }

    /// Raises an event so long after the start.
    ///
    /// # Panics
    /// When the payload has no JSON form.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::OrchestrationTester};
    /// # use std::time::Duration;
    /// async fn echo(ctx: OrchestrationContext) -> Result<String> {
    ///     ctx.wait_for_event("Word").await
    /// }
    /// let run = OrchestrationTester::new(echo).event_after(Duration::from_secs(60), "Word", "hi").run(());
    /// assert_eq!(run.elapsed(), Duration::from_secs(60));
    /// ```
    pub fn event_after(self, after: Duration, name: &str, payload: impl Serialize) -> Self {
        self.scripted(Some(after), name, &payload)
    }

    /// Runs the orchestration with this input until it ends, or waits for something that will not come.
    ///
    /// # Panics
    /// When the input has no JSON form, or when replaying the code does not come to what it did before.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, testing::OrchestrationTester};
    /// async fn double(_ctx: OrchestrationContext, number: i64) -> Result<i64> {
    ///     Ok(2 * number)
    /// }
    /// assert_eq!(OrchestrationTester::new(double).run(4).output::<i64>(), 8);
    /// ```
    pub fn run(self, input: impl Serialize) -> Run {
        Stage::new(self).run(JsonText::of(&input).expect("the input of a test has a JSON form"))
    }

    fn scripted(mut self, after: Option<Duration>, name: &str, payload: &impl Serialize) -> Self {
        let payload = JsonText::of(payload).expect("the payload of a test's event has a JSON form");
        self.events.push(ScriptedEvent { after, name: name.to_owned(), payload });
        self
    }

    fn stub<I: DeserializeOwned, O: Serialize>(
        mut self,
        name: String,
        stub: impl Fn(I) -> Result<O> + 'static,
    ) -> Self {
        let subject = format!("the input of the test's {name}");
        let stub = move |input: &JsonText| {
            let input = input.read().map_err(|reason| wrong_type::<I>(&subject, input, &reason))?;
            Ok(JsonText::of(&stub(input)?)?)
        };
        self.stubs.insert(name.to_lowercase(), Box::new(stub));
        self
    }

    /// Runs the stand-in for something that was asked for.
    pub(super) fn answer(&self, name: &str, input: &JsonText) -> Result<JsonText, Failure> {
        match self.stubs.get(&name.to_lowercase()) {
            Some(stub) => stub(input).map_err(Failure::from),
            None => Err(Failure::new(kind::UNKNOWN_FUNCTION, format!("this test has no {name}"))),
        }
    }
}

pub(super) fn orchestrator<M>(handler: impl OrchestrationHandler<M>) -> Orchestrator {
    Arc::new(move |ctx, input| handler.begin(ctx, input))
}
