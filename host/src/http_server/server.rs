//! The listener's loop, and its end.
//!
//! ```text
//! accept ── room? ──▶ a task per connection            shutdown: graceful ──▶ listener closed, connections told
//!    └── too many ──▶ 503, closed                                    all gone, or grace over, or now ──▶ the rest cut
//! ```

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::connection::serve;
use super::limits::Limits;
use super::registry::{Lease, Registry};
use super::reject::Rejecter;
use super::service::{ConnectionInfo, HttpService};
use crate::shutdown::{Shutdown, Stage};

/// Serves HTTP on one listener until it is told to stop.
pub struct HttpServer {
    listener: TcpListener,
    registry: Arc<Registry>,
    service: Arc<dyn HttpService>,
    placement: Option<Placement>,
}

/// Says on which runtime a new connection's task is to live; `None` for the one that accepts. It must have I/O and
/// time enabled.
pub type Placement = Arc<dyn Fn() -> Option<Handle> + Send + Sync>;

/// How a server's drain went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Requests that were in flight when the shutdown began, or came in just then, and whose answers were handed over
    /// whole.
    pub finished: u64,
    /// Requests that were given up, by us at the end of the grace period or by their clients before.
    pub aborted: u64,
    /// Connections that were cut at the end. One with an answer that its client was slow to take is among them.
    pub cut: u64,
}

/// How long cut connections may take to be gone. Their tasks end at their next await; one that never awaits must not
/// hold up the process.
const CUT_WAIT: Duration = Duration::from_secs(1);

/// Pause after an accept that failed for want of something (file descriptors, memory): trying again at once would
/// spin until somebody closes a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

impl HttpServer {
    /// A server on a listener that is already bound. It accepts nothing before [`HttpServer::run`].
    pub fn new(listener: TcpListener, limits: Limits, service: Arc<dyn HttpService>) -> Self {
        keep_little_unsent(&listener);
        Self { listener, registry: Registry::new(limits), service, placement: None }
    }

    /// Lets each connection live where `placement` says, so that the code behind it runs without changing threads.
    #[must_use]
    pub fn placing(mut self, placement: Placement) -> Self {
        self.placement = Some(placement);
        self
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the operating system cannot tell.
    pub fn local_addr(&self) -> io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown`, then drains: nothing new is accepted, idle connections are closed, requests in flight
    /// have [`Limits::grace`] to finish, or until [`Stage::Now`].
    pub async fn run(self, shutdown: Shutdown) -> Summary {
        let Self { listener, registry, service, placement } = self;
        accept_all(&listener, &registry, &service, placement.as_ref(), &shutdown).await;
        // Whoever connects from here on is refused by the kernel and can go elsewhere.
        drop(listener);
        drain(&registry, &shutdown).await
    }
}

async fn accept_all(
    listener: &TcpListener,
    registry: &Arc<Registry>,
    service: &Arc<dyn HttpService>,
    placement: Option<&Placement>,
    shutdown: &Shutdown,
) {
    let rejecter = Rejecter::new(registry.limits.linger);
    // A trouble is reported when it begins, not for each connection that meets it.
    let (mut full, mut failing) = (false, false);
    let mut stop = pin!(shutdown.graceful());
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                failing = false;
                let Some(info) = prepare(&stream, peer) else { continue };
                if let Some(lease) = registry.open(info) {
                    full = false;
                    let home = placement.and_then(|placement| placement());
                    settle(stream, lease, Arc::clone(service), home);
                } else {
                    if !std::mem::replace(&mut full, true) {
                        let limit = registry.limits.connections;
                        tracing::warn!(limit, "rejecting new connections: as many as allowed are open");
                    }
                    rejecter.reject(stream);
                }
            }
            Err(error) if is_of_one_peer(&error) => {
                tracing::debug!(%error, "a connection ended before it was accepted");
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%error, "failed to accept a connection; trying again until it works");
                }
                tokio::select! {
                    () = &mut stop => return,
                    () = sleep(ACCEPT_PAUSE) => {}
                }
            }
        }
    }
}

/// Starts the connection's task, on the runtime that is to be its home if there is one.
fn settle(stream: TcpStream, lease: Lease, service: Arc<dyn HttpService>, home: Option<Handle>) {
    let registry = Arc::clone(&lease.connection().registry);
    let Some(home) = home else {
        registry.tasks.spawn(serve(stream, lease, service));
        return;
    };
    // The socket moves as well: left with the listener's runtime, each of its events would wake two threads.
    let moved = {
        let _there = home.enter();
        stream.into_std().and_then(TcpStream::from_std)
    };
    match moved {
        Ok(stream) => {
            registry.tasks.spawn_on(serve(stream, lease, service), &home);
        }
        Err(error) => tracing::warn!(%error, "failed to move a connection to its runtime"),
    }
}

/// `None` when the peer is already gone.
fn prepare(stream: &TcpStream, peer: std::net::SocketAddr) -> Option<ConnectionInfo> {
    // An answer leaves in one write; waiting for more to send only delays it.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "failed to switch TCP_NODELAY on");
    }
    let local = stream.local_addr().ok()?;
    Some(ConnectionInfo { peer, local })
}

/// Without this the kernel takes megabytes of an answer for a slow reader, and says so little about how fast it takes
/// them that a steady reader at 40 KB/s looks stalled: a socket is called writable again only when a third is gone.
/// Accepted sockets inherit it.
fn keep_little_unsent(listener: &TcpListener) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        const UNSENT: u32 = 128 * 1024;
        if let Err(error) = socket2::SockRef::from(listener).set_tcp_notsent_lowat(UNSENT) {
            tracing::debug!(%error, "failed to set TCP_NOTSENT_LOWAT");
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = listener;
}

/// Errors of the connection that was to be accepted, not of the listener.
fn is_of_one_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn drain(registry: &Registry, shutdown: &Shutdown) -> Summary {
    registry.tasks.close();
    registry.enter(Stage::Graceful);
    let open = registry.count();
    tracing::info!(connections = open, "the HTTP server finishes what is in flight");
    tokio::select! {
        biased;
        () = registry.tasks.wait() => {}
        () = shutdown.now() => {}
        () = sleep(registry.limits.grace) => {}
    }
    registry.enter(Stage::Now);
    if timeout(CUT_WAIT, registry.tasks.wait()).await.is_err() {
        tracing::warn!("requests still hold their threads after they were cut");
    }
    let tally = &registry.tally;
    let summary = Summary {
        finished: tally.finished.load(Ordering::Relaxed),
        aborted: tally.aborted.load(Ordering::Relaxed),
        cut: tally.cut.load(Ordering::Relaxed),
    };
    let Summary { finished, aborted, cut } = summary;
    tracing::info!(finished, aborted, cut, "the HTTP server has stopped");
    summary
}
