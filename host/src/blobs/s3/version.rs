//! Which version of a blob an object is.

use aws_sdk_s3::primitives::DateTime;
use fnhost_protocol::{blob::BlobProperties, time::Timestamp};

/// `etag.size.modified`: what a listing, a HEAD, and a GET agree upon, on every store. Numbers of versions would be
/// better, but listings do not tell them. Whole seconds, because headers have no more.
pub(super) fn version(etag: Option<&str>, length: u64, modified: Option<&DateTime>) -> String {
    let etag = etag.map_or("", plain);
    format!("{etag}.{length}.{}", modified.map(DateTime::secs).unwrap_or_default())
}

/// The tag without its quotes.
fn plain(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag).trim_matches('"')
}

/// Properties from what every answer has.
pub(super) fn properties(
    etag: Option<&str>,
    length: Option<i64>,
    modified: Option<&DateTime>,
) -> BlobProperties {
    let length = length.and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
    BlobProperties {
        length,
        version: version(etag, length, modified),
        etag: etag.map(|etag| plain(etag).to_owned()),
        last_modified: modified.map(|time| Timestamp::from_micros(time.secs().saturating_mul(1_000_000))),
        ..BlobProperties::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings_and_headers_agree() {
        let listed = DateTime::from_fractional_secs(1_700_000_000, 0.25);
        let header = DateTime::from_secs(1_700_000_000);
        let version = version(Some("\"abc-2\""), 7, Some(&listed));
        assert_eq!(version, "abc-2.7.1700000000");
        assert_eq!(properties(Some("abc-2"), Some(7), Some(&header)).version, version);
        assert_eq!(properties(None, None, None).version, ".0.0");
    }
}
