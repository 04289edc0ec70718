//! How long one turn takes to commit: sequences of three activities, four turns each, in batches.
//!
//! `cargo run --release -p durable-sqlite --example commit_speed [folder]`
//!
//! Per batch size and setting: the store, and next to it the same rows written by ready-made scripts on a bare
//! connection, which is what the disk and SQLite alone cost. `CPU` is that of the whole process.

use std::{
    error::Error,
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use durable_core::{
    model::{HostLease, InstanceKey, InstanceKind, NewInstance, TaskRef},
    store::{
        Batch, Commit, CommitOutcome, Completion, EntityStateChange, Execution, InstanceUpdate, NewTask,
        Ownership, Store, TurnCommit, TurnOrigin,
    },
};
use durable_sqlite::{Options, SqliteStore, Synchronous};
use fnhost_protocol::{
    history::{EventKind, HistoryEvent},
    ids::InstanceId,
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};
use futures_util::TryStreamExt;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
const STEPS: u32 = 3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, Into::into).join("commit-speed");
    println!("batch  setting   store µs/turn (CPU)   bare SQL µs/turn (CPU)   store p50/batch");
    for synchronous in [Synchronous::Full, Synchronous::Normal] {
        for size in [1, 16, 128] {
            let rounds = if size == 1 { 500 } else { 20_000 / size };
            fs::create_dir_all(&folder)?;
            let store = by_store(&folder, synchronous, size, rounds).await?;
            fs::remove_dir_all(&folder)?;
            fs::create_dir_all(&folder)?;
            let bare = by_bare_sql(&folder, synchronous, size, rounds).await?;
            fs::remove_dir_all(&folder)?;
            println!(
                "{size:5}  {:7}  {:8.1} ({:6.1})      {:8.1} ({:6.1})        {:?}",
                synchronous.to_string(),
                store.wall,
                store.cpu,
                bare.wall,
                bare.cpu,
                store.median
            );
        }
    }
    Ok(())
}

/// Times of one run, in microseconds per turn.
struct Measured {
    wall: f64,
    cpu: f64,
    median: Duration,
}

/// Takes the times of the batches of a run, and of nothing between them.
#[derive(Default)]
struct Stopwatch {
    batches: Vec<Duration>,
    cpu: Duration,
}

impl Stopwatch {
    async fn time<T>(&mut self, batch: impl Future<Output = T>) -> T {
        let (started, cpu) = (Instant::now(), cpu_time());
        let done = batch.await;
        self.batches.push(started.elapsed());
        self.cpu += cpu_time() - cpu;
        done
    }

    fn stop(mut self, turns: usize) -> Measured {
        self.batches.sort();
        let per_turn = |time: Duration| time.as_secs_f64() * 1e6 / turns as f64;
        Measured {
            wall: per_turn(self.batches.iter().sum()),
            cpu: per_turn(self.cpu),
            median: self.batches[self.batches.len() / 2],
        }
    }
}

/// What all threads of this process have used.
fn cpu_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}

async fn by_store(
    folder: &Path,
    synchronous: Synchronous,
    size: usize,
    rounds: usize,
) -> Result<Measured, Box<dyn Error>> {
    let options = Options { synchronous, ..Options::new(folder.join("store.db"), "bench") };
    let store = SqliteStore::open(options).await?;
    let lease = store.register("commit_speed".to_owned()).await?;
    let mut watch = Stopwatch::default();
    for _ in 0..rounds {
        let keys: Vec<i64> = store.reserve_keys(u32::try_from(size)?).await?.collect();
        for step in 0..=STEPS {
            let batch = Arc::new(batch(lease, &keys, step));
            let outcomes = watch.time(store.commit(batch)).await?;
            assert!(outcomes.iter().all(|outcome| matches!(outcome, CommitOutcome::Turn(_))), "{outcomes:?}");
        }
    }
    let measured = watch.stop(size * rounds * (STEPS as usize + 1));
    store.close().await?;
    Ok(measured)
}

fn batch(lease: HostLease, keys: &[i64], step: u32) -> Batch {
    // Turns arrive in any order; 7919 is prime, so that each key comes once.
    let keys = (0..keys.len()).map(|at| keys[at * 7919 % keys.len()]);
    let commits = keys.map(|key| Commit::Turn(Box::new(turn(InstanceKey(key), step)))).collect();
    Batch { lease, now: NOW, commits }
}

/// One turn of the sequence: the first creates the instance, the last finishes it.
fn turn(key: InstanceKey, step: u32) -> TurnCommit {
    let last = step == STEPS;
    let result = JsonText::string("Hello Tokyo!");
    let mut history = vec![event(EventKind::TurnStarted)];
    if step == 0 {
        history.push(event(EventKind::ExecutionStarted {
            name: "HelloSequence".to_owned(),
            input: JsonText::null(),
            generation: 0,
            parent: None,
        }));
    } else {
        history.push(event(EventKind::TaskCompleted { id: step - 1, result: result.clone() }));
    }
    let task = NewTask {
        task: step,
        name: "SayHello".to_owned(),
        input: JsonText::string("Tokyo"),
        policy_attempt: 1,
        lease: true,
    };
    history.push(event(if last {
        EventKind::ExecutionCompleted { result: result.clone() }
    } else {
        EventKind::TaskScheduled { id: step, name: task.name.clone(), input: task.input.clone(), retry: None }
    }));
    TurnCommit {
        key,
        origin: if step == 0 { new(key) } else { TurnOrigin::Existing { turn: u64::from(step) } },
        consumed: Vec::new(),
        tasks_done: (1..=step)
            .last()
            .map(|step| TaskRef { instance: key, generation: 0, task: step - 1 })
            .into_iter()
            .collect(),
        timers_done: Vec::new(),
        execution: if last {
            Execution::Finished(Completion { output: Some(result), failure: None })
        } else {
            Execution::Continues
        },
        update: InstanceUpdate {
            turn: u64::from(step) + 1,
            generation: 0,
            status: if last { RuntimeStatus::Completed } else { RuntimeStatus::Running },
            events: 3 * u64::from(step + 1),
            actions: u64::from(step) + 1,
            updated_at: NOW,
            custom_status: None,
            entity_state: EntityStateChange::Unchanged,
            ownership: if last { Ownership::Release } else { Ownership::Keep },
            lock: None,
        },
        history,
        tasks: if last { Vec::new() } else { vec![task] },
        timers: Vec::new(),
        messages: Vec::new(),
        replies: Vec::new(),
        inbox: None,
    }
}

