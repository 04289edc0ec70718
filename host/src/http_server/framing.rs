//! Follows where the messages of an HTTP/1 stream begin and end, so as to know what hyper does not tell.
//!
//! Two things: whether a request carried both `Content-Length` and `Transfer-Encoding` (hyper drops the first of them
//! and goes on; behind a proxy that reads the other one this is request smuggling, so we refuse), and whether the
//! peer is between messages, inside a head or inside a body (deadlines and closing differ).
//!
//! [`socket`](super::socket) feeds it every byte once, before hyper sees it. It only watches: hyper still parses, and
//! whatever hyper refuses ends the connection, so on malformed input the answer here does not matter. On input that
//! hyper accepts both must agree, which is why line ends and chunks are read exactly as httparse and hyper read them.
//!
//! ```text
//! Head ──blank line──▶ Head | Length(n) | Chunked      ──end of body──▶ Head
//!   ├── HTTP/2's first line ──▶ Preface(n) ──▶ Untracked
//!   └── a head that is refused ──▶ Untracked
//! ```

use super::lines::{Newlines, PartialLine};

/// The place in the stream, and what its heads have said.
#[derive(Debug, Default)]
pub(super) struct Framing {
    place: Place,
    head: Head,
    /// The beginning of the head's current line when it came in an earlier read.
    line: PartialLine,
    /// Complete heads so far. hyper makes one call of the gateway of each, in order.
    heads: u32,
    refused: Option<u32>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Head,
    Length(u64),
    Chunked(Chunk),
    /// What follows the first line of HTTP/2's preface.
    Preface(u64),
    Untracked {
        http2: bool,
    },
}

/// hyper's chunk decoder, without the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Size(u64),
    /// After the digits of the size: white space and extensions, up to the end of the line.
    SizeRest(u64),
    Data(u64),
    DataEnd,
    EndCr,
    EndLf,
    Trailer,
    TrailerLf,
}

/// What the lines of the current head have said so far.
#[derive(Debug, Default)]
struct Head {
    started: bool,
    request_line: bool,
    /// A `Transfer-Encoding` was seen; hyper accepts none but `chunked`.
    coded: bool,
    length: Option<u64>,
    verdict: Verdict,
}

/// What becomes of a head once it is complete.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    #[default]
    Fine,
    /// hyper refuses it by itself.
    Malformed,
    /// Its end cannot be told beyond doubt: the gateway refuses it.
    Ambiguous,
}

impl Framing {
    /// The number (from 1) of the request that has to be refused. Nothing after it is followed.
    pub(super) fn refused(&self) -> Option<u32> {
        self.refused
    }

    /// Whether the bytes so far end inside a request's head (or what stands in its place in HTTP/2).
    pub(super) fn in_head(&self) -> bool {
        match self.place {
            Place::Head => self.head.started,
            Place::Preface(_) => true,
            Place::Length(_) | Place::Chunked(_) | Place::Untracked { .. } => false,
        }
    }

    /// Whether the peer has begun something that it has not finished sending. True as well once the stream cannot be
    /// followed any more, except for HTTP/2.
    pub(super) fn mid_message(&self) -> bool {
        match self.place {
            Place::Head => self.head.started,
            Place::Length(_) | Place::Chunked(_) | Place::Preface(_) => true,
            Place::Untracked { http2 } => !http2,
        }
    }

