//! Cases for [`Framing`]: each is fed whole, byte by byte, and in every split of two.

use proptest::prelude::*;

use super::*;

/// What an onlooker can tell after some bytes.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    heads: u32,
    refused: Option<u32>,
    in_head: bool,
    mid_message: bool,
    http2: bool,
}

fn seen(framing: &Framing) -> Seen {
    Seen {
        heads: framing.heads,
        refused: framing.refused(),
        in_head: framing.in_head(),
        mid_message: framing.mid_message(),
        http2: framing.is_http2(),
    }
}

fn fed(pieces: &[&[u8]]) -> Seen {
    let mut framing = Framing::default();
    for piece in pieces {
        framing.feed(piece);
    }
    seen(&framing)
}

fn check(input: &str, expected: Seen) {
    let bytes = input.as_bytes();
    assert_eq!(fed(&[bytes]), expected, "whole: {input:?}");
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(fed(&single), expected, "byte by byte: {input:?}");
    for split in 0..bytes.len() {
        let (one, two) = bytes.split_at(split);
        assert_eq!(fed(&[one, two]), expected, "split at {split}: {input:?}");
    }
}

fn between(heads: u32) -> Seen {
    Seen { heads, refused: None, in_head: false, mid_message: false, http2: false }
}

fn in_head(heads: u32) -> Seen {
    Seen { in_head: true, mid_message: true, ..between(heads) }
}

fn in_body(heads: u32) -> Seen {
    Seen { mid_message: true, ..between(heads) }
}

fn refused(heads: u32) -> Seen {
    Seen { refused: Some(heads), ..in_body(heads) }
}

#[test]
fn heads_without_a_body_follow_each_other() {
    check("", between(0));
    check("GET / HTTP/1.1\r\nHost: a\r\n\r\n", between(1));
    check("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\nGET / HTTP/1.0\n\n", between(3));
    check("GET / HTTP/1.1\r\nHost: a\r\n", in_head(0));
    check("G", in_head(0));
    check("GET / HTTP/1.1\r\nHost: a\r\n\r\nG", in_head(1));
}

#[test]
fn blank_lines_before_a_head_are_nothing() {
    check("\r\n\r\n\n", between(0));
    check("\r\nGET / HTTP/1.1\r\n\r\n\r\n", between(1));
}

#[test]
fn a_length_is_skipped_whatever_its_bytes_are() {
    check("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n\r\n\r\n", in_body(1));
    check("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345", between(1));
    check("POST / HTTP/1.1\r\ncontent-LENGTH:\t 5 \r\n\r\n12345GET / HTTP/1.1\r\n\r\n", between(2));
    check("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", between(1));
    // A body that looks like a smuggled request is a body.
    let inner = "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
    check(&format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{inner}", inner.len()), between(1));
}

#[test]
fn chunks_are_followed_to_their_end() {
    let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    check(head, in_body(1));
    check(&format!("{head}5\r\nab\r\nc"), in_body(1));
    check(&format!("{head}5\r\nab\r\nc\r\n0\r\n\r\n"), between(1));
    check(&format!("{head}5\r\nab\r\nc\r\n0\r\n\r\nGET"), in_head(1));
    check(&format!("{head}A;ext=\"x\"\r\n0123456789\r\n00\r\n\r\n"), between(1));
    check(&format!("{head}1 \r\nx\r\n0\r\nTrailer: 1\r\nOther: 2\r\n\r\n"), between(1));
    check(&format!("{head}0\r\nTrailer: 1\r\n"), in_body(1));
    // hyper wants CR LF inside trailers: a bare LF does not end them.
    check(&format!("{head}0\r\nA: b\n\r\n"), in_body(1));
    check(&format!("{head}fffffffffffffffff\r\n"), in_body(1));
}

#[test]
fn both_length_and_coding_are_refused_in_either_order() {
    check("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", refused(1));
    check("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n", refused(1));
    check("POST / HTTP/1.1\r\ntransfer-encoding:x\r\nX: y\r\nCONTENT-LENGTH:1\r\n\r\n", refused(1));
    let first = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
    check(
        &format!("{first}POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"),
        refused(2),
    );
}

#[test]
fn names_must_match_to_the_colon() {
    check("POST / HTTP/1.1\r\nContent-Lengthy: 5\r\n\r\n", between(1));
    check("POST / HTTP/1.1\r\nX-Content-Length: 5\r\n\r\n", between(1));
    check("POST / HTTP/1.1\r\nContent-Length\r\n\r\n", between(1));
    check("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", in_body(1));
}

#[test]
fn what_hyper_refuses_is_followed_no_further() {
    check("POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", in_body(1));
    check("POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n", in_body(1));
    check("POST / HTTP/1.1\r\nContent-Length: \r\n\r\n", in_body(1));
    check("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", in_body(1));
    check("POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", between(1));
}

#[test]
fn a_length_too_long_to_keep_is_refused_when_it_came_in_pieces() {
    let mut framing = Framing::default();
    framing.feed(b"POST / HTTP/1.1\r\nContent-");
    framing.feed(b"Length:");
    framing.feed(&[b' '; 200]);
    framing.feed(b"5\r\n\r\n");
    assert_eq!(framing.refused(), Some(1));
}

#[test]
fn the_preface_of_http2_ends_the_watch() {
    let preface = Seen { http2: true, ..between(0) };
    check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", preface);
    check("PRI * HTTP/2.0", in_head(0));
    check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", in_head(0));
    check("GET / HTTP/1.1\r\n\r\nPRI * HTTP/2.0\r\n", in_head(1));
}

proptest! {
    #[test]
    fn any_split_of_any_bytes_gives_the_same(
        bytes in proptest::collection::vec(prop_oneof![
            Just(b"POST / HTTP/1.1\r\n".to_vec()), Just(b"Content-Length: 3\r\n".to_vec()),
            Just(b"Transfer-Encoding: chunked\r\n".to_vec()), Just(b"\r\n".to_vec()), Just(b"3\r\nabc\r\n".to_vec()),
            Just(b"0\r\n\r\n".to_vec()), proptest::collection::vec(any::<u8>(), 0..8),
        ], 0..12),
        cuts in proptest::collection::vec(1usize..9, 1..20),
    ) {
        let bytes = bytes.concat();
        let whole = fed(&[&bytes]);
        let mut framing = Framing::default();
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, more) = rest.split_at((*cut).min(rest.len()));
            framing.feed(piece);
            rest = more;
        }
        prop_assert_eq!(seen(&framing), whole);
    }
}
