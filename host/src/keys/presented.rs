//! The key that a request carries.

use std::borrow::Cow;

use http::HeaderMap;

/// The header that carries a key.
const HEADER: &str = "x-functions-key";

/// The query parameter that carries a key, where there is no header: links have no headers.
const PARAMETER: &str = "code";

/// The key of a request: of the header `x-functions-key` if there is one, even an empty one, otherwise of `?code=`.
///
/// ```
/// let headers = http::HeaderMap::new();
/// assert_eq!(fnhost::keys::presented(&headers, Some("x=1&code=a%2Bb")).as_deref(), Some("a+b"));
/// ```
pub fn presented<'r>(headers: &'r HeaderMap, query: Option<&'r str>) -> Option<Cow<'r, str>> {
    if let Some(value) = headers.get(HEADER) {
        // What is no text is no key, and opens nothing.
        return Some(Cow::Borrowed(value.to_str().unwrap_or_default()));
    }
    form_urlencoded::parse(query?.as_bytes())
        .find(|(name, _)| name.eq_ignore_ascii_case(PARAMETER))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn key(query: &str, header: Option<&[u8]>) -> Option<String> {
        let value = header.map(|value| HeaderValue::from_bytes(value).unwrap());
        let headers = value.map(|value| (http::HeaderName::from_static(HEADER), value)).into_iter().collect();
        presented(&headers, Some(query)).map(Cow::into_owned)
    }

    #[test]
    fn the_header_wins_over_the_query() {
        for (query, header, expected) in [
            ("", None, None),
            ("a=1", None, None),
            ("a=1&code=x%20y", None, Some("x y")),
            ("Code=first&code=second", None, Some("first")),
            ("code=q", Some(&b"h"[..]), Some("h")),
            ("code=q", Some(b""), Some("")),
            ("code=q", Some(b"\xff"), Some("")),
            ("code=", None, Some("")),
        ] {
            assert_eq!(key(query, header).as_deref(), expected, "{query} {header:?}");
        }
    }
}
