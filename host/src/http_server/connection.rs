//! One connection from its first byte to its last: hyper, one alarm, and the server's stage.
//!
//! ```text
//!                    ┌──────────── woken by the socket, the alarm, or the registry ───────────┐
//!                    ▼                                                                        │
//! stage? ──Graceful──▶ told once ──▶ poll hyper ──▶ a nearer deadline? move the alarm ──▶ wait ┘
//!   └──Now──▶ cut         idle ones end here          alarm rang and it is due? cut
//! ```

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;

use super::alarm::Alarm;
use super::deadlines::Overdue;
use super::gateway::Gateway;
use super::limits::{HYPER_HEADER_COUNT, HYPER_MIN_BUFFER, Limits};
use super::registry::{Connection, Lease};
use super::service::HttpService;
use super::socket::Socket;
use super::streams::StreamExecutor;
use crate::shutdown::Stage;

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// By agreement, or by the peer.
    Over,
    Overdue(Overdue),
    /// The server stops now.
    Cut,
}

/// Serves one connection until it ends, however it ends.
pub(super) async fn serve(stream: TcpStream, lease: Lease, service: Arc<dyn HttpService>) {
    let connection = lease.connection();
    let gateway = Gateway::new(Arc::clone(connection), service);
    let socket = TokioIo::new(Socket::new(stream, Arc::clone(connection)));
    let builder = builder(connection);
    let end = drive(builder.serve_connection(socket, gateway), connection).await;
    match end {
        End::Over => {}
        End::Overdue(what) => {
            tracing::debug!(peer = %connection.info.peer, ?what, "closed a connection that took too long");
        }
        End::Cut => {
            connection.registry.tally.cut.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn builder(connection: &Arc<Connection>) -> auto::Builder<StreamExecutor> {
    let limits = &connection.registry.limits;
    let mut builder = auto::Builder::new(StreamExecutor::new(Arc::clone(connection)));
    set_http1(&mut builder, limits);
    set_http2(&mut builder, limits);
    builder
}

fn set_http1(builder: &mut auto::Builder<StreamExecutor>, limits: &Limits) {
    let mut http1 = builder.http1();
    http1
        // A timer per request; the alarm below does its work.
        .header_read_timeout(None)
        // A peer that finished sending may still listen; the socket finds out and the alarm decides.
        .half_close(true)
        // A head has to fit the read buffer, so this is the limit of its bytes too.
        .max_buf_size(limits.head_bytes.max(HYPER_MIN_BUFFER));
    if limits.header_count != HYPER_HEADER_COUNT {
        http1.max_headers(limits.header_count);
    }
}

fn set_http2(builder: &mut auto::Builder<StreamExecutor>, limits: &Limits) {
    let limits = &limits.http2;
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.ping_interval)
        .keep_alive_timeout(limits.ping_timeout)
        .max_concurrent_streams(limits.concurrent_streams)
        .max_pending_accept_reset_streams(limits.pending_reset_streams)
        .max_local_error_reset_streams(limits.error_reset_streams)
        .max_header_list_size(limits.header_list_bytes)
        .max_send_buf_size(limits.send_buffer_bytes);
}

type Hyper<'b> = auto::Connection<'b, TokioIo<Socket>, Gateway, StreamExecutor>;

async fn drive(hyper: Hyper<'_>, connection: &Connection) -> End {
    let mut hyper = pin!(hyper);
    let mut alarm = Alarm::new(connection);
    let mut watch = Watch { waker: None, stage: Stage::Running };
    let mut told = false;
    poll_fn(|cx| {
        let moved = watch.look(cx, connection);
        loop {
            if watch.stage == Stage::Now {
                return Poll::Ready(End::Cut);
            }
            if !told && watch.stage == Stage::Graceful && !connection.moments.head.is_set() {
                told = true;
                ask_to_leave(hyper.as_mut(), connection);
            }
            if let Poll::Ready(result) = hyper.as_mut().poll(cx) {
                if let Err(error) = result {
                    tracing::debug!(peer = %connection.info.peer, %error, "a connection failed");
                }
                return Poll::Ready(End::Over);
            }
            if !told && watch.stage == Stage::Graceful && !connection.moments.head.is_set() {
                // The head that this connection was in the middle of is complete, and perhaps already answered.
                continue;
            }
            match alarm.poll(cx, connection, moved) {
                Poll::Pending => return Poll::Pending,
                // A peer that did nothing wrong is told that the connection ends; HTTP/2 has words for it.
                Poll::Ready(Overdue::Idle) if !told => {
                    told = true;
                    ask_to_leave(hyper.as_mut(), connection);
                }
                Poll::Ready(what) => return Poll::Ready(End::Overdue(what)),
            }
        }
    })
    .await
}

/// Ends the connection once its requests are answered. A peer that takes part in that has `linger` to do so.
///
/// Not to be called inside a head: hyper would close the connection on a peer that is about to have asked something.
fn ask_to_leave(hyper: Pin<&mut Hyper<'_>>, connection: &Connection) {
    connection.moments.linger.set(connection.now());
    hyper.graceful_shutdown();
}

/// The connection's view of the server's stage, kept current without a lock or a locked instruction per request.
struct Watch {
    waker: Option<Waker>,
    stage: Stage,
}

impl Watch {
    /// Looks at the stage and makes sure that its next change wakes this task. Says whether the task's waker is a new
    /// one, in which case whoever else holds the old one needs it too.
    fn look(&mut self, cx: &Context<'_>, connection: &Connection) -> bool {
        let stage = connection.registry.stage();
        let moved = !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
        if moved || stage != self.stage {
            // A change of stage takes the waker out, so it has to be put in again, and before the stage is read.
            connection.waker.register(cx.waker());
            self.waker = Some(cx.waker().clone());
            self.stage = connection.registry.stage();
        }
        moved
    }
}
