//! One HTTP answer, and how it is read from a connection.

use std::io::{self, BufRead};

use serde_json::Value;

/// Status, headers and whole body.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// What was asked, for messages.
    pub(super) asked: String,
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{} answered no JSON ({error}): {self}", self.asked),
        }
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} answered {self}", self.asked);
        self
    }

    /// Fails the test unless status and whole text are these.
    #[track_caller]
    pub(crate) fn expect_text(self, status: u16, text: &str) -> Self {
        let response = self.expect(status);
        assert_eq!(response.text(), text, "{}", response.asked);
        response
    }

    /// Fails the test unless the status is this one and the body speaks of this.
    #[track_caller]
    pub(crate) fn expect_mention(self, status: u16, text: &str) -> Self {
        let response = self.expect(status);
        let unescaped = response.text().replace("\\\\", "\\").replace("\\\"", "\"");
        assert!(
            unescaped.contains(text),
            "{} should mention {text:?} but answered {response}",
            response.asked
        );
        response
    }

    /// Whether the connection can carry another request.
    pub(super) fn keeps_alive(&self) -> bool {
        let framed = self.header("content-length").is_some() || self.header("transfer-encoding").is_some();
        let closing = self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        !closing && (framed || self.status == 204 || self.status == 304)
    }

    /// Reads one answer; interim answers (1xx) are skipped.
    pub(super) fn read(reader: &mut impl BufRead, asked: String, head_only: bool) -> io::Result<Self> {
        loop {
            let (status, headers) = read_head(reader)?;
            if (100..200).contains(&status) {
                continue;
            }
            let mut response = Self { asked, status, headers, body: Vec::new() };
            if !head_only && status != 204 && status != 304 {
                response.body = read_body(reader, &response)?;
            }
            return Ok(response);
        }
    }
}

impl std::fmt::Display for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = self.text().chars().take(2000).collect();
        write!(f, "{} {text:?}", self.status)
    }
}

fn read_head(reader: &mut impl BufRead) -> io::Result<(u16, Vec<(String, String)>)> {
    let line = read_line(reader)?;
    let status =
        line.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(|| bad("status line", &line))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("header", &line))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

fn read_body(reader: &mut impl BufRead, response: &Response) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if response.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        loop {
            let line = read_line(reader)?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)
                .map_err(|_| bad("chunk size", &line))?;
            let start = body.len();
            body.resize(start + size, 0);
            reader.read_exact(&mut body[start..])?;
            read_line(reader)?;
            if size == 0 {
                return Ok(body);
            }
        }
    } else if let Some(length) = response.header("content-length") {
        body.resize(length.parse().map_err(|_| bad("content length", length))?, 0);
        reader.read_exact(&mut body)?;
    } else {
        reader.read_to_end(&mut body)?;
    }
    Ok(body)
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the connection was closed before a whole answer",
        ));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

fn bad(what: &str, found: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("bad {what}: {found:?}"))
}

#[test]
fn answers_are_read_however_they_are_framed() {
    let read = |text: &str| Response::read(&mut text.as_bytes(), "x".to_owned(), false);
    let chunked = read(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
    )
    .expect("a whole answer");
    assert_eq!(
        (chunked.status, chunked.text().as_str(), chunked.keeps_alive()),
        (200, "abc0123456789", true)
    );
    let counted =
        read("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nConnection: close\r\n\r\nno, and more")
            .expect("a whole answer");
    assert_eq!((counted.status, counted.text().as_str(), counted.keeps_alive()), (404, "no", false));
    let closed = read("HTTP/1.1 200 OK\r\n\r\nto the end").expect("a whole answer");
    assert_eq!((closed.text().as_str(), closed.keeps_alive()), ("to the end", false));
    for cut in ["", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"] {
        assert!(read(cut).is_err(), "{cut:?}");
    }
}
