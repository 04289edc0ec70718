//! From a decision's rows to the arguments of the one statement that writes them.

use sqlx::{Arguments, Encode, Postgres, Type, postgres::PgArguments};

use durable_core::{decision::Decision, store::StoreError};
use fnhost_protocol::history::FORMAT_VERSION;

use crate::{
    columns::fit,
    commit::{
        rests::Rests,
        table::{RowTypes, Table},
        tables,
    },
    hub::Hub,
};

/// The statement that writes a batch; see the function for what the arguments are.
pub(super) const COMMIT: &str = "
SELECT commit_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                    $23, $24, $25, $26)";

/// Its arguments. `numbers`: of the batch before and of this one.
pub(super) fn encode(
    decision: &Decision<'_>,
    rests: &Rests<'_>,
    hub: &Hub,
    types: &RowTypes,
    numbers: (i64, i64),
) -> Result<PgArguments, StoreError> {
    let (batch, rows) = (decision.batch(), decision.rows());
    let mut values = Values::default();
    values.push(hub.id)?;
    values.push(batch.lease.host)?;
    values.push(batch.lease.epoch)?;
    values.push(numbers.0)?;
    values.push(numbers.1)?;
    values.push(batch.now.as_micros())?;
    values.push(fit::<_, i16>(FORMAT_VERSION)?)?;
    values.list(rests.free(rows))?;
    values.list(rests.targets())?;
    values.table(tables::touched(types, &rests.touched(rows))?)?;
    values.table(tables::turns(types, rows)?)?;
    values.table(tables::children(types, &rows.tasks_done)?)?;
    values.table(tables::children(types, &rows.timers_done)?)?;
    values.table(tables::consumed(types, rows)?)?;
    values.table(tables::known(types, rows)?)?;
    values.list(rows.finished.iter().filter(|key| rows.keeps(**key)).map(|key| key.0).collect::<Vec<_>>())?;
    let continued = rows.continued.iter().filter(|turn| rows.keeps(turn.key));
    values.list(continued.map(|turn| turn.key.0).collect::<Vec<_>>())?;
    values.table(tables::history(types, rows)?)?;
    values.list(rows.removed.iter().map(|key| key.0).collect::<Vec<_>>())?;
    values.table(tables::created(types, rows, batch.now)?)?;
    values.table(tables::tasks(types, rows)?)?;
    values.table(tables::timers(types, rows)?)?;
    values.table(tables::inbox(types, rows)?)?;
    values.table(tables::delivered(types, rows)?)?;
    values.table(tables::scheduled(types, rows)?)?;
    values.table(tables::replies(types, rows)?)?;
    Ok(values.0)
}

/// Arguments in order.
#[derive(Default)]
struct Values(PgArguments);

impl Values {
    fn push<'v, T: Encode<'v, Postgres> + Type<Postgres>>(&mut self, value: T) -> Result<(), StoreError> {
        self.0.add(value).map_err(|error| StoreError::Permanent(error.to_string()))
    }

    /// NULL when there are none, which costs nothing to pass and to skip.
    fn list<'v, T: 'v>(&mut self, list: Vec<T>) -> Result<(), StoreError>
    where
        Vec<T>: Encode<'v, Postgres> + Type<Postgres>,
    {
        self.push(Some(list).filter(|list| !list.is_empty()))
    }

    /// As [`list`](Self::list).
    fn table(&mut self, table: Table) -> Result<(), StoreError> {
        self.push(table)
    }
}
