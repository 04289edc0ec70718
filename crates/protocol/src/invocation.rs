//! One call of a function that is not an orchestrator or entity, and its result.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    bound::{BlobCall, BoundBlob},
    failure::Failure,
    history::TaskId,
    http::{HttpCall, HttpReply},
    ids::{InstanceId, InvocationId},
    json::JsonText,
    timer::TimerCall,
};

/// A request to run a function once. Dropping the future that runs it cancels the call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invocation {
    /// Names this call in logs.
    pub id: InvocationId,
    /// The handler to run.
    pub function: Arc<str>,
    /// What started it, with its data.
    pub trigger: TriggerData,
    /// W3C `traceparent` of this call.
    pub traceparent: Option<String>,
    /// The blobs that its bindings name.
    #[serde(default)]
    pub bindings: Vec<BoundBlob>,
}

/// What started an invocation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum TriggerData {
    /// An HTTP request.
    Http(Box<HttpCall>),
    /// A task of an orchestration.
    Activity {
        /// The orchestration.
        instance: InstanceId,
        /// Its task number.
        task: TaskId,
        /// Which attempt of the call's retry policy this is, counted from 1.
        attempt: u32,
        /// How often this attempt was handed out, counted from 1: more when a host died before the result was
        /// recorded.
        delivery: u32,
        /// The input.
        input: JsonText,
    },
    /// A time of a schedule.
    Timer(TimerCall),
    /// A version of a blob.
    Blob(Box<BlobCall>),
    /// A call by hand.
    Manual {
        /// The input, `null` when none was given.
        input: JsonText,
    },
}

/// What a successful invocation returns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Reply {
    /// The answer to an HTTP call.
    Http(HttpReply),
    /// The return value of any other function.
    Value(JsonText),
}

/// The result of an invocation.
pub type Outcome = Result<Reply, Failure>;
