//! A fan-out of any size: bounded in what runs at once, and in the length of every history.
//!
//! ```text
//! parent ── chunk of 500 items ──▶ child: an orchestration of the app ── so many at once ──▶ activities
//!    ▲                                  │
//!    └── outputs and dead letters ──────┘   then the next chunk
//! ```
//!
//! A hundred thousand items are two hundred children, one after the other: some six hundred events in the parent's
//! history and fifteen hundred in each child's, which is over when its chunk is.

use std::{future::IntoFuture, marker::PhantomData};

use fnhost_protocol::failure::Failure;
use futures_core::future::BoxFuture;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};

use super::OrchestrationContext;
use crate::{ensure, error::Result};

/// How many items a child gets, unless [`FanOut::chunks_of`] says otherwise.
const CHUNK: usize = 500;
/// How many items are worked on at once, unless [`FanOut::at_once`] says otherwise.
const AT_ONCE: usize = 50;

impl OrchestrationContext {
    /// Does something with each of any number of items, so many at once. The items go in chunks to children: to this
    /// orchestrator function of the app, which says what is done with one ([`run_chunk`](Self::run_chunk)).
    ///
    /// An item whose call fails becomes a [`DeadLetter`]; the others go on. When a child itself fails, so does this.
    ///
    /// The parent:
    ///
    /// ```
    /// # use fnhost_sdk::{OrchestrationContext, Result, bail};
    /// pub async fn run(ctx: OrchestrationContext, files: Vec<String>) -> Result<u64> {
    ///     let copied = ctx.fan_out::<u64>("CopyChunk", &files).at_once(50).show_progress().await?;
    ///     if let Some(dead) = copied.dead_letters.first() {
    ///         bail!("{} was not copied: {}", files[dead.index], dead.failure);
    ///     }
    ///     Ok(copied.outputs.iter().sum())
    /// }
    /// ```
    ///
    /// The child, `functions/CopyChunk/mod.rs`, an `orchestrationTrigger`:
    ///
    /// ```
    /// # use fnhost_sdk::{Chunk, ChunkResults, OrchestrationContext, Result, RetryPolicy};
    /// # use std::time::Duration;
    /// pub async fn run(ctx: OrchestrationContext, files: Chunk<String>) -> Result<ChunkResults<u64>> {
    ///     let thrice = RetryPolicy::new(Duration::from_secs(5), 3);
    ///     Ok(ctx.run_chunk(files, |file| ctx.activity("Copy", file).retry(thrice.clone())).await)
    /// }
    /// ```
    pub fn fan_out<O>(&self, child: &str, items: impl IntoIterator<Item: Serialize>) -> FanOut<'_, O>
    where
        O: DeserializeOwned,
    {
        let items = items.into_iter().map(|item| to_raw_value(&item));
        FanOut {
            ctx: self,
            child: child.to_owned(),
            items: items.collect::<serde_json::Result<_>>().map_err(Into::into),
            at_once: AT_ONCE,
            chunk: CHUNK,
            shows_progress: false,
            outputs: PhantomData,
        }
    }

    /// Does this with each item of a chunk, so many at once as its parent said; see [`fan_out`](Self::fan_out). To try
    /// a call again, give it a [retry policy](crate::RetryPolicy): the last failure is what the dead letter shows.
    ///
    /// ```
    /// # use fnhost_sdk::{Chunk, ChunkResults, OrchestrationContext, Result};
    /// pub async fn run(ctx: OrchestrationContext, files: Chunk<String>) -> Result<ChunkResults<u64>> {
    ///     Ok(ctx.run_chunk(files, |file| ctx.activity("Copy", file)).await)
    /// }
    /// ```
    pub async fn run_chunk<I, O, F>(
        &self,
        chunk: Chunk<I>,
        call: impl FnMut(I) -> F + Send,
    ) -> ChunkResults<O>
    where
        I: Send,
        F: Future<Output = Result<O>>,
    {
        let Chunk { first, at_once, items } = chunk;
        let mut results = ChunkResults { outputs: Vec::with_capacity(items.len()), dead_letters: Vec::new() };
        let done = self.join_bounded(at_once, items.into_iter().map(call)).await;
        for (place, result) in done.into_iter().enumerate() {
            match result {
                Ok(output) => results.outputs.push(output),
                Err(error) => {
                    let failure = error.into_failure();
                    results.dead_letters.push(DeadLetter { index: first + place, failure });
                }
            }
        }
        results
    }
}

/// A fan-out to be awaited, made by [`OrchestrationContext::fan_out`].
///
/// ```
/// # use fnhost_sdk::{FannedOut, OrchestrationContext, Result};
/// pub async fn run(ctx: OrchestrationContext, pages: Vec<u32>) -> Result<usize> {
///     let fetched: FannedOut<String> = ctx.fan_out("FetchChunk", pages).at_once(8).chunks_of(200).await?;
///     Ok(fetched.outputs.len())
/// }
/// ```
#[must_use = "nothing begins before this is awaited"]
#[derive(Debug)]
pub struct FanOut<'c, O> {
    ctx: &'c OrchestrationContext,
    child: String,
    items: Result<Vec<Box<RawValue>>>,
    at_once: usize,
    chunk: usize,
    shows_progress: bool,
    outputs: PhantomData<fn() -> O>,
}

