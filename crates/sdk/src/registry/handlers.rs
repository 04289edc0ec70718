//! Adding handlers and finding them.

use std::{collections::HashMap, fmt, sync::Arc};

use fnhost_protocol::{HandlerInfo, TriggerKind, invocation::Outcome, json::JsonText};
use futures_core::future::BoxFuture;

use crate::{
    call::Call,
    entity::EntityContext,
    error::Result,
    handler::{EntityHandler, EventHandler, HttpHandler, OrchestrationHandler, TaskHandler},
    orchestration::Orchestrator,
};

/// A function that is run once per call, without its types.
pub(super) type CallFn = Arc<dyn Fn(&Call) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// An entity function without its types.
pub(super) type EntityFn = Arc<dyn Fn(EntityContext) -> BoxFuture<'static, Result<JsonText>> + Send + Sync>;

/// All handlers of an app: what `fnhost_sdk::functions!()` generates from the function folders, or what is put
/// together by hand.
///
/// ```
/// # use fnhost_sdk::{OrchestrationContext, Registry, Result};
/// async fn greet_all(ctx: OrchestrationContext, names: Vec<String>) -> Result<Vec<String>> {
///     ctx.try_join_all(names.iter().map(|name| ctx.activity("SayHello", name))).await
/// }
/// async fn say_hello(name: String) -> Result<String> {
///     Ok(format!("Hello {name}!"))
/// }
/// let registry = Registry::new()
///     .orchestration("GreetAll", "functions/GreetAll/mod.rs", greet_all)
///     .activity("SayHello", "functions/SayHello/mod.rs", say_hello);
/// assert_eq!(registry.handlers().len(), 2);
/// ```
#[derive(Clone, Default)]
pub struct Registry {
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
    duplicates: Vec<Duplicate>,
}

#[derive(Clone)]
struct Entry {
    info: HandlerInfo,
    handler: Handler,
}

#[derive(Clone)]
pub(super) enum Handler {
    Call(CallFn),
    Orchestration(Orchestrator),
    Entity(EntityFn),
}

/// Two handlers of one name. The first is used, but an app should not start so.
///
/// ```
/// # use fnhost_sdk::Registry;
/// async fn home() -> &'static str { "hi" }
/// let twice = Registry::new().http("Home", "a/mod.rs", home).http("Home", "b/mod.rs", home);
/// assert_eq!(
///     twice.duplicates()[0].to_string(),
///     "two handlers are named `Home`: a/mod.rs and b/mod.rs; rename one of the folders"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The one that is used.
    pub first: HandlerInfo,
    /// The one that is not.
    pub second: HandlerInfo,
}

impl fmt::Display for Duplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, second } = self;
        write!(
            f,
            "two handlers are named `{}`: {} and {}; rename one of the folders",
            first.name, first.source, second.source
        )
    }
}

impl Registry {
    /// A registry without handlers.
    ///
    /// ```
    /// # use fnhost_sdk::Registry;
    /// assert_eq!(Registry::new().handlers().len(), 0);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the handler of an `httpTrigger` function.
    ///
    /// ```
    /// # use fnhost_sdk::Registry;
    /// async fn home() -> &'static str {
    ///     "hi"
    /// }
    /// let registry = Registry::new().http("Home", "functions/Home/mod.rs", home);
    /// ```
    #[must_use]
    pub fn http<M>(self, name: &str, source: &str, handler: impl HttpHandler<M>) -> Self {
        self.add(
            name,
            source,
            TriggerKind::Http,
            Handler::Call(Arc::new(move |call: &Call| handler.handle(call))),
        )
    }

    /// Adds the handler of an `activityTrigger` function.
    ///
    /// ```
    /// # use fnhost_sdk::{Registry, Result};
    /// async fn say_hello(name: String) -> Result<String> {
    ///     Ok(format!("Hello {name}!"))
    /// }
    /// let registry = Registry::new().activity("SayHello", "functions/SayHello/mod.rs", say_hello);
    /// ```
    #[must_use]
    pub fn activity<M>(self, name: &str, source: &str, handler: impl TaskHandler<M>) -> Self {
        self.add(
            name,
            source,
            TriggerKind::Activity,
            Handler::Call(Arc::new(move |call: &Call| handler.handle(call))),
        )
    }

    /// Adds the handler of a `timerTrigger` function.
    ///
    /// ```
    /// # use fnhost_sdk::{Logger, Registry, Result, TimerInfo};
    /// async fn nightly(timer: TimerInfo, log: Logger) -> Result<()> {
    ///     log.info(format_args!("the run of {}", timer.slot()));
    ///     Ok(())
    /// }
    /// let registry = Registry::new().timer("Nightly", "functions/Nightly/mod.rs", nightly);
    /// ```
    #[must_use]
    pub fn timer<M>(self, name: &str, source: &str, handler: impl EventHandler<M>) -> Self {
        self.add(
            name,
            source,
            TriggerKind::Timer,
            Handler::Call(Arc::new(move |call: &Call| handler.handle(call))),
        )
    }