    /// Whether the connection turned out to speak HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        self.place == Place::Untracked { http2: true }
    }

    /// Takes the next bytes of the stream.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while let Some(first) = bytes.first() {
            match &mut self.place {
                Place::Head => bytes = self.feed_head(bytes),
                Place::Length(left) => {
                    bytes = skip(bytes, left);
                    if *left == 0 {
                        self.place = Place::Head;
                    }
                }
                Place::Preface(left) => {
                    bytes = skip(bytes, left);
                    if *left == 0 {
                        self.place = Place::Untracked { http2: true };
                    }
                }
                Place::Chunked(Chunk::Data(left)) => {
                    bytes = skip(bytes, left);
                    if *left == 0 {
                        self.place = Place::Chunked(Chunk::DataEnd);
                    }
                }
                Place::Chunked(chunk) => {
                    self.place = chunk.after(*first);
                    bytes = &bytes[1..];
                }
                Place::Untracked { .. } => return,
            }
        }
    }

    /// Takes lines to the end of the head, or as many as there are; returns what is left.
    fn feed_head<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        self.head.started = true;
        let mut start = 0;
        for end in Newlines::of(bytes) {
            let line = &bytes[start..end];
            start = end + 1;
            if self.line.is_empty() {
                if self.head.request_line && !may_matter(line) {
                    continue;
                }
                self.end_line(line, false);
            } else {
                self.line.push(line);
                let whole = std::mem::take(&mut self.line);
                self.end_line(whole.bytes(), whole.cut);
            }
            if self.place != Place::Head || !self.head.started {
                return &bytes[start..];
            }
        }
        self.line.push(&bytes[start..]);
        &[]
    }

    fn end_line(&mut self, line: &[u8], cut: bool) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return self.end_head();
        }
        if !self.head.request_line {
            self.head.request_line = true;
            if self.heads == 0 && line == b"PRI * HTTP/2.0" {
                self.place = Place::Preface(b"\r\nSM\r\n\r\n".len() as u64);
            }
            return;
        }
        if let Some(value) = value_of(line, b"content-length") {
            self.head.add_length(value, cut);
        } else if value_of(line, b"transfer-encoding").is_some() {
            self.head.coded = true;
        }
    }

    /// A blank line: the end of a head, or one of those that may stand before it.
    fn end_head(&mut self) {
        let head = std::mem::take(&mut self.head);
        if !head.request_line {
            return;
        }
        self.heads = self.heads.saturating_add(1);
        self.place = match head {
            Head { verdict: Verdict::Malformed, .. } => Place::Untracked { http2: false },
            Head { verdict: Verdict::Ambiguous, .. } | Head { coded: true, length: Some(_), .. } => {
                self.refused = Some(self.heads);
                Place::Untracked { http2: false }
            }
            Head { coded: true, length: None, .. } => Place::Chunked(Chunk::Size(0)),
            Head { length: Some(length), .. } if length > 0 => Place::Length(length),
            Head { .. } => Place::Head,
        };
    }
}

impl Head {
    fn add_length(&mut self, value: &[u8], cut: bool) {
        if cut {
            // Nobody in good faith writes a length of a hundred characters.
            self.verdict = Verdict::Ambiguous;
            return;
        }
        match (parse_length(value), self.length) {
            (Some(length), None) => self.length = Some(length),
            (Some(length), Some(known)) if length == known => {}
            _ => self.verdict = Verdict::Malformed,
        }
    }
}

impl Chunk {
    /// The place after one more byte; [`Chunk::Data`] is skipped as a whole by the caller.
    fn after(self, byte: u8) -> Place {
        let next = match (self, byte) {
            (Chunk::Size(0) | Chunk::SizeRest(0), b'\n') => Chunk::EndCr,
            (Chunk::Size(size) | Chunk::SizeRest(size), b'\n') => Chunk::Data(size),
            (Chunk::Size(size), digit) if digit.is_ascii_hexdigit() => {
                let digit = char::from(digit).to_digit(16).map_or(0, u64::from);
                match size.checked_mul(16).and_then(|size| size.checked_add(digit)) {
                    Some(size) => Chunk::Size(size),
                    None => return Place::Untracked { http2: false },
                }
            }
            (Chunk::Size(size) | Chunk::SizeRest(size), _) => Chunk::SizeRest(size),
            (Chunk::DataEnd | Chunk::Data(_), b'\n') => Chunk::Size(0),
            (Chunk::DataEnd | Chunk::Data(_), _) => Chunk::DataEnd,
            (Chunk::EndCr, b'\r') => Chunk::EndLf,
            (Chunk::EndLf, _) => return Place::Head,
            (Chunk::Trailer, b'\r') => Chunk::TrailerLf,
            (Chunk::TrailerLf, _) => Chunk::EndCr,
            (Chunk::EndCr | Chunk::Trailer, _) => Chunk::Trailer,
        };
        Place::Chunked(next)
    }
}

/// Whether a header line (or the blank one) needs a closer look. Most do not: the two names start with letters that
/// few others share.
fn may_matter(line: &[u8]) -> bool {
    line.first().is_none_or(|first| matches!(first, b'c' | b'C' | b't' | b'T' | b'\r'))
}

/// Drops up to `left` bytes from the front and counts them off.
fn skip<'b>(bytes: &'b [u8], left: &mut u64) -> &'b [u8] {
    let here = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
    *left -= here as u64;
    &bytes[here..]
}

/// The value of a header line when its name is `name` (given in lower case).
fn value_of<'l>(line: &'l [u8], name: &[u8]) -> Option<&'l [u8]> {
    let (found, rest) = line.split_at_checked(name.len())?;
    if found.eq_ignore_ascii_case(name) { rest.strip_prefix(b":") } else { None }
}

fn parse_length(value: &[u8]) -> Option<u64> {
    let digits = value.trim_ascii();
    // `parse` would take a leading plus sign; a message length has none.
    if digits.iter().any(|byte| !byte.is_ascii_digit()) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
#[path = "framing_tests.rs"]
mod tests;
