//! Paths as segments: literals are compared without case, names and ids keep theirs.

use percent_encoding::percent_decode_str;

/// A path without its slashes, percent-decoded.
pub(super) struct Path {
    segments: Vec<String>,
    lower: Vec<String>,
}

impl Path {
    /// `None` when a segment is not UTF-8. One slash at the end makes no difference.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let decode =
            |segment: &str| percent_decode_str(segment).decode_utf8().ok().map(std::borrow::Cow::into_owned);
        let segments: Vec<String> = path.split('/').map(decode).collect::<Option<_>>()?;
        let lower = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
        Some(Self { segments, lower })
    }

    /// The segments in lower case, to match literals.
    pub(super) fn lower(&self) -> Vec<&str> {
        self.lower.iter().map(String::as_str).collect()
    }

    /// The segments as they came, from this one on.
    pub(super) fn from(&self, first: usize) -> &[String] {
        self.segments.get(first..).unwrap_or_default()
    }

    /// One segment as it came; empty when there is none.
    pub(super) fn at(&self, index: usize) -> &str {
        self.segments.get(index).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_after_they_are_split() {
        let path = Path::parse("/Admin/functions/a%2Fb%20%C3%BC/").unwrap();
        assert_eq!(path.lower(), ["admin", "functions", "a/b ü"]);
        assert_eq!(path.from(1), ["functions", "a/b ü"]);
        assert_eq!((path.at(0), path.at(9)), ("Admin", ""));
        assert!(path.from(4).is_empty());
        assert_eq!(Path::parse("/a//b").unwrap().lower(), ["a", "", "b"]);
        assert!(Path::parse("/a/%FF").is_none());
    }
}
