//! A durable engine that does nothing but write down what it is asked, and answer what it was told to.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use fnhost::keys::LinkFactory;
use fnhost_protocol::client::{
    CleanedEntities, ClientError, Due, DurableApi, ManagementLinks, PurgeFilter, Purged, Reach, StartRequest,
    StatusDetail,
};
use fnhost_protocol::ids::{EntityId, InstanceId};
use fnhost_protocol::json::JsonText;
use fnhost_protocol::status::{
    EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page, RuntimeStatus,
};
use fnhost_protocol::time::Timestamp;
use futures_util::future::BoxFuture;

pub(crate) struct FakeDurable {
    links: LinkFactory,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: Vec<String>,
    instances: BTreeMap<InstanceId, InstanceStatus>,
    entities: BTreeMap<EntityId, EntityStatus>,
    continuation: Option<String>,
    /// The answer to the next call, whatever it is.
    failure: Option<ClientError>,
}

/// An instance of a function `Hello` in a state.
pub(crate) fn instance(id: &str, status: RuntimeStatus) -> InstanceStatus {
    InstanceStatus {
        instance: InstanceId::from_stored(id),
        name: "Hello".into(),
        status,
        input: Some(JsonText::parse(r#"{"in":1}"#).unwrap()),
        output: status.is_terminal().then(|| JsonText::string("out")),
        failure: None,
        custom_status: None,
        created_at: Timestamp::parse("2026-01-01T00:00:00.5Z").unwrap(),
        updated_at: Timestamp::parse("2026-01-01T00:00:01.5Z").unwrap(),
        history: None,
    }
}

impl FakeDurable {
    pub(crate) fn new(links: LinkFactory) -> Self {
        Self { links, state: Mutex::default() }
    }

    pub(crate) fn has(&self, status: InstanceStatus) {
        self.state.lock().unwrap().instances.insert(status.instance.clone(), status);
    }

    pub(crate) fn has_entity(&self, status: EntityStatus) {
        self.state.lock().unwrap().entities.insert(status.entity.clone(), status);
    }

    /// The lists go on after this.
    pub(crate) fn goes_on_at(&self, continuation: &str) {
        self.state.lock().unwrap().continuation = Some(continuation.to_owned());
    }

    pub(crate) fn fails_with(&self, error: ClientError) {
        self.state.lock().unwrap().failure = Some(error);
    }

    /// What was asked since the last look.
    #[track_caller]
    pub(crate) fn was_asked(&self, calls: &[&str]) {
        assert_eq!(std::mem::take(&mut self.state.lock().unwrap().calls), calls);
    }

    /// Whatever was asked does not matter.
    pub(crate) fn forget(&self) {
        self.state.lock().unwrap().calls.clear();
    }

    fn answer<T: Send + 'static>(
        &self,
        call: String,
        answer: impl FnOnce(&mut State) -> Result<T, ClientError>,
    ) -> BoxFuture<'static, Result<T, ClientError>> {
        let mut state = self.state.lock().unwrap();
        state.calls.push(call);
        let answer = match state.failure.take() {
            Some(error) => Err(error),
            None => answer(&mut state),
        };
        Box::pin(std::future::ready(answer))
    }

    /// What only a living instance takes.
    fn tell(&self, call: String, id: InstanceId) -> BoxFuture<'static, Result<(), ClientError>> {
        self.answer(call, |state| match state.instances.get(&id).map(|found| found.status) {
            None => Err(ClientError::NotFound { id }),
            Some(status) if status.is_terminal() => Err(ClientError::Finished { id, status }),
            Some(_) => Ok(()),
        })
    }
}

