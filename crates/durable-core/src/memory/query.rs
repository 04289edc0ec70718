//! What others may see of the rows: statuses, entities, pages of them.

use fnhost_protocol::{
    ids::InstanceId,
    status::{EntityQuery, EntityStatus, InstanceQuery, InstanceStatus, Page},
    time::Timestamp,
};

use crate::{
    memory::{hub::Hub, row::Row},
    store::{MAX_PAGE, StoredStatus},
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
    page(matching, query.top, query.continuation.as_deref(), |row| Some(document(row, query.show_input)))
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
    page(matching, query.top, query.continuation.as_deref(), |row| {
        let mut status = entity_status(row)?;
        status.state = status.state.filter(|_| query.fetch_state);
        Some(status)
    })
}

/// One entity with its state.
pub(super) fn entity(hub: &Hub, id: &InstanceId) -> Option<EntityStatus> {
    hub.by_id(id).and_then(entity_status)
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

/// Cuts a page out of rows ordered by id. The token is the last id of the page, so rows that come and go
/// meanwhile neither repeat nor hide others.
fn page<'a, T>(
    rows: impl Iterator<Item = &'a Row>,
    top: Option<u32>,
    continuation: Option<&str>,
    show: impl Fn(&Row) -> Option<T>,
) -> Page<T> {
    let size = top.map_or(MAX_PAGE, |top| top.clamp(1, MAX_PAGE)) as usize;
    let mut rows =
        rows.filter(|row| continuation.is_none_or(|last| row.instance.id.as_str() > last)).peekable();
    let mut page = Page { items: Vec::new(), continuation: None };
    while page.items.len() < size {
        let Some(row) = rows.next() else { break };
        page.items.extend(show(row));
        page.continuation = Some(row.instance.id.as_str().to_owned());
    }
    if rows.peek().is_none() {
        page.continuation = None;
    }
    page
}
