//! A client that says exactly what it is told to, and takes answers apart.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// No wait of a test is longer; only a failing one gets there.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must happen.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// One raw connection.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    /// Read and not yet used.
    ahead: Vec<u8>,
}

/// One response, taken apart.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert!(values.next().is_none(), "{name} is there twice: {self:?}");
        value
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// The code of a problem document.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let json: serde_json::Value = serde_json::from_slice(&self.body).expect("a problem is JSON");
        assert_eq!(json["status"], self.status, "{self:?}");
        json["code"].as_str().expect("a problem has a code").to_owned()
    }
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server closed it; these bytes came before.
    Closed(Vec<u8>),
    Reset,
}

impl Peer {
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        let stream = soon("connect", TcpStream::connect(addr)).await.expect("connect");
        stream.set_nodelay(true).expect("nodelay");
        Self { stream, ahead: Vec::new() }
    }

    /// A peer that takes little before it has to be read from.
    pub(crate) async fn connect_narrow(addr: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("socket");
        socket.set_recv_buffer_size(4096).expect("receive buffer");
        let stream = soon("connect", socket.connect(addr)).await.expect("connect");
        Self { stream, ahead: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        soon("send", self.stream.write_all(bytes.as_ref())).await.expect("send");
    }

    /// Sends as much as the server lets it; a server that has enough may close or reset.
    pub(crate) async fn push(&mut self, bytes: impl AsRef<[u8]>) {
        let _the_server_may_be_gone = soon("push", self.stream.write_all(bytes.as_ref())).await;
    }

    /// A GET with a `Host`, and with more lines if wanted (each with its CR LF).
    pub(crate) async fn get(&mut self, target: &str, more: &str) {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: test\r\n{more}\r\n")).await;
    }

    async fn fill(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        match soon("read", self.stream.read(&mut buffer)).await {
            Ok(0) | Err(_) => false,
            Ok(read) => {
                self.ahead.extend_from_slice(&buffer[..read]);
                true
            }
        }
    }

    async fn take(&mut self, count: usize) -> Vec<u8> {
        while self.ahead.len() < count {
            assert!(
                self.fill().await,
                "the connection ended; so far: {:?}",
                String::from_utf8_lossy(&self.ahead)
            );
        }
        self.ahead.drain(..count).collect()
    }

    async fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.ahead.windows(2).position(|two| two == b"\r\n") {
                let line = self.take(end + 2).await;
                return String::from_utf8(line[..end].to_vec()).expect("heads are text");
            }
            assert!(
                self.fill().await,
                "the connection ended; so far: {:?}",
                String::from_utf8_lossy(&self.ahead)
            );
        }
    }

    /// The next response's head.
    pub(crate) async fn head(&mut self) -> Reply {
        let status = self.line().await;
        let status =
            status.strip_prefix("HTTP/1.1 ").or(status.strip_prefix("HTTP/1.0 ")).expect("a status line");
        let status = status[..3].parse().expect("a status");
        let mut headers = Vec::new();
        loop {
            let line = self.line().await;
            if line.is_empty() {
                return Reply { status, headers, body: Vec::new() };
            }
            let (name, value) = line.split_once(": ").expect("a header");
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }

    /// The next response, whole.
    pub(crate) async fn reply(&mut self) -> Reply {
        let mut reply = self.head().await;
        if let Some(length) = reply.header("content-length") {
            let length = length.parse().expect("a length");
            reply.body = self.take(length).await;
        } else if reply.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = usize::from_str_radix(&self.line().await, 16).expect("a chunk's size");
                let chunk = self.take(size + 2).await;
                reply.body.extend_from_slice(&chunk[..size]);
                if size == 0 {
                    break;
                }
            }
        }
        reply
    }

    /// Some bytes of an answer, and how many they were; 0 at the end of the connection.
    pub(crate) async fn try_some(&mut self) -> usize {
        if self.ahead.is_empty() {
            self.fill().await;
        }
        std::mem::take(&mut self.ahead).len()
    }

    /// The next response, whole; `None` when the connection ends before it begins.
    pub(crate) async fn try_reply(&mut self) -> Option<Reply> {
        if self.ahead.is_empty() && !self.fill().await {
            return None;
        }
        Some(self.reply().await)
    }

    /// GET and its reply.
    pub(crate) async fn ask(&mut self, target: &str) -> Reply {
        self.get(target, "").await;
        self.reply().await
    }

    /// Reads until the server ends the connection.
    pub(crate) async fn end(&mut self) -> End {
        let mut buffer = [0; 16 * 1024];
        loop {
            match soon("the end of the connection", self.stream.read(&mut buffer)).await {
                Ok(0) => return End::Closed(std::mem::take(&mut self.ahead)),
                Ok(read) => self.ahead.extend_from_slice(&buffer[..read]),
                Err(_) => return End::Reset,
            }
        }
    }

    /// The server must end the connection without another byte.
    pub(crate) async fn expect_closed(&mut self) {
        assert_eq!(self.end().await, End::Closed(Vec::new()));
    }

    /// Closes the sending side only.
    pub(crate) async fn finish_sending(&mut self) {
        self.stream.shutdown().await.expect("shutdown");
    }
}