impl DurableApi for FakeDurable {
    fn start(&self, request: StartRequest) -> BoxFuture<'static, Result<InstanceId, ClientError>> {
        let id = request.instance.clone().unwrap_or_else(|| InstanceId::from_stored("generated"));
        let StartRequest { function, instance, input } = request;
        self.answer(format!("start {function} {instance:?} {input}"), |_| Ok(id))
    }

    fn status(
        &self,
        id: InstanceId,
        show: StatusDetail,
    ) -> BoxFuture<'static, Result<Option<InstanceStatus>, ClientError>> {
        let StatusDetail { input, history } = show;
        self.answer(format!("status {id} input={input} history={history}"), |state| {
            let mut found = state.instances.get(&id).cloned();
            if let Some(found) = &mut found {
                found.input = found.input.take().filter(|_| input);
                found.history = found.history.take().filter(|_| history);
            }
            Ok(found)
        })
    }

    fn start_and_wait(
        &self,
        request: StartRequest,
        timeout: Duration,
    ) -> BoxFuture<'static, Result<(InstanceId, Option<InstanceStatus>), ClientError>> {
        let id = request.instance.clone().unwrap_or_else(|| InstanceId::from_stored("generated"));
        let StartRequest { function, instance, input } = request;
        self.answer(format!("start {function} {instance:?} {input} and wait {timeout:?}"), |state| {
            let found = state.instances.get(&id).cloned();
            let found = found.filter(|found| found.status.is_terminal());
            Ok((id, found.map(|found| InstanceStatus { input: None, ..found })))
        })
    }

    fn wait(
        &self,
        id: InstanceId,
        timeout: Duration,
    ) -> BoxFuture<'static, Result<InstanceStatus, ClientError>> {
        self.answer(format!("wait {id} {timeout:?}"), |state| {
            let found = state.instances.get(&id).cloned();
            found.map(|found| InstanceStatus { input: None, ..found }).ok_or(ClientError::NotFound { id })
        })
    }

    fn raise_event(
        &self,
        id: InstanceId,
        name: String,
        input: JsonText,
    ) -> BoxFuture<'static, Result<(), ClientError>> {
        self.tell(format!("raise {id} {name} {input}"), id)
    }

    fn terminate(
        &self,
        id: InstanceId,
        reason: String,
        reach: Reach,
    ) -> BoxFuture<'static, Result<(), ClientError>> {
        let far = if reach == Reach::Tree { " recursive" } else { "" };
        self.tell(format!("terminate {id} {reason:?}{far}"), id)
    }

    fn suspend(&self, id: InstanceId, reason: String) -> BoxFuture<'static, Result<(), ClientError>> {
        self.tell(format!("suspend {id} {reason:?}"), id)
    }

    fn resume(&self, id: InstanceId, reason: String) -> BoxFuture<'static, Result<(), ClientError>> {
        self.tell(format!("resume {id} {reason:?}"), id)
    }

    fn purge(&self, id: InstanceId, reach: Reach) -> BoxFuture<'static, Result<Purged, ClientError>> {
        let (far, instances) = if reach == Reach::Tree { (" recursive", 3) } else { ("", 1) };
        self.answer(format!("purge {id}{far}"), |state| {
            match state.instances.get(&id).map(|found| found.status) {
                None => Err(ClientError::NotFound { id }),
                Some(status) if !status.is_terminal() => Err(ClientError::NotFinished { id, status }),
                Some(_) => Ok(Purged { instances, is_complete: true }),
            }
        })
    }

    fn purge_all(&self, filter: PurgeFilter) -> BoxFuture<'static, Result<Purged, ClientError>> {
        let time = |time: Option<Timestamp>| time.map_or("-".to_owned(), |time| time.to_string());
        let (from, to) = (time(filter.created_from), time(filter.created_to));
        let call = format!("purge {:?} {from} {to} {:?}", filter.statuses, filter.reach);
        self.answer(call, |state| {
            let fits = state.instances.values().filter(|found| filter.takes(found.status));
            Ok(Purged { instances: fits.count() as u64, is_complete: true })
        })
    }

    fn query(&self, query: InstanceQuery) -> BoxFuture<'static, Result<Page<InstanceStatus>, ClientError>> {
        self.answer(format!("{query:?}"), |state| {
            let items = state.instances.values().cloned().collect();
            Ok(Page { items, continuation: state.continuation.clone() })
        })
    }

    fn signal_entity(
        &self,
        entity: EntityId,
        operation: String,
        input: JsonText,
    ) -> BoxFuture<'static, Result<(), ClientError>> {
        self.answer(format!("signal {entity} {operation:?} {input}"), |_| Ok(()))
    }

    fn signal_entity_at(
        &self,
        due: Due,
        entity: EntityId,
        operation: String,
        input: JsonText,
    ) -> BoxFuture<'static, Result<(), ClientError>> {
        self.answer(format!("signal {entity} {operation:?} {input} {due:?}"), |_| Ok(()))
    }

    /// Answers with the state; one without any never answers.
    fn call_entity(
        &self,
        entity: EntityId,
        operation: String,
        input: JsonText,
    ) -> BoxFuture<'static, Result<JsonText, ClientError>> {
        let mut state = None;
        let answer = self.answer(format!("call {entity} {operation:?} {input}"), |known| {
            state = known.entities.get(&entity).and_then(|entity| entity.state.clone());
            Ok(JsonText::null())
        });
        Box::pin(async move {
            answer.await?;
            match state {
                Some(state) => Ok(state),
                None => std::future::pending().await,
            }
        })
    }

    fn clean_entities(
        &self,
        continuation: Option<String>,
        limit: u32,
    ) -> BoxFuture<'static, Result<CleanedEntities, ClientError>> {
        self.answer(format!("clean {limit} {continuation:?}"), |_| Ok(CleanedEntities::default()))
    }

    fn read_entity(&self, entity: EntityId) -> BoxFuture<'static, Result<Option<EntityStatus>, ClientError>> {
        self.answer(format!("read {entity}"), |state| Ok(state.entities.get(&entity).cloned()))
    }

    fn query_entities(
        &self,
        query: EntityQuery,
    ) -> BoxFuture<'static, Result<Page<EntityStatus>, ClientError>> {
        self.answer(format!("{query:?}"), |state| {
            let items = state.entities.values().cloned().collect();
            Ok(Page { items, continuation: state.continuation.clone() })
        })
    }

    fn links(&self, id: &InstanceId, origin: &str) -> ManagementLinks {
        self.links.links(id, origin)
    }
}
