//! Who may lease: one life at a time, because the file has one process at a time.

use sqlx::sqlite::SqliteRow;

use durable_core::store::{Holder, StoreError};

use crate::{
    columns::columns,
    database::Database,
    error::classify,
    hub::Hub,
    script::{Script, Values},
    writer::{Session, Stopped},
};

/// Ends a transaction unless the life $2 is the current one of $1 (hub).
pub(super) const FENCE_LIFE: &str = "INSERT INTO fence SELECT (SELECT holder FROM lives WHERE hub = $1), $2";

const ENTER: &str = "
INSERT INTO lives (hub, holder) VALUES ($1, 1) ON CONFLICT (hub) DO UPDATE SET holder = holder + 1 RETURNING holder";

/// What earlier lives had leased waits again.
const VOID_EARLIER: &str = "
UPDATE occurrences SET holder = NULL
WHERE holder IS NOT NULL AND source IN (SELECT id FROM sources WHERE hub = $1)";

const LEAVE: &str = "UPDATE lives SET holder = holder + 1 WHERE hub = $1 AND holder = $2";

const VOID_OWN: &str = "
UPDATE occurrences SET holder = NULL
WHERE holder IS NOT NULL AND holder = $2 AND source IN (SELECT id FROM sources WHERE hub = $1)";

#[cfg(test)]
pub(super) const STATEMENTS: [&str; 4] = [ENTER, VOID_EARLIER, LEAVE, VOID_OWN];

pub(super) async fn enter(database: &Database, hub: Hub) -> Result<Holder, StoreError> {
    let mut holder = None;
    let read = |_, row: &SqliteRow| {
        holder = Some(Holder(columns("lives", row).integer("holder")?));
        Ok(())
    };
    let script = Script::begin().then(ENTER).then(VOID_EARLIER).commit();
    database.writer.session().await?.transact(script, Values::default().with(hub.id)?, read).await?;
    holder.ok_or_else(|| StoreError::Permanent("table lives: no row was written".to_owned()))
}

/// Whether a life is the current one.
pub(super) async fn check(database: &Database, hub: Hub, holder: Holder) -> Result<(), StoreError> {
    let current: Option<i64> = sqlx::query_scalar("SELECT holder FROM lives WHERE hub = $1")
        .bind(hub.id)
        .fetch_optional(&database.readers)
        .await
        .map_err(|error| classify(&error))?;
    if current == Some(holder.0) { Ok(()) } else { Err(over(holder)) }
}

pub(super) async fn leave(database: &Database, hub: Hub, holder: Holder) -> Result<(), StoreError> {
    let script = Script::begin().then(VOID_OWN).then(LEAVE).commit();
    let values = Values::default().with(hub.id)?.with(holder.0)?;
    database.writer.session().await?.transact(script, values, |_, _| Ok(())).await
}

/// Runs a script that begins with [`FENCE_LIFE`] and has no other constraint that could fail.
pub(super) async fn run_fenced(
    session: &mut Session<'_>,
    holder: Holder,
    script: Script,
    values: Values,
    on_row: impl FnMut(usize, &SqliteRow) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    session.run(script, values, on_row).await.map_err(
        |Stopped { error, constraint }| {
            if constraint { over(holder) } else { error }
        },
    )
}

fn over(holder: Holder) -> StoreError {
    StoreError::LeaseLost(format!("life {}", holder.0))
}
