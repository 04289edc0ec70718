//! The socket as hyper sees it: passes bytes on untouched and notes what the deadlines need to know.
//!
//! Made by [`connection`](super::connection), owned by hyper. It notes when a head begins, when the peer takes
//! nothing, and when the peer hangs up while its answer is being made, and it closes in a way that lets the peer read
//! the last answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::deadlines::Moment;
use super::framing::Framing;
use super::registry::Connection;
use crate::shutdown::Stage;

/// A connected TCP stream under watch.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    connection: Arc<Connection>,
    framing: Framing,
    /// The peer will send nothing more.
    ended: bool,
    /// Bytes are known to wait in the kernel while hyper does not read: no use in looking for a hang-up behind them.
    unread: bool,
    closing: Closing,
}

/// ```text
/// Open ──shutdown──▶ Draining ──peer closed, or overdue──▶ Closed
///   └───────shutdown, nothing left to read──────────────────┘
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    Open,
    Draining,
    Closed,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        Self {
            stream,
            connection,
            framing: Framing::default(),
            ended: false,
            unread: false,
            closing: Closing::Open,
        }
    }

    fn note_input(&mut self, bytes: &[u8]) {
        let connection = &*self.connection;
        self.unread = false;
        if bytes.is_empty() {
            self.ended = true;
            return;
        }
        if self.framing.is_http2() {
            return;
        }
        self.framing.feed(bytes);
        if self.framing.in_head() {
            note_since(&connection.moments.head, connection);
        } else {
            forget(&connection.moments.head);
        }
        if !connection.moments.received.is_set() {
            connection.moments.received.set(1);
        }
        let body_open = self.framing.mid_message() && !self.framing.in_head();
        connection.body_open.store(body_open, Ordering::Relaxed);
        if let Some(number) = self.framing.refused() {
            connection.refused.store(number, Ordering::Relaxed);
        }
    }

    fn note_output(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Pending => note_since(&self.connection.moments.blocked, &self.connection),
            Poll::Ready(_) => forget(&self.connection.moments.blocked),
        }
    }

    /// hyper does not read while an HTTP/1 answer is being made (`half_close` is on, or it would take a client that
    /// only finished sending for one that is gone), so nobody would learn that the peer hung up. Looking costs no
    /// system call while nothing arrives.
    fn look_for_hangup(&mut self, cx: &mut Context<'_>) {
        let moments = &self.connection.moments;
        if self.ended
            || self.unread
            || moments.in_flight.load(Ordering::Relaxed) == 0
            || self.framing.mid_message()
            || self.framing.is_http2()
        {
            return;
        }
        let mut byte = [0; 1];
        match self.stream.poll_peek(cx, &mut ReadBuf::new(&mut byte)) {
            Poll::Ready(Ok(1..)) => self.unread = true,
            // A reset is found again, and reported, by whoever reads or writes next.
            Poll::Ready(Ok(0) | Err(_)) => {
                self.ended = true;
                note_since(&moments.hangup, &self.connection);
            }
            Poll::Pending => {}
        }
    }

    /// Whether closing now could make the kernel reset the connection: bytes that nobody read do that.
    fn must_drain(&self) -> bool {
        !self.ended && (self.unread || self.framing.mid_message())
    }

    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut scratch);
            // An error, too, means that there is nobody left to be polite to.
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                Ok(()) | Err(_) => {
                    self.closing = Closing::Closed;
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        this.note_input(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_output(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut joined = [0; JOINED];
        let written = match join(slices, &mut joined) {
            Some(bytes) => Pin::new(&mut self.stream).poll_write(cx, bytes),
            None => Pin::new(&mut self.stream).poll_write_vectored(cx, slices),
        };
        self.note_output(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes at the end of each of its rounds, with an answer pending or not.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A TCP stream has nothing to flush.
        self.look_for_hangup(cx);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.closing == Closing::Open {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            if !this.must_drain() {
                this.closing = Closing::Closed;
                return Poll::Ready(Ok(()));
            }
            this.closing = Closing::Draining;
            forget(&this.connection.moments.head);
            this.connection.moments.linger.set(this.connection.now());
        }
        match this.closing {
            Closing::Draining => this.poll_drain(cx),
            Closing::Open | Closing::Closed => Poll::Ready(Ok(())),
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let cut = self.connection.moments.blocked.is_set() || self.connection.registry.stage() == Stage::Now;
        if cut && self.closing == Closing::Open {
            // A peer that takes nothing would make the kernel keep the unsent bytes for minutes.
            if let Err(error) = self.stream.set_zero_linger() {
                tracing::debug!(%error, "failed to cut a stalled connection short");
            }
        }
    }
}

/// Answers up to this size are copied into one piece: to the kernel a plain write costs less than a vectored one, by
/// more than copying costs us.
const JOINED: usize = 1024;

/// The slices as one, when they fit.
fn join<'j>(slices: &[io::IoSlice<'_>], joined: &'j mut [u8; JOINED]) -> Option<&'j [u8]> {
    let mut length = 0;
    for slice in slices {
        joined.get_mut(length..length + slice.len())?.copy_from_slice(slice);
        length += slice.len();
    }
    Some(&joined[..length])
}

fn note_since(moment: &Moment, connection: &Connection) {
    if !moment.is_set() {
        moment.set(connection.now());
    }
}

fn forget(moment: &Moment) {
    if moment.is_set() {
        moment.clear();
    }
}
