//! The load generator: clients that each keep one HTTP/1.1 connection and send the next request when they have the
//! answer, all on one thread. Each answer's status and body are checked.
//!
//! It does as little as can be done, because on a small machine it takes its time from the server: a ready-made
//! request, one write and one read per answer, and a parser that looks for two things.

use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use crate::window::{Driven, Plan, Window};

/// What to ask, of whom, and what is to be answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load<'a> {
    /// `http://127.0.0.1:…`
    pub(crate) url: &'a str,
    /// Method and path.
    pub(crate) request: &'a str,
    /// The body of each answer.
    pub(crate) answer: &'static str,
    /// How many clients.
    pub(crate) connections: usize,
}

impl Load<'_> {
    /// Runs the clients on this thread.
    pub(crate) fn drive(&self, plan: Plan) -> anyhow::Result<Driven> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(self.run(plan))
    }

    async fn run(&self, plan: Plan) -> anyhow::Result<Driven> {
        let authority = self.url.strip_prefix("http://").context("a server's URL begins with http://")?;
        let request = format!("{} HTTP/1.1\r\nhost: {authority}\r\ncontent-length: 0\r\n\r\n", self.request);
        let window = Window::new();
        let mut clients = JoinSet::new();
        for _ in 0..self.connections {
            let stream = TcpStream::connect(authority).await?;
            stream.set_nodelay(true)?;
            clients.spawn(client(
                stream,
                request.clone().into_bytes(),
                self.answer.as_bytes(),
                window.clone(),
            ));
        }
        let all = async {
            while let Some(ended) = clients.join_next().await {
                ended??;
            }
            Ok(())
        };
        window.measure(plan, all).await
    }
}

async fn client(
    mut stream: TcpStream,
    request: Vec<u8>,
    wanted: &[u8],
    window: Window,
) -> anyhow::Result<()> {
    let mut buffer = vec![0; 8 * 1024];
    let mut sent = Instant::now();
    while !window.is_over() {
        stream.write_all(&request).await?;
        let mut filled = 0;
        loop {
            let read = stream.read(&mut buffer[filled..]).await?;
            ensure!(read > 0, "the server closed a connection in the middle of an answer");
            filled += read;
            if let Some(body) = body(&buffer[..filled])? {
                ensure!(body == wanted, "the answer's body is `{}`", String::from_utf8_lossy(body));
                break;
            }
            ensure!(filled < buffer.len(), "an answer has more than {} bytes", buffer.len());
        }
        let now = Instant::now();
        window.add(now - sent);
        sent = now;
    }
    Ok(())
}

/// The body of a whole answer with status 200; `None` when more has to be read.
fn body(answer: &[u8]) -> anyhow::Result<Option<&[u8]>> {
    const OK: &[u8] = b"HTTP/1.1 200 ";
    const LENGTH: &[u8] = b"content-length:";
    let mut length = None;
    let mut rest = answer;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = rest[..end].trim_ascii_end();
        let is_first = rest.len() == answer.len();
        rest = &rest[end + 1..];
        if is_first {
            ensure!(answer.starts_with(OK), "the answer begins with `{}`", String::from_utf8_lossy(line));
        } else if line.is_empty() {
            let Some(length) = length else { bail!("an answer has no Content-Length") };
            ensure!(rest.len() <= length, "an answer has more than its {length} bytes");
            return Ok((rest.len() == length).then_some(rest));
        } else if line.len() > LENGTH.len() && line[..LENGTH.len()].eq_ignore_ascii_case(LENGTH) {
            length = Some(std::str::from_utf8(&line[LENGTH.len()..])?.trim().parse::<usize>()?);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_whole() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\ndate: x\r\n\r\nhello";
        for end in 0..whole.len() {
            assert_eq!(body(&whole[..end]).unwrap(), None, "after {end} bytes");
        }
        assert_eq!(body(whole).unwrap(), Some(&b"hello"[..]));
        assert_eq!(body(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap(), Some(&b""[..]));
    }

    #[test]
    fn what_is_wrong_is_an_error() {
        for (answer, message) in [
            (
                "HTTP/1.1 503 Service Unavailable\r\n\r\n",
                "the answer begins with `HTTP/1.1 503 Service Unavailable`",
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", "an answer has no Content-Length"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab", "an answer has more than its 1 bytes"),
        ] {
            assert_eq!(body(answer.as_bytes()).unwrap_err().to_string(), message);
        }
    }
}
