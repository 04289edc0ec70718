//! The SDK of fnhost: what authors of functions use.
//!
//! A function is a folder with a `function.toml`, which says what triggers it, and a `mod.rs` with
//! `pub async fn run(…)`. What `run` takes and returns are plain types; the list of parameters is free.
//!
//! | trigger | `run` takes | and returns |
//! |---|---|---|
//! | `httpTrigger` | [`Path`], [`Query`], [`Json`], [`Headers`], `String`, [`Bytes`], [`BodyStream`], [`HttpRequest`], [`Method`], [`Uri`] | [`IntoResponse`] |
//! | `activityTrigger`, `manualTrigger` | its input, any `Deserialize` | [`Result`] of any `Serialize` |
//! | `timerTrigger` | [`TimerInfo`] | [`Result`] of any `Serialize` |
//! | `blobTrigger` | [`TriggerBlob`] | [`Result`] of any `Serialize` |
//! | `orchestrationTrigger` | [`OrchestrationContext`], its input | [`Result`] of any `Serialize` |
//! | `entityTrigger` | [`EntityContext`] | [`Result`] of any `Serialize` |
//!
//! All but the last two also take [`DurableClient`], [`BlobClient`], [`Bindings`], [`Settings`], [`Logger`], [`Cancellation`],
//! [`InvocationInfo`].
//!
//! Errors travel with `?`; what they say reaches logs, callers and the orchestrations that wait, with the place in the
//! code where they were made ([`Error`]). Orchestrations are tested without a host, in no time:
//! [`testing::OrchestrationTester`].
//!
//! # For hosts
//!
//! A host gets a [`Registry`] and runs what is in it: [`Registry::invoke`] for calls,
//! [`Registry::start_execution`] with [`Execution::advance`](host::Execution::advance) for turns of
//! orchestrations, [`Registry::run_entity`] for batches of entity operations. All of them contain panics. What
//! functions may use is in [`host::Services`]. None of them spawns, and only `invoke` and `run_entity` can wait.

mod blob;
mod call;
mod client;
mod entity;
mod error;
mod handler;
mod ids;
mod log;
mod orchestration;
mod panics;
mod places;
mod registry;
mod respond;
mod seconds;
mod settings;

pub mod extract;
pub mod host;
pub mod testing;

pub use blob::{BindingBlob, Bindings, Blob, BlobBody, BlobClient, BlobContainer, BlobList, TriggerBlob};
pub use bytes::Bytes;
pub use call::{Cancellation, InvocationInfo, TimerInfo};
pub use client::DurableClient;
pub use entity::{Entity, EntityContext, EntityReply};
pub use error::{Context, Error, Result};
pub use extract::{BodyStream, Headers, HttpRequest, Path, Query};
pub use fnhost_protocol::{
    HandlerInfo, TriggerKind,
    blob::{BlobError, BlobItem, BlobPage, BlobPath, BlobProperties, BlobStream, OnlyIf, WriteOptions},
    body::BodyError,
    client::{CleanedEntities, ClientError, Due, ManagementLinks, PurgeFilter, Purged},
    failure::Failure,
    ids::{EntityId, InstanceId, InvocationId},
    json::JsonText,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page, RuntimeStatus},
    time::Timestamp,
    timer::ScheduleStatus,
};
/// Makes the methods of an `impl` block the operations of an entity.
///
/// Each method that takes `&mut self` or `&self` is an operation; helpers go into a block of their own. It may
/// take one input, any type that can be read from JSON, and the [`EntityContext`]; it may be `async`; it may
/// return a value, the answer to whoever called it, or a `Result` of one. The type is the state: it needs `Default`
/// (how a new entity begins), `Serialize` and `Deserialize`.
///
/// Callers may write names in their own way: `new_registry` serves `NewRegistry`, `newRegistry`, `new_registry`.
///
/// ```
/// # use fnhost_sdk::{EntityContext, EntityId, EntityReply, Result, ensure, entity};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Default, Serialize, Deserialize)]
/// struct Account {
///     balance: u64,
/// }
///
/// #[entity]
/// impl Account {
///     fn deposit(&mut self, amount: u64) {
///         self.balance += amount;
///     }
///
///     fn withdraw(&mut self, amount: u64, ctx: &EntityContext) -> Result<u64> {
///         ensure!(amount <= self.balance, "account {} holds {} only", ctx.key(), self.balance);
///         self.balance -= amount;
///         ctx.signal(&EntityId::new("Ledger", "")?, "Add", amount)?;
///         Ok(self.balance)
///     }
///
///     fn balance(&self) -> u64 {
///         self.balance
///     }
/// }
///
/// pub async fn run(ctx: EntityContext) -> Result<EntityReply> {
///     ctx.dispatch::<Account>().await
/// }
/// ```
pub use fnhost_sdk_macros::entity;
pub use http::{Method, StatusCode, Uri};
pub use ids::ToInstanceId;
pub use log::{Logger, USER_LOG_TARGET};
pub use orchestration::{
    ActivityCall, Chunk, ChunkResults, DeadLetter, EntityCall, EntityLocks, EventWait, FanOut, FannedOut,
    FireTime, First, FirstOf, FirstOfTwo, JoinAll, JoinBounded, LockRequest, OrchestrationContext,
    RetryPolicy, Settled, SubOrchestrationCall, Timer, TryJoinAll,
};
pub use registry::Registry;
pub use respond::{IntoResponse, Json, Problem, Response};
pub use seconds::{NoSeconds, Seconds};
pub use settings::{Setting, Settings};
pub use uuid::Uuid;
