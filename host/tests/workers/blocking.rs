//! Functions that block their thread: named, replaced, and told when no thread is left.

use std::{io, sync::Arc, sync::Mutex, time::Duration};

use fnhost::workers::Subject;
use fnhost_protocol::worker::Worker;
use fnhost_sdk::Registry;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Gate, call, done, health, soon, value, worker};

fn registry(gate: &Gate) -> Registry {
    let gate = gate.clone();
    Registry::new()
        .activity("Block", "Block/mod.rs", move || {
            let gate = gate.clone();
            async move {
                gate.block();
                done("through")
            }
        })
        .activity("Quick", "Quick/mod.rs", || async { done("quick") })
}

#[tokio::test]
async fn a_blocked_thread_is_named_and_others_do_its_work() {
    let (gate, mut blocked) = Gate::new();
    let worker = worker(2, registry(&gate));
    let invocation = call("Block");
    let id = invocation.id;
    let blocking = tokio::spawn(worker.invoke(invocation));
    let thread = soon(blocked.recv()).await.unwrap();
    assert!(thread.starts_with("fn-worker-"), "{thread}");

    let found = health(worker.runtime(), |health| !health.blocked.is_empty()).await;
    assert_eq!(found.threads, 2);
    assert_eq!(found.blocked.len(), 1);
    assert_eq!(found.blocked[0].thread, thread);
    assert_eq!(found.blocked[0].subject, Subject::Call { function: "Block".into(), id });
    assert!(found.blocked[0].since.elapsed() >= Duration::from_millis(100));

    for _ in 0..20 {
        assert_eq!(value(soon(worker.invoke(call("Quick"))).await.unwrap()), r#""quick""#);
    }

    gate.open();
    assert_eq!(value(soon(blocking).await.unwrap().unwrap()), r#""through""#);
    health(worker.runtime(), |health| health.blocked.is_empty()).await;
}

#[tokio::test]
async fn without_a_free_thread_the_host_is_saturated_until_one_comes_back() {
    let (gate, mut blocked) = Gate::new();
    let worker = worker(3, registry(&gate));
    let runtime = worker.runtime();
    let mut blocking = Vec::new();
    for _ in 0..3 {
        blocking.push(tokio::spawn(worker.invoke(call("Block"))));
        soon(blocked.recv()).await.unwrap();
    }
    let found = health(runtime, |health| health.saturated && health.blocked.len() == 3).await;
    let mut threads: Vec<_> = found.blocked.iter().map(|blocked| blocked.thread.as_str()).collect();
    threads.sort_unstable();
    assert_eq!(threads, ["fn-worker-0", "fn-worker-1", "fn-worker-2"]);
    assert!(runtime.is_saturated());
    assert!(runtime.place_for_connection().is_none(), "new connections keep away");
    let waiting = tokio::spawn(worker.invoke(call("Quick")));

    gate.open();
    health(runtime, |health| !health.saturated && health.blocked.is_empty()).await;
    for call in blocking {
        soon(call).await.unwrap().unwrap();
    }
    assert_eq!(value(soon(waiting).await.unwrap().unwrap()), r#""quick""#);
}

#[tokio::test]
async fn tasks_that_functions_spawn_saturate_the_host_too() {
    let (gate, mut blocked) = Gate::new();
    let inner = gate.clone();
    let registry = Registry::new().activity("Spawn", "Spawn/mod.rs", move || {
        let gate = inner.clone();
        async move {
            tokio::spawn(async move { gate.block() });
            done(())
        }
    });
    let worker = worker(1, registry);
    soon(worker.invoke(call("Spawn"))).await.unwrap();
    soon(blocked.recv()).await.unwrap();
    let found = health(worker.runtime(), |health| health.saturated).await;
    assert!(found.blocked.is_empty(), "nobody knows whose task it is");
    gate.open();
    health(worker.runtime(), |health| !health.saturated).await;
}

#[tokio::test]
async fn a_function_that_gives_its_thread_away_before_blocking_saturates_nothing() {
    let (gate, mut blocked) = Gate::new();
    let inner = gate.clone();
    let registry = registry(&gate).activity("InPlace", "InPlace/mod.rs", move || {
        let gate = inner.clone();
        async move {
            tokio::task::block_in_place(|| gate.block());
            done(())
        }
    });
    let worker = worker(1, registry);
    let blocking = tokio::spawn(worker.invoke(call("InPlace")));
    soon(blocked.recv()).await.unwrap();
    health(worker.runtime(), |health| !health.blocked.is_empty()).await;
    // The only thread would not do this.
    soon(worker.invoke(call("Quick"))).await.unwrap();
    gate.open();
    soon(blocking).await.unwrap().unwrap();
}

/// A thread that blocks may be the one that was waiting for the sockets of all. Somebody must take over.
#[tokio::test]
async fn sockets_are_served_while_a_function_blocks_the_thread_that_served_them() {
    let (gate, mut blocked) = Gate::new();
    let worker = worker(2, registry(&gate));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serve = worker.clone();
    tokio::spawn(async move {
        loop {
            let stream = listener.accept().await.unwrap().0.into_std().unwrap();
            let worker = serve.clone();
            serve.runtime().handle().spawn(async move {
                let mut stream = TcpStream::from_std(stream).unwrap();
                while let Ok(byte) = stream.read_u8().await {
                    let function = if byte == b'b' { "Block" } else { "Quick" };
                    worker.invoke(call(function)).await.unwrap();
                    stream.write_u8(byte).await.unwrap();
                }
            });
        }
    });
    let mut quick = TcpStream::connect(address).await.unwrap();
    quick.write_u8(b'q').await.unwrap();
    assert_eq!(soon(quick.read_u8()).await.unwrap(), b'q');

    let mut blocking = TcpStream::connect(address).await.unwrap();
    blocking.write_u8(b'b').await.unwrap();
    soon(blocked.recv()).await.unwrap();
    for _ in 0..20 {
        quick.write_u8(b'q').await.unwrap();
        assert_eq!(soon(quick.read_u8()).await.unwrap(), b'q');
    }
    gate.open();
    assert_eq!(soon(blocking.read_u8()).await.unwrap(), b'b');
}

/// Collects what is logged in this process.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_blocked_thread_is_logged_once_and_again_when_it_comes_back() {
    let lines = Lines::default();
    // The watchdog has a thread of its own, so the subscriber must be that of the process; only this test has one.
    tracing_subscriber::fmt().with_ansi(false).with_writer(lines.clone()).init();
    let (gate, mut blocked) = Gate::new();
    let inner = gate.clone();
    let registry = Registry::new().activity("Sluggish", "Sluggish/mod.rs", move || {
        let gate = inner.clone();
        async move {
            gate.block();
            done(())
        }
    });
    let worker = worker(2, registry);
    let invocation = call("Sluggish");
    let id = invocation.id;
    let blocking = tokio::spawn(worker.invoke(invocation));
    let thread = soon(blocked.recv()).await.unwrap();
    health(worker.runtime(), |health| !health.blocked.is_empty()).await;
    gate.open();
    soon(blocking).await.unwrap().unwrap();
    health(worker.runtime(), |health| health.blocked.is_empty()).await;

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let told: Vec<_> = text.lines().filter(|line| line.contains("Sluggish")).collect();
    assert_eq!(told.len(), 2, "{text}");
    for (line, level, words) in [
        (told[0], "WARN", format!("has held {thread} for")),
        (told[1], "INFO", format!("has given {thread} back after")),
    ] {
        assert!(line.contains(level), "{line}");
        assert!(line.contains(&format!("`Sluggish` (invocation {id}) {words}")), "{line}");
        for field in
            [format!("invocation={id}"), format!("thread=\"{thread}\""), "function=\"Sluggish\"".to_owned()]
        {
            assert!(line.contains(&field), "{line}");
        }
    }
}
