//! Everything a peer could hold open, and for how long or how much: one struct, one default each.
//!
//! Built by `config` from the host file, by tests with tens of milliseconds. Read by every part of this room.

use std::time::Duration;

/// What a peer may take of the host. All fields are public: a caller writes the ones it cares for and
/// `..Limits::default()`.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Open connections. The next one is answered with 503 and closed. Default 10,000.
    pub connections: usize,
    /// From accept to the first byte. Default 10 s.
    pub first_byte: Duration,
    /// From the first byte of a request's head to its last, however the bytes trickle in. Default 15 s.
    pub head: Duration,
    /// Between the end of an answer and the first byte of the next request. Default 75 s.
    pub idle: Duration,
    /// Bytes of a request's head, start line included; more is 431. At least 8 KiB are granted. Default 64 KiB.
    pub head_bytes: usize,
    /// Header fields of a request; more is 431. Default 100, and any other number costs an allocation per HTTP/1
    /// request.
    pub header_count: usize,
    /// Bytes of path and query; more is 414, unless they alone exceed `head_bytes`: then it is 431. Default 8 KiB.
    pub url_bytes: usize,
    /// Bytes of a request's body, announced or streamed; more is 413. Default 100 MiB.
    pub body_bytes: u64,
    /// Between two pieces of a body somebody is waiting for; longer is 408. Default 30 s.
    pub body_idle: Duration,
    /// From the first wait for a body to its end; longer is 408. Default 10 min.
    pub body_total: Duration,
    /// How long a peer may take nothing of an answer before it is cut off. Default 30 s.
    pub write_stall: Duration,
    /// How long an answer may still take after the peer closed its sending side (HTTP/1). A client that is gone and
    /// one that only finished sending look the same until something is written, so work goes on for this long and
    /// is then cancelled. Default 1 s.
    pub half_close: Duration,
    /// How long to read on after the last answer of a connection whose request was not read to its end. Closing at
    /// once would make the kernel reset the connection and take the answer back from the peer. Default 1 s.
    pub linger: Duration,
    /// How long requests in flight may take to finish once a graceful shutdown began. Default 30 s.
    pub grace: Duration,
    /// What only HTTP/2 connections can do.
    pub http2: Http2Limits,
}

/// Limits that only HTTP/2 has.
#[derive(Debug, Clone)]
pub struct Http2Limits {
    /// Requests open at once on one connection. Default 128.
    pub concurrent_streams: u32,
    /// Streams the peer reset before we looked at them; one more ends the connection (rapid reset). Default 20.
    pub pending_reset_streams: usize,
    /// Streams we reset because of the peer's errors; one more ends the connection. Default 128.
    pub error_reset_streams: usize,
    /// Bytes of one request's header list after decompression; more is 431. Default 64 KiB.
    pub header_list_bytes: u32,
    /// Bytes of an answer that may wait for one stream's window. Default 256 KiB.
    pub send_buffer_bytes: usize,
    /// Ping a connection this often to learn that its peer is gone. Default 20 s.
    pub ping_interval: Duration,
    /// How long the answer to a ping may take. Default 20 s.
    pub ping_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            first_byte: Duration::from_secs(10),
            head: Duration::from_secs(15),
            idle: Duration::from_secs(75),
            head_bytes: 64 * 1024,
            header_count: HYPER_HEADER_COUNT,
            url_bytes: 8 * 1024,
            body_bytes: 100 * 1024 * 1024,
            body_idle: Duration::from_secs(30),
            body_total: Duration::from_secs(600),
            write_stall: Duration::from_secs(30),
            half_close: Duration::from_secs(1),
            linger: Duration::from_secs(1),
            grace: Duration::from_secs(30),
            http2: Http2Limits::default(),
        }
    }
}

impl Default for Http2Limits {
    fn default() -> Self {
        Self {
            concurrent_streams: 128,
            pending_reset_streams: 20,
            error_reset_streams: 128,
            header_list_bytes: 64 * 1024,
            send_buffer_bytes: 256 * 1024,
            ping_interval: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(20),
        }
    }
}

/// hyper keeps this many fields on the stack; telling it any number, even this one, moves them to the heap.
pub(super) const HYPER_HEADER_COUNT: usize = 100;

/// hyper refuses to work with a smaller read buffer.
pub(super) const HYPER_MIN_BUFFER: usize = 8 * 1024;
