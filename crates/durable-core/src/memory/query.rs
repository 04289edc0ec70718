//! What others may see of the rows: statuses, entities, pages of them.

use fnhost_protocol::{
    ids::InstanceId,
    json::JsonText,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page},
    time::Timestamp,
};

use crate::{
    memory::{hub::Hub, row::Row},
    model::InstanceKey,
    store::{FinishedQuery, FoundInstance, InstanceVersion, MAX_PAGE, MAX_PAGE_BYTES, StoredStatus},
};

/// The status of one orchestration.
pub(super) fn status(hub: &Hub, id: &InstanceId, show_input: bool) -> Option<StoredStatus> {
    let row = hub.by_id(id).filter(|row| row.is_orchestration())?;
    Some(StoredStatus {
        key: row.instance.key,
        generation: row.instance.generation,
        status: document(row, show_input),
    })
}

/// A page of orchestrations.
pub(super) fn instances(hub: &Hub, query: &InstanceQuery) -> Page<InstanceStatus> {
    let matching = hub.rows_by_id().filter(|row| {
        let instance = &row.instance;
        row.is_orchestration()
            && (query.statuses.is_empty() || query.statuses.contains(&instance.status))
            && within(instance.created_at, query.created_from, query.created_to)
            && query.id_prefix.as_deref().is_none_or(|prefix| instance.id.as_str().starts_with(prefix))
    });
    let show = |row: &Row| Some(document(row, query.show_input));
    page(matching, query.top, query.continuation.as_deref(), show, size_of_status)
}

/// A page of entities that have a state.
pub(super) fn entities(hub: &Hub, query: &EntityQuery) -> Page<EntityStatus> {
    let matching = hub.rows_by_id().filter(|row| {
        row.entity_state.is_some()
            && within(row.instance.updated_at, query.last_operation_from, query.last_operation_to)
            && row
                .entity
                .as_ref()
                .is_some_and(|id| query.name.as_deref().is_none_or(|name| id.name() == name))
    });
    let show = |row: &Row| {
        let mut status = entity_status(row)?;
        status.state = status.state.filter(|_| query.fetch_state);
        Some(status)
    };
    page(matching, query.top, query.continuation.as_deref(), show, |status| size_of(&status.state))
}

/// One entity with its state.
pub(super) fn entity(hub: &Hub, id: &InstanceId) -> Option<EntityStatus> {
    hub.by_id(id).and_then(entity_status)
}

/// Finished orchestrations, the longest finished first.
pub(super) fn finished(hub: &Hub, query: &FinishedQuery) -> Vec<FoundInstance> {
    let mut found: Vec<_> = hub
        .rows()
        .filter(|row| {
            row.is_orchestration()
                && row.is_finished()
                && row.instance.status == query.status
                && row.instance.updated_at < query.before
                && within(row.instance.created_at, query.created_from, query.created_to)
        })
        .map(found_instance)
        .filter(|found| query.after.is_none_or(|after| found.cursor() > after))
        .collect();
    found.sort_unstable_by_key(FoundInstance::cursor);
    found.truncate(query.limit as usize);
    found
}

/// Sub-orchestrations of an instance.
pub(super) fn children(
    hub: &Hub,
    parent: InstanceKey,
    after: Option<InstanceKey>,
    limit: u32,
) -> Vec<FoundInstance> {
    hub.rows()
        .filter(|row| row.instance.parent.as_ref().is_some_and(|it| it.execution.key == parent.0))
        .filter(|row| after.is_none_or(|after| row.instance.key > after))
        .map(found_instance)
        .take(limit as usize)
        .collect()
}

fn found_instance(row: &Row) -> FoundInstance {
    let instance = &row.instance;
    FoundInstance {
        version: InstanceVersion { key: instance.key, turn: instance.turn },
        id: instance.id.clone(),
        status: instance.status,
        updated_at: instance.updated_at,
        events: instance.events,
    }
}

/// `None` for an entity without state, and for an orchestration.
fn entity_status(row: &Row) -> Option<EntityStatus> {
    Some(EntityStatus {
        entity: row.entity.clone()?,
        state: Some(row.entity_state.clone()?),
        last_operation_at: row.instance.updated_at,
    })
}

fn document(row: &Row, show_input: bool) -> InstanceStatus {
    InstanceStatus {
        instance: row.instance.id.clone(),
        name: row.instance.name.clone(),
        status: row.instance.status,
        input: row.input.clone().filter(|_| show_input),
        output: row.output.clone(),
        failure: row.failure.clone(),
        custom_status: row.custom_status.clone(),
        created_at: row.instance.created_at,
        updated_at: row.instance.updated_at,
        history: None,
    }
}

/// Both ends belong to the range.
fn within(time: Timestamp, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
    from.is_none_or(|from| from <= time) && to.is_none_or(|to| time <= to)
}

/// The payload of a status, in bytes.
fn size_of_status(status: &InstanceStatus) -> usize {
    let failure = status
        .failure
        .as_ref()
        .map_or(0, |failure| serde_json::to_string(failure).expect("texts and lists have a JSON form").len());
    size_of(&status.input) + size_of(&status.output) + size_of(&status.custom_status) + failure
}

fn size_of(json: &Option<JsonText>) -> usize {
    json.as_ref().map_or(0, |json| json.len())
}

/// Cuts a page out of rows ordered by id. The token is the last id of the page, so rows that come and go
/// meanwhile neither repeat nor hide others.
fn page<'a, T>(
    rows: impl Iterator<Item = &'a Row>,
    top: Option<u32>,
    continuation: Option<&str>,
    show: impl Fn(&Row) -> Option<T>,
    size: impl Fn(&T) -> usize,
) -> Page<T> {
    let wanted = top.map_or(MAX_PAGE, |top| top.clamp(1, MAX_PAGE)) as usize;
    let rows = rows.filter(|row| continuation.is_none_or(|last| row.instance.id.as_str() > last));
    let mut page = Page { items: Vec::new(), continuation: None };
    let (mut bytes, mut last) = (0, None);
    for row in rows {
        let Some(item) = show(row) else { continue };
        bytes += size(&item);
        if page.items.len() == wanted || (bytes > MAX_PAGE_BYTES && !page.items.is_empty()) {
            page.continuation = last;
            break;
        }
        page.items.push(item);
        last = Some(row.instance.id.as_str().to_owned());
    }
    page
}
