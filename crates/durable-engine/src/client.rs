//! The handle through which user code and the management API reach the engine.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use durable_core::{
    limits::Limits,
    message::Message,
    model::InstanceKind,
    store::{Found, Store, StoreError},
};
use fnhost_protocol::{
    client::{ClientError, Reach, StartRequest, StatusDetail},
    failure::Failure,
    history::{EventKind, HistoryEvent},
    ids::InstanceId,
    json::JsonText,
    status::{InstanceQuery, InstanceStatus, Page, RuntimeStatus},
    time::Timestamp,
};
use tokio::sync::oneshot;

use crate::{
    driver::Driver,
    executor::Executor,
    machine::{Input, Recipient, Reply, ReplyId, StartInput},
    trouble::Trouble,
};

/// A cheap handle of a running engine. Every write is committed before it is answered.
#[derive(Clone)]
pub struct Client {
    pub(crate) driver: Arc<Driver>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) executor: Arc<dyn Executor>,
    limits: Limits,
    next_reply: Arc<AtomicU64>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    pub(crate) fn new(
        driver: Arc<Driver>,
        store: Arc<dyn Store>,
        executor: Arc<dyn Executor>,
        limits: Limits,
    ) -> Self {
        Self { driver, store, executor, limits, next_reply: Arc::default() }
    }

    /// Starts an orchestration and returns its id.
    ///
    /// # Errors
    /// An unknown function, a taken id, an input past the limit; or the engine is not available.
    pub async fn start(&self, request: StartRequest) -> Result<InstanceId, ClientError> {
        let start = self.checked(request)?;
        let id = start.id.clone();
        let reply = self.call(|reply| Input::Start { start, reply, finished: None }).await?;
        started(id, reply)
    }

    /// Starts an orchestration and waits until it is finished, at most so long after it was started. Answers its id,
    /// and its status without its input if it finished in time. Cheaper than [`start`](Self::start) and
    /// [`wait`](Self::wait): whoever runs the instance tells its status, and the store is not asked for it.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub async fn start_and_wait(
        &self,
        request: StartRequest,
        timeout: Duration,
    ) -> Result<(InstanceId, Option<InstanceStatus>), ClientError> {
        let start = self.checked(request)?;
        let (id, reply, waiter) = (start.id.clone(), self.reply_id(), self.reply_id());
        let ((answer, answered), (tell, told)) = (oneshot::channel(), oneshot::channel());
        let input = Input::Start { start, reply, finished: Some(waiter) };
        let _waiting = Waiting { client: self, id: &id, reply: waiter };
        self.driver.call([(reply, answer), (waiter, tell)], input);
        let started = started(id.clone(), answered.await.map_err(|_| stopped())?)?;
        let status = match tokio::time::timeout(timeout, told).await {
            Ok(Ok(Reply::Finished(Some(status)))) => Some(*status),
            Ok(Ok(_)) => Some(self.existing(&id).await?),
            Ok(Err(_)) => return Err(stopped()),
            Err(_) => None,
        };
        Ok((started, status))
    }

    /// What to tell the machine of a request that may be granted.
    fn checked(&self, request: StartRequest) -> Result<StartInput, ClientError> {
        let name = self
            .executor
            .resolve(InstanceKind::Orchestration, &request.function)
            .map_err(|message| ClientError::UnknownFunction { message })?;
        self.check_size("the input", &request.input)?;
        let id = request.instance.unwrap_or_else(InstanceId::generate);
        Ok(StartInput { id, name: name.to_string(), input: request.input })
    }

    /// The status, or `None` when there is no such orchestration.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn status(
        &self,
        id: InstanceId,
        show: StatusDetail,
    ) -> Result<Option<InstanceStatus>, ClientError> {
        let Some(found) = self.store.status(id, show.input).await.map_err(unavailable)? else {
            return Ok(None);
        };
        let mut status = found.status;
        // Why the engine has suspended an instance stands in its history only.
        let is_suspended = status.status == RuntimeStatus::Suspended;
        if show.history || is_suspended {
            let history = self.store.history(found.key, found.generation).await.map_err(unavailable)?;
            status.failure = status.failure.or_else(|| is_suspended.then(|| held_back(&history)).flatten());
            status.history = show.history.then_some(history);
        }
        Ok(Some(status))
    }

    /// Waits until an orchestration is finished, at most so long, and answers its status without its input, finished
    /// or not.
    ///
    /// # Errors
    /// An unknown instance, or the engine is not available.
    pub async fn wait(&self, id: InstanceId, timeout: Duration) -> Result<InstanceStatus, ClientError> {
        let reply = self.reply_id();
        let (tell, told) = oneshot::channel();
        let input = Input::Wait { id: id.clone(), reply };
        self.driver.call([(reply, tell)], input);
        // Dropped on every way out, also when the caller goes away.
        let _waiting = Waiting { client: self, id: &id, reply };
        // Registered first, then looked: a completion in between wakes us.
        let status = self.existing(&id).await?;
        if status.status.is_terminal() {
            return Ok(status);
        }
        match tokio::time::timeout(timeout, told).await {
            Ok(Ok(Reply::Finished(Some(status)))) => Ok(*status),
            Ok(Ok(_)) | Err(_) => self.existing(&id).await,
            Ok(Err(_)) => Err(stopped()),
        }
    }

    /// Sends an external event.
    ///
    /// # Errors
    /// An unknown or finished instance, a payload past the limit; or the engine is not available.
    pub async fn raise_event(
        &self,
        id: InstanceId,
        name: String,
        input: JsonText,
    ) -> Result<(), ClientError> {
        self.check_size("the event's payload", &input)?;
        self.send_event(id, EventKind::EventRaised { name, input }).await
    }

    /// Ends an orchestration from outside, alone or together with the sub-orchestrations that wait below it.
    ///
    /// # Errors
    /// An unknown or finished instance; or the engine is not available.
    pub async fn terminate(&self, id: InstanceId, reason: String, reach: Reach) -> Result<(), ClientError> {
        let recursive = reach == Reach::Tree;
        self.send_event(id, EventKind::ExecutionTerminated { reason, recursive }).await
    }

    /// Pauses an orchestration.
    ///
    /// # Errors
    /// As for [`terminate`](Self::terminate).
    pub async fn suspend(&self, id: InstanceId, reason: String) -> Result<(), ClientError> {
        self.send_event(id, EventKind::ExecutionSuspended { reason, failure: None }).await
    }

    /// Lets a paused orchestration go on.
    ///
    /// # Errors
    /// As for [`terminate`](Self::terminate).
    pub async fn resume(&self, id: InstanceId, reason: String) -> Result<(), ClientError> {
        self.send_event(id, EventKind::ExecutionResumed { reason }).await
    }

    /// Lists orchestrations, ordered by id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn query(&self, query: InstanceQuery) -> Result<Page<InstanceStatus>, ClientError> {
        self.store.query(query).await.map_err(unavailable)
    }

    /// How the engine is, for whoever operates this host.
    pub fn health(&self) -> Health {
        Health {
            has_lease: self.driver.life(|life| life.lives).unwrap_or(false),
            refused: self.driver.parts().troubles.all(),
        }
    }

    /// Completes when nothing is under way; see [`Engine::settled`](crate::Engine::settled).
    pub fn settled(&self) -> impl Future<Output = ()> + Send + 'static {
        let settled = self.driver.settled();
        async move { drop(settled.await) }
    }

    async fn send_event(&self, id: InstanceId, event: EventKind) -> Result<(), ClientError> {
        // The machine replaces the time by that of its clock.
        let message = Message::Event { execution: None, at: Timestamp::EPOCH, event };
        let target = Recipient::Orchestration(id.clone());
        done(&id, self.call(|reply| Input::Send { target, message, reply }).await?)
    }

    async fn existing(&self, id: &InstanceId) -> Result<InstanceStatus, ClientError> {
        let found = self.store.status(id.clone(), false).await.map_err(unavailable)?;
        found.map(|found| found.status).ok_or_else(|| ClientError::NotFound { id: id.clone() })
    }

    pub(crate) fn check_size(&self, what: &str, json: &JsonText) -> Result<(), ClientError> {
        if json.len() > self.limits.payload_bytes {
            return Err(ClientError::InvalidArgument {
                message: format!(
                    "{what} has {} bytes; allowed are {} (maxPayloadSize)",
                    json.len(),
                    self.limits.payload_bytes
                ),
            });
        }
        Ok(())
    }

    pub(crate) fn reply_id(&self) -> ReplyId {
        ReplyId(self.next_reply.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) async fn call(&self, input: impl FnOnce(ReplyId) -> Input) -> Result<Reply, ClientError> {
        let id = self.reply_id();
        let (tell, told) = oneshot::channel();
        self.driver.call([(id, tell)], input(id));
        told.await.map_err(|_| stopped())
    }
}

