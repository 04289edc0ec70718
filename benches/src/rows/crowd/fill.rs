//! How a database gets its crowd: one finished and one waiting instance are made by the engine, and their rows copied by
//! bulk SQL, whatever columns there are.

use anyhow::ensure;
use durable_core::model::InstanceKey;
use fnhost_protocol::json::JsonText;

use crate::{
    app::{PATIENT, SEQUENCE},
    engine::Engine,
    floor,
    place::{Connection, Place},
};

/// Instances that are copied in one transaction.
const CHUNK: u64 = 50_000;

/// Instances that are there and have nothing to do with what is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crowd {
    /// Finished sequences.
    pub(super) finished: u64,
    /// Instances that wait for an event, each with a timer that is due in months.
    pub(super) waiting: u64,
}

/// Tables with rows of instances, and the column that has the instance's key; not every database has them all.
const TABLES: [(&str, &str); 6] = [
    ("instances", "key"),
    ("inputs", "instance"),
    ("history", "instance"),
    ("inbox", "instance"),
    ("tasks", "instance"),
    ("timers", "instance"),
];

impl Crowd {
    /// Fills an empty database; the keys of the crowd come before those of all later instances.
    pub(super) async fn fill(self, place: &Place) -> anyhow::Result<()> {
        let engine = Engine::start(place).await?;
        let client = engine.client();
        let finished = client.begin(SEQUENCE.orchestrator, JsonText::null()).await?;
        client.result(finished.clone()).await?;
        // Answered when the first turn is committed: it waits by then.
        let waiting = client.begin(PATIENT, JsonText::null()).await?;
        engine.stop().await?;

        let store = floor::open_store(place).await?;
        let count = u32::try_from(self.finished + self.waiting)?;
        let keys = store.reserve_keys(count).await?;
        store.close().await?;

        let mut connection = place.connect_to_fill().await?;
        let middle = keys.start + i64::try_from(self.finished)?;
        for (id, first, count) in
            [(finished, keys.start, self.finished - 1), (waiting, middle, self.waiting - 1)]
        {
            let of = format!("SELECT key FROM instances WHERE id = '{id}'");
            let template = InstanceKey(connection.number(&of).await?);
            let mut done = 0;
            while done < count {
                let chunk = CHUNK.min(count - done);
                copy(&mut *connection, template, first + i64::try_from(done)?, chunk).await?;
                done += chunk;
            }
        }
        connection.filled().await?;
        self.check(place).await
    }

    /// Makes sure that it is there as it was made.
    pub(super) async fn check(self, place: &Place) -> anyhow::Result<()> {
        let mut connection = place.connect().await?;
        let finished = connection.number("SELECT count(*) FROM instances WHERE status = 3").await?;
        let waiting = connection.number("SELECT count(*) FROM instances WHERE status = 1").await?;
        let timers = connection.number("SELECT count(*) FROM timers").await?;
        connection.close().await?;
        let pending = i64::try_from(self.waiting)?;
        ensure!(
            finished >= i64::try_from(self.finished)? && waiting == pending && timers == pending,
            "of {self:?} there are {finished} finished and {waiting} waiting instances and {timers} timers"
        );
        Ok(())
    }
}

/// Copies an instance so many times, from this key on.
async fn copy(
    connection: &mut dyn Connection,
    template: InstanceKey,
    first: i64,
    count: u64,
) -> anyhow::Result<()> {
    let mut statements = Vec::new();
    for (table, key) in TABLES {
        let columns = connection.columns(table).await?;
        if columns.is_empty() {
            continue;
        }
        let values: Vec<String> = columns
            .iter()
            .map(|column| match (table, column.as_str()) {
                (_, column) if column == key => format!("{first} + n"),
                // Ids of an earlier time, in order.
                ("instances", "id") => connection.hex(&format!("{first} + n")),
                (_, column) => format!("copied.{column}"),
            })
            .collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        statements.push(format!(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM {} CROSS JOIN {table} AS copied
             WHERE copied.{key} = {}",
            connection.counted(count),
            template.0,
        ));
    }
    connection.transact(&statements).await
}