fn new(key: InstanceKey) -> TurnOrigin {
    let instance = NewInstance {
        key,
        id: InstanceId::generate(),
        kind: InstanceKind::Orchestration,
        name: "HelloSequence".to_owned(),
        input: Some(JsonText::null()),
        parent: None,
    };
    TurnOrigin::New { instance, replace: false }
}

fn event(kind: EventKind) -> HistoryEvent {
    HistoryEvent::new(NOW, kind)
}

/// The same rows with constant texts and ready-made arguments.
async fn by_bare_sql(
    folder: &Path,
    synchronous: Synchronous,
    size: usize,
    rounds: usize,
) -> Result<Measured, Box<dyn Error>> {
    let path = folder.join("bare.db");
    SqliteStore::open(Options::new(&path, "bench")).await?.close().await?;
    let connect = SqliteConnectOptions::new()
        .filename(&path)
        .foreign_keys(false)
        .pragma("synchronous", synchronous.to_string())
        .pragma("cache_size", "-32768");
    let mut connection = SqliteConnection::connect_with(&connect).await?;
    let mut watch = Stopwatch::default();
    for round in 0..rounds {
        let first = i64::try_from(round * size)? + 1;
        let rows = |columns: &dyn Fn(i64) -> String| {
            let rows: Vec<String> = (first..first + size as i64).map(columns).collect();
            format!("[{}]", rows.join(","))
        };
        for step in 0..=STEPS {
            let (one, two, three) = bare_rows(&rows, step)?;
            let sql = [BARE_FIRST, BARE_NEXT, BARE_LAST][usize::from(step > 0) + usize::from(step == STEPS)];
            let query = sqlx::query(sql).bind(one).bind(two).bind(three);
            let results = sqlx::Executor::fetch_many(&mut connection, query);
            watch.time(results.try_for_each(|_| async { Ok(()) })).await?;
        }
    }
    let measured = watch.stop(size * rounds * (STEPS as usize + 1));
    connection.close().await?;
    Ok(measured)
}

type Rows<'r> = dyn Fn(&dyn Fn(i64) -> String) -> String + 'r;

/// Instances, history, tasks of one step.
fn bare_rows(rows: &Rows<'_>, step: u32) -> Result<(String, String, String), Box<dyn Error>> {
    let events = serde_json::to_string(&turn(InstanceKey(0), step).history)?;
    let events = serde_json::to_string(&events)?;
    Ok((
        rows(&|key| format!("[{key},{step},\"{key:032x}\"]")),
        rows(&|key| format!("[{key},{step},{events}]")),
        rows(&|key| format!("[{key},{step}]")),
    ))
}

const BARE_FIRST: &str = "BEGIN IMMEDIATE;
INSERT INTO instances (key, hub, id, kind, name, status, generation, turn, events, actions, owner, created_at, updated_at)
SELECT value ->> 0, 1, value ->> 2, 0, 'HelloSequence', 1, 0, 1, 3, 1, 1, 1790000000000000, 1790000000000000 FROM jsonb_each($1);
INSERT INTO inputs (instance, input) SELECT value ->> 0, 'null' FROM jsonb_each($1);
INSERT INTO history (instance, generation, turn, format, events)
SELECT value ->> 0, 0, value ->> 1, 1, value ->> 2 FROM jsonb_each($2);
INSERT INTO tasks (instance, generation, task, hub, name, owner, attempt, place, input)
SELECT value ->> 0, 0, value ->> 1, 1, 'SayHello', 1, 1, 7, '\"Tokyo\"' FROM jsonb_each($3);
COMMIT";
const BARE_NEXT: &str = "BEGIN IMMEDIATE;
UPDATE instances SET turn = turn + 1, events = events + 3, actions = actions + 1, updated_at = 1790000000000001
FROM jsonb_each($1) AS new WHERE instances.key = new.value ->> 0;
DELETE FROM tasks WHERE (instance, generation, task) IN (SELECT value ->> 0, 0, (value ->> 1) - 1 FROM jsonb_each($3));
INSERT INTO history (instance, generation, turn, format, events)
SELECT value ->> 0, 0, value ->> 1, 1, value ->> 2 FROM jsonb_each($2);
INSERT INTO tasks (instance, generation, task, hub, name, owner, attempt, place, input)
SELECT value ->> 0, 0, value ->> 1, 1, 'SayHello', 1, 1, 7, '\"Tokyo\"' FROM jsonb_each($3);
COMMIT";
const BARE_LAST: &str = "BEGIN IMMEDIATE;
UPDATE instances SET turn = turn + 1, events = events + 3, status = 3, owner = NULL, output = '\"Hello Tokyo!\"'
FROM jsonb_each($1) AS new WHERE instances.key = new.value ->> 0;
DELETE FROM tasks WHERE instance IN (SELECT value ->> 0 FROM jsonb_each($3));
INSERT INTO history (instance, generation, turn, format, events)
SELECT value ->> 0, 0, value ->> 1, 1, value ->> 2 FROM jsonb_each($2);
COMMIT";