impl<O> FanOut<'_, O> {
    /// Works on at most so many items at once; 50 unless said otherwise. 0 counts as 1.
    ///
    /// ```
    /// # async fn show(ctx: fnhost_sdk::OrchestrationContext) -> fnhost_sdk::Result<()> {
    /// let done = ctx.fan_out::<()>("MailChunk", ["ann@example.org", "bob@example.org"]).at_once(2).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn at_once(self, items: usize) -> Self {
        Self { at_once: items.max(1), ..self }
    }

    /// Gives each child at most so many items; 500 unless said otherwise. 0 counts as 1. Chunks run one after the
    /// other, so one should hold many times what runs at once; its items and its outputs each must fit the limit of a
    /// payload.
    ///
    /// ```
    /// # async fn show(ctx: fnhost_sdk::OrchestrationContext) -> fnhost_sdk::Result<()> {
    /// let done = ctx.fan_out::<()>("MailChunk", 0..100_000).chunks_of(1000).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn chunks_of(self, items: usize) -> Self {
        Self { chunk: items.max(1), ..self }
    }

    /// Tells in the custom status how far it is, after each chunk: `{"done":1500,"failed":2,"total":100000}`.
    ///
    /// ```
    /// # async fn show(ctx: fnhost_sdk::OrchestrationContext) -> fnhost_sdk::Result<()> {
    /// let done = ctx.fan_out::<()>("MailChunk", 0..100_000).show_progress().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn show_progress(self) -> Self {
        Self { shows_progress: true, ..self }
    }
}

impl<O: DeserializeOwned + Send> FanOut<'_, O> {
    async fn run(self) -> Result<FannedOut<O>> {
        let Self { ctx, child, items, at_once, chunk, shows_progress, .. } = self;
        let items = items?;
        let mut all = FannedOut { outputs: Vec::with_capacity(items.len()), dead_letters: Vec::new() };
        let show = |all: &FannedOut<O>| match shows_progress {
            true => ctx.set_custom_status(Progress::of(all, items.len())),
            false => Ok(()),
        };
        show(&all)?;
        let mut first = 0;
        while first < items.len() {
            let end = items.len().min(first.saturating_add(chunk));
            let input = Chunk { first, at_once, items: items[first..end].to_vec() };
            let done: ChunkResults<O> = ctx.sub_orchestration(&child, input).await?;
            // A child on record may have been given another number of items: a setting says how many, and settings
            // change while an instance lives.
            let (count, left) = (done.outputs.len() + done.dead_letters.len(), items.len() - first);
            ensure!(
                (1..=left).contains(&count),
                "`{child}` tells of {count} items from item {first} on; allowed: one for each that it was given, and there \
                 are {left}"
            );
            first += count;
            all.outputs.extend(done.outputs);
            all.dead_letters.extend(done.dead_letters);
            show(&all)?;
        }
        Ok(all)
    }
}

impl<'c, O: DeserializeOwned + Send + 'c> IntoFuture for FanOut<'c, O> {
    type Output = Result<FannedOut<O>>;
    type IntoFuture = BoxFuture<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// What the custom status of a parent shows.
#[derive(Serialize)]
struct Progress {
    done: usize,
    failed: usize,
    total: usize,
}

impl Progress {
    fn of<O>(all: &FannedOut<O>, total: usize) -> Self {
        Self { done: all.outputs.len(), failed: all.dead_letters.len(), total }
    }
}

/// Some of the items of a fan-out: the input of a child. See [`OrchestrationContext::run_chunk`].
///
/// ```
/// # use fnhost_sdk::{Chunk, ChunkResults, OrchestrationContext, Result};
/// pub async fn run(ctx: OrchestrationContext, numbers: Chunk<u32>) -> Result<ChunkResults<u64>> {
///     Ok(ctx.run_chunk(numbers, |number| ctx.activity("Square", number)).await)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chunk<I> {
    /// Place of the first item in the whole list, counted from 0.
    pub first: usize,
    /// How many are worked on at once.
    pub at_once: usize,
    /// The items, in their order.
    pub items: Vec<I>,
}

/// What came of a chunk: the output of a child. See [`OrchestrationContext::run_chunk`].
///
/// ```
/// let results = fnhost_sdk::ChunkResults { outputs: vec![1, 4, 9], dead_letters: vec![] };
/// assert_eq!(serde_json::to_string(&results).unwrap(), r#"{"outputs":[1,4,9],"deadLetters":[]}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChunkResults<O> {
    /// Of the items that succeeded, in their order.
    pub outputs: Vec<O>,
    /// The items that did not, in their order.
    pub dead_letters: Vec<DeadLetter>,
}

/// What came of a fan-out.
///
/// ```
/// let copied = fnhost_sdk::FannedOut { outputs: vec![17_u64, 4], dead_letters: vec![] };
/// assert_eq!(copied.outputs.iter().sum::<u64>(), 21);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FannedOut<O> {
    /// Of the items that succeeded, in their order.
    pub outputs: Vec<O>,
    /// The items that did not, in their order.
    pub dead_letters: Vec<DeadLetter>,
}

/// An item that is given up: which, and why.
///
/// ```
/// let text = r#"{"index":2,"failure":{"kind":"Error","message":"activity `Copy` failed"}}"#;
/// let dead: fnhost_sdk::DeadLetter = serde_json::from_str(text).unwrap();
/// assert_eq!((dead.index, dead.failure.to_string()), (2, "activity `Copy` failed".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its place in the whole list, counted from 0.
    pub index: usize,
    /// The failure of its last attempt.
    pub failure: Failure,
}
