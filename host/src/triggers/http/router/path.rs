//! Paths as they come in: cut into segments first, decoded after.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Why a path cannot be matched against anything: the request is wrong (400), not the address (404).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A `%` is not followed by two hexadecimal digits.
    #[error("decode the path: at byte {at} a % is not followed by two hexadecimal digits")]
    BadEscape {
        /// Where the `%` stands, counted from 0.
        at: usize,
    },
    /// A segment's bytes are not UTF-8 once decoded.
    #[error("decode the path: the segment at byte {at} is not UTF-8")]
    NotUtf8 {
        /// Where the segment begins, counted from 0.
        at: usize,
    },
    /// A `%00`: no store keeps it, and no file is named so.
    #[error("decode the path: at byte {at} there is an encoded NUL")]
    Nul {
        /// Where the `%` stands, counted from 0.
        at: usize,
    },
}

/// Checks that every segment of `path` can be decoded.
pub(super) fn check(path: &str) -> Result<(), PathError> {
    // Nearly all paths end here.
    if !path.as_bytes().contains(&b'%') {
        return Ok(());
    }
    for (at, _) in path.match_indices('%') {
        match path.as_bytes().get(at + 1..at + 3) {
            Some(b"00") => return Err(PathError::Nul { at }),
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {}
            _ => return Err(PathError::BadEscape { at }),
        }
    }
    let mut at = 0;
    for segment in path.split('/') {
        if percent_decode_str(segment).decode_utf8().is_err() {
            return Err(PathError::NotUtf8 { at });
        }
        at += segment.len() + 1;
    }
    Ok(())
}

/// The text of a piece of a path that [`check`] has passed.
pub(super) fn decode(piece: &str) -> Cow<'_, str> {
    if piece.as_bytes().contains(&b'%') {
        percent_decode_str(piece).decode_utf8_lossy()
    } else {
        Cow::Borrowed(piece)
    }
}

/// What is below the root: the path without its first slash. `None` for what is not a path (`*`).
pub(super) fn below_root(path: &str) -> Option<&str> {
    if path.is_empty() { Some(path) } else { path.strip_prefix('/') }
}

/// The first segment and what follows its slash; `None` at the end. A slash at the very end begins nothing.
pub(super) fn next_segment(rest: &str) -> Option<(&str, &str)> {
    if rest.is_empty() {
        return None;
    }
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Vec<&str> {
        let mut rest = below_root(path).unwrap();
        let mut segments = Vec::new();
        while let Some((segment, after)) = next_segment(rest) {
            segments.push(segment);
            rest = after;
        }
        segments
    }

    #[test]
    fn segments_are_what_is_between_slashes() {
        assert_eq!(segments(""), [""; 0]);
        assert_eq!(segments("/"), [""; 0]);
        assert_eq!(segments("/a"), ["a"]);
        assert_eq!(segments("/a/"), ["a"]);
        assert_eq!(segments("/a/b"), ["a", "b"]);
        assert_eq!(segments("//"), [""]);
        assert_eq!(segments("//a"), ["", "a"]);
        assert_eq!(segments("/a//"), ["a", ""]);
        assert_eq!(segments("/a//b/"), ["a", "", "b"]);
        assert_eq!(segments("/a/../b/."), ["a", "..", "b", "."]);
        assert_eq!(below_root("*"), None);
    }

    #[test]
    fn bad_escapes_are_found_where_they_are() {
        assert_eq!(check("/a%20b/%C3%A4"), Ok(()));
        assert_eq!(check("/a%"), Err(PathError::BadEscape { at: 2 }));
        assert_eq!(check("/a%2"), Err(PathError::BadEscape { at: 2 }));
        assert_eq!(check("/%20/%zz"), Err(PathError::BadEscape { at: 5 }));
        assert_eq!(check("/%+1"), Err(PathError::BadEscape { at: 1 }));
        assert_eq!(check("/%ä"), Err(PathError::BadEscape { at: 1 }));
        assert_eq!(check("/a/%ff"), Err(PathError::NotUtf8 { at: 3 }));
        // A character cut in two by a slash is none.
        assert_eq!(check("/%C3/%A4"), Err(PathError::NotUtf8 { at: 1 }));
        assert_eq!(check("/a%00"), Err(PathError::Nul { at: 2 }));
    }

    #[test]
    fn decoding_borrows_where_it_can() {
        assert!(matches!(decode("a+b"), Cow::Borrowed("a+b")));
        assert_eq!(decode("a%2Fb%20c"), "a/b c");
    }
}
