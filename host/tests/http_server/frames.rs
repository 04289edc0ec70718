//! HTTP/2 in raw frames, for what no well-behaved client would send.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::peer::{Peer, soon};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;

pub(crate) const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// One frame from the server.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// A connection that has said hello.
pub(crate) struct Raw {
    pub(crate) peer: Peer,
}

impl Raw {
    /// Connects with these settings, each an id and a value.
    pub(crate) async fn connect(addr: SocketAddr, settings: &[(u16, u32)]) -> Self {
        let mut raw = Self { peer: Peer::connect_narrow(addr).await };
        raw.peer.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        let payload: Vec<u8> = settings
            .iter()
            .flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        raw.send(SETTINGS, 0, 0, &payload).await;
        raw
    }

    pub(crate) async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        assert!(self.try_send(kind, flags, stream, payload).await, "the connection ended");
    }

    /// Whether the server still takes frames.
    pub(crate) async fn try_send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        let length = u32::try_from(payload.len()).expect("a frame's length").to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        soon("send a frame", self.peer.stream.write_all(&[&head, payload].concat())).await.is_ok()
    }

    /// Opens a stream with a GET. Whether the server still takes frames.
    pub(crate) async fn get(&mut self, stream: u32, path: &str) -> bool {
        self.open(0x82, END_STREAM, stream, path).await
    }

    /// Opens a stream with a POST, whose body is still to come.
    pub(crate) async fn post(&mut self, stream: u32, path: &str) -> bool {
        self.open(0x83, 0, stream, path).await
    }

    /// `method` is its index in HPACK's static table.
    async fn open(&mut self, method: u8, flags: u8, stream: u32, path: &str) -> bool {
        let length = |text: &str| u8::try_from(text.len()).expect("a short text");
        let mut block = vec![method, 0x86, 0x44, length(path)];
        block.extend_from_slice(path.as_bytes());
        block.extend_from_slice(&[0x41, 4]);
        block.extend_from_slice(b"test");
        self.try_send(HEADERS, flags | END_HEADERS, stream, &block).await
    }

    /// The next frame, or `None` at the end of the connection. Settings are acknowledged on the way.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        loop {
            let mut head = [0; 9];
            soon("a frame", self.peer.stream.read_exact(&mut head)).await.ok()?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).expect("a length")];
            soon("a frame's payload", self.peer.stream.read_exact(&mut payload)).await.ok()?;
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let frame = Frame { kind: head[3], flags: head[4], stream, payload };
            if frame.kind == SETTINGS {
                if frame.flags & ACK == 0 {
                    self.try_send(SETTINGS, ACK, 0, &[]).await;
                }
                continue;
            }
            return Some(frame);
        }
    }

    /// Skips to the next frame of this kind; `None` when the connection ends before.
    pub(crate) async fn until(&mut self, kind: u8) -> Option<Frame> {
        loop {
            let frame = self.frame().await?;
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }
}
