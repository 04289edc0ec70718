//! A wire to the server that can be cut.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream, unix::OwnedReadHalf},
    sync::watch,
    task::JoinHandle,
};

const SOCKET: &str = ".s.PGSQL.5432";

/// The length of what a server answers to a client that asks for nothing, as pools do in the background.
const READY: usize = 6;

/// What becomes of what goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// All of it arrives.
    Whole,
    /// The next answer gets lost and its connection dies; then the wire is whole again.
    LosesAnAnswer,
    /// The next answer gets lost and its connection dies; then the wire is cut.
    LosesAnAnswerAndEnds,
    /// All connections die, and there are no new ones.
    Cut,
}

/// A wire from a socket of its own to a server's.
pub(crate) struct Link {
    folder: tempfile::TempDir,
    wire: Arc<watch::Sender<Wire>>,
    /// How many connections there are.
    connections: Arc<watch::Sender<usize>>,
    task: JoinHandle<()>,
}

impl Link {
    /// A whole wire to the server whose socket is in this folder.
    pub(crate) fn to(server: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket");
        let wire = Arc::new(watch::Sender::new(Wire::Whole));
        let connections = Arc::new(watch::Sender::new(0));
        let task =
            tokio::spawn(accept(listener, server.join(SOCKET), Arc::clone(&wire), Arc::clone(&connections)));
        Self { folder, wire, connections, task }
    }

    /// The URL of a database, over the wire.
    pub(crate) fn url(&self, direct: &str) -> String {
        let (database, _) = direct.split_once("?host=").expect("the URL names a socket");
        format!("{database}?host={}", self.folder.path().display())
    }

    pub(crate) fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }

    /// Cuts the wire and waits until all connections are gone.
    pub(crate) async fn cut(&self) {
        self.set(Wire::Cut);
        let mut connections = self.connections.subscribe();
        connections.wait_for(|count| *count == 0).await.expect("the wire is there");
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: UnixListener,
    server: PathBuf,
    wire: Arc<watch::Sender<Wire>>,
    connections: Arc<watch::Sender<usize>>,
) {
    loop {
        let (client, _) = listener.accept().await.expect("a socket accepts");
        if *wire.borrow() != Wire::Cut {
            let carried = carry(client, server.clone(), Arc::clone(&wire));
            let connections = Arc::clone(&connections);
            connections.send_modify(|count| *count += 1);
            tokio::spawn(async move {
                // Either end may hang up as it likes.
                let _hung_up = carried.await;
                connections.send_modify(|count| *count -= 1);
            });
        }
    }
}

/// Carries bytes until one of the two hangs up or the wire is cut.
async fn carry(client: UnixStream, server: PathBuf, wire: Arc<watch::Sender<Wire>>) -> io::Result<()> {
    let server = UnixStream::connect(server).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let mut cut = wire.subscribe();
    tokio::select! {
        biased;
        _ = cut.wait_for(|wire| *wire == Wire::Cut) => Ok(()),
        done = tokio::io::copy(&mut from_client, &mut to_server) => done.map(|_| ()),
        done = answers(from_server, &mut to_client, &wire) => done,
    }
}

async fn answers(
    mut from: OwnedReadHalf,
    to: &mut (impl AsyncWriteExt + Unpin),
    wire: &watch::Sender<Wire>,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let is_lost = wire.send_if_modified(|wire| {
            let next = match wire {
                _ if length <= READY => return false,
                Wire::LosesAnAnswer => Wire::Whole,
                Wire::LosesAnAnswerAndEnds => Wire::Cut,
                Wire::Whole | Wire::Cut => return false,
            };
            *wire = next;
            true
        });
        if is_lost {
            return Ok(());
        }
        to.write_all(&buffer[..length]).await?;
    }
}