    /// Adds the handler of a `blobTrigger` function.
    ///
    /// ```
    /// # use fnhost_sdk::{Logger, Registry, Result, TriggerBlob};
    /// async fn arrived(blob: TriggerBlob, log: Logger) -> Result<()> {
    ///     log.info(format_args!("{} has {} bytes", blob.path(), blob.properties().length));
    ///     Ok(())
    /// }
    /// let registry = Registry::new().blob("Arrived", "functions/Arrived/mod.rs", arrived);
    /// ```
    #[must_use]
    pub fn blob<M>(self, name: &str, source: &str, handler: impl EventHandler<M>) -> Self {
        self.add(
            name,
            source,
            TriggerKind::Blob,
            Handler::Call(Arc::new(move |call: &Call| handler.handle(call))),
        )
    }

    /// Adds the handler of a `manualTrigger` function.
    ///
    /// ```
    /// # use fnhost_sdk::{DurableClient, Registry, Result};
    /// async fn start_now(name: String, client: DurableClient) -> Result<String> {
    ///     Ok(client.start(&name, ()).await?.to_string())
    /// }
    /// let registry = Registry::new().manual("StartNow", "functions/StartNow/mod.rs", start_now);
    /// ```
    #[must_use]
    pub fn manual<M>(self, name: &str, source: &str, handler: impl TaskHandler<M>) -> Self {
        self.add(
            name,
            source,
            TriggerKind::Manual,
            Handler::Call(Arc::new(move |call: &Call| handler.handle(call))),
        )
    }

    /// Adds the handler of an `orchestrationTrigger` function.
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Registry, Result};
    /// async fn hello(ctx: OrchestrationContext) -> Result<String> {
    ///     ctx.activity("SayHello", "Tokyo").await
    /// }
    /// let registry = Registry::new().orchestration("Hello", "functions/Hello/mod.rs", hello);
    /// ```
    #[must_use]
    pub fn orchestration<M>(self, name: &str, source: &str, handler: impl OrchestrationHandler<M>) -> Self {
        let begin = move |ctx, input| handler.begin(ctx, input);
        self.add(name, source, TriggerKind::Orchestration, Handler::Orchestration(Arc::new(begin)))
    }

    /// Adds the handler of an `entityTrigger` function.
    ///
    /// ```
    /// # use fnhost_sdk::{EntityContext, EntityReply, Registry, Result};
    /// async fn counter(ctx: EntityContext) -> Result<EntityReply> {
    ///     let count: i64 = ctx.state()?.unwrap_or(0);
    ///     match ctx.operation() {
    ///         "add" => {
    ///             ctx.set_state(count + ctx.input::<i64>()?)?;
    ///             ctx.reply(())
    ///         }
    ///         "get" => ctx.reply(count),
    ///         _ => ctx.unknown_operation(&["add", "get"]),
    ///     }
    /// }
    /// let registry = Registry::new().entity("Counter", "functions/Counter/mod.rs", counter);
    /// ```
    #[must_use]
    pub fn entity<M>(self, name: &str, source: &str, handler: impl EntityHandler<M>) -> Self {
        let operate = move |ctx| handler.operate(ctx);
        self.add(name, source, TriggerKind::Entity, Handler::Entity(Arc::new(operate)))
    }

    fn add(mut self, name: &str, source: &str, kind: TriggerKind, handler: Handler) -> Self {
        let info = HandlerInfo { name: name.to_owned(), kind, source: source.to_owned() };
        match self.by_name.get(name) {
            Some(at) => {
                self.duplicates.push(Duplicate { first: self.entries[*at].info.clone(), second: info })
            }
            None => {
                self.by_name.insert(name.to_owned(), self.entries.len());
                self.entries.push(Entry { info, handler });
            }
        }
        self
    }

    /// What each handler says of itself, in the order in which they were added.
    ///
    /// ```
    /// # use fnhost_sdk::{Registry, TriggerKind};
    /// async fn home() -> &'static str { "hi" }
    /// let registry = Registry::new().http("Home", "functions/Home/mod.rs", home);
    /// let kinds: Vec<_> = registry.handlers().map(|handler| handler.kind).collect();
    /// assert_eq!(kinds, [TriggerKind::Http]);
    /// ```
    pub fn handlers(&self) -> impl ExactSizeIterator<Item = &HandlerInfo> {
        self.entries.iter().map(|entry| &entry.info)
    }

    /// The handler of exactly this name.
    ///
    /// ```
    /// # use fnhost_sdk::Registry;
    /// async fn home() -> &'static str { "hi" }
    /// let registry = Registry::new().http("Home", "functions/Home/mod.rs", home);
    /// assert!(registry.find("Home").is_some());
    /// assert!(registry.find("home").is_none());
    /// ```
    pub fn find(&self, name: &str) -> Option<&HandlerInfo> {
        self.entry(name).map(|entry| &entry.info)
    }

    /// Handlers whose name was taken already. They are not used; an app with any should not start.
    ///
    /// ```
    /// # use fnhost_sdk::Registry;
    /// assert!(Registry::new().duplicates().is_empty());
    /// ```
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).map(|at| &self.entries[*at])
    }

    pub(super) fn handler(&self, name: &str) -> Option<(&Handler, TriggerKind)> {
        self.entry(name).map(|entry| (&entry.handler, entry.info.kind))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.handlers()).finish()
    }
}