/// How an engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether it has a lease: without one nothing begins. It goes on asking for one; while the store cannot be reached
    /// it may have none for a while.
    pub has_lease: bool,
    /// Instances whose work the store refuses to record; it is tried again until the store takes it.
    pub refused: Vec<Trouble>,
}

/// A client that waits for an instance; takes itself off the list when it goes away.
pub(crate) struct Waiting<'a> {
    pub(crate) client: &'a Client,
    pub(crate) id: &'a InstanceId,
    pub(crate) reply: ReplyId,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.client.driver.stop_waiting(self.id.clone(), self.reply);
    }
}

fn started(id: InstanceId, reply: Reply) -> Result<InstanceId, ClientError> {
    match reply {
        Reply::Taken(status) => Err(ClientError::AlreadyExists { id, status }),
        other => done(&id, other).map(|()| id),
    }
}

pub(crate) fn done(id: &InstanceId, reply: Reply) -> Result<(), ClientError> {
    match reply {
        Reply::Done | Reply::Finished(_) => Ok(()),
        Reply::Refused(Found::Nothing) => Err(ClientError::NotFound { id: id.clone() }),
        Reply::Refused(Found::Status(status)) => Err(refused(id, status)),
        Reply::Taken(status) => Err(ClientError::AlreadyExists { id: id.clone(), status }),
        Reply::Failed(message) | Reply::Unknown(message) => Err(ClientError::Unavailable { message }),
        Reply::Answered(_) | Reply::Removed(_) => Err(ClientError::Unavailable {
            message: "the engine answered something else than was asked".to_owned(),
        }),
    }
}

fn refused(id: &InstanceId, status: RuntimeStatus) -> ClientError {
    let id = id.clone();
    if status.is_terminal() {
        ClientError::Finished { id, status }
    } else {
        ClientError::NotFinished { id, status }
    }
}

/// Why the engine has suspended an instance, unless it was resumed since.
fn held_back(history: &[HistoryEvent]) -> Option<Failure> {
    let is_resumption = |event: &&HistoryEvent| matches!(event.kind, EventKind::ExecutionResumed { .. });
    history.iter().rev().take_while(|event| !is_resumption(event)).find_map(|event| match &event.kind {
        EventKind::ExecutionSuspended { failure, .. } => failure.clone(),
        _ => None,
    })
}

pub(crate) fn unavailable(error: StoreError) -> ClientError {
    ClientError::Unavailable { message: error.to_string() }
}

pub(crate) fn stopped() -> ClientError {
    ClientError::Unavailable { message: "the host is shutting down".to_owned() }
}
