//! What object stores tell of themselves, read: the events of AWS, and those of MinIO and RustFS. Pure.

use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// A blob that was written, as the store names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) bucket: String,
    /// The whole key, decoded.
    pub(super) key: String,
}

/// A body that is no notification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is no notification of an object store: {why}")]
pub(super) struct NoNotification {
    why: String,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
    /// `s3:TestEvent`, once, when notifications are set up.
    #[serde(rename = "Event")]
    event: Option<String>,
    /// MinIO and RustFS, beside `Records`.
    #[serde(rename = "EventName")]
    event_name: Option<String>,
    /// `bucket/key`, not encoded.
    #[serde(rename = "Key")]
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: String,
    s3: Place,
}

#[derive(Deserialize)]
struct Place {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// The blobs that a notification says were written; whatever else happened is passed over.
pub(super) fn read(body: &[u8]) -> Result<Vec<Written>, NoNotification> {
    let none = |why: String| NoNotification { why };
    let document: Document = serde_json::from_slice(body).map_err(|error| none(error.to_string()))?;
    if let Some(records) = document.records {
        let created = records.into_iter().filter(|record| is_created(&record.event_name));
        return created
            .map(|record| {
                let Place { bucket, object } = record.s3;
                Ok(Written { bucket: bucket.name, key: decoded(&object.key).map_err(none)? })
            })
            .collect();
    }
    if document.event.as_deref() == Some("s3:TestEvent") {
        return Ok(Vec::new());
    }
    match (document.event_name, document.key) {
        (Some(name), Some(_)) if !is_created(&name) => Ok(Vec::new()),
        (Some(_), Some(key)) => {
            let parts = key.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
            let (bucket, key) =
                parts.ok_or_else(|| none(format!("its `Key` is `{key}`; allowed: BUCKET/KEY")))?;
            Ok(vec![Written { bucket: bucket.to_owned(), key: key.to_owned() }])
        }
        _ => Err(none("it has neither `Records`, nor `Event`, nor `EventName` and `Key`".to_owned())),
    }
}

/// AWS writes `ObjectCreated:Put`, others `s3:ObjectCreated:Put`.
fn is_created(event: &str) -> bool {
    event.strip_prefix("s3:").unwrap_or(event).starts_with("ObjectCreated:")
}

/// As in a form: `+` is a blank.
fn decoded(key: &str) -> Result<String, String> {
    let blanks = key.replace('+', " ");
    let text = percent_decode_str(&blanks).decode_utf8();
    text.map(|text| text.into_owned()).map_err(|_| format!("the key `{key}` is no UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bucket: &str, key: &str) -> Written {
        Written { bucket: bucket.to_owned(), key: key.to_owned() }
    }

    #[test]
    fn events_of_aws() {
        let body = br#"{"Records":[
            {"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"s3SchemaVersion":"1.0",
             "bucket":{"name":"photos","arn":"arn:aws:s3:::photos"},
             "object":{"key":"in%2Fa+b%2B%C3%A9.txt","size":1024,"eTag":"d41d","sequencer":"0055AED6DCD90281E5"}}},
            {"eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"photos"},"object":{"key":"gone"}}},
            {"eventName":"ObjectCreated:CompleteMultipartUpload",
             "s3":{"bucket":{"name":"films"},"object":{"key":"b"}}}]}"#;
        assert_eq!(read(body).unwrap(), [written("photos", "in/a b+é.txt"), written("films", "b")]);
    }

    #[test]
    fn the_event_that_only_tries_is_no_blob() {
        let body = br#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-01T00:00:00.000Z","Bucket":"b"}"#;
        assert_eq!(read(body).unwrap(), []);
    }

    #[test]
    fn events_of_lookalikes() {
        let both = br#"{"EventName":"s3:ObjectCreated:Put","Key":"in/a b.txt","Records":[{"eventName":"s3:ObjectCreated:Put",
            "s3":{"bucket":{"name":"in"},"object":{"key":"a+b.txt","versionId":"1"}}}]}"#;
        assert_eq!(read(both).unwrap(), [written("in", "a b.txt")]);
        let short = br#"{"EventName":"s3:ObjectCreated:Put","Key":"in/x/a+b.txt"}"#;
        assert_eq!(read(short).unwrap(), [written("in", "x/a+b.txt")]);
        let removed = br#"{"EventName":"s3:ObjectRemoved:Delete","Key":"in/a"}"#;
        assert_eq!(read(removed).unwrap(), []);
    }

    #[test]
    fn what_is_none_says_why() {
        for (body, why) in [
            (&b"nonsense"[..], "expected"),
            (b"[]", "expected"),
            (b"{}", "neither `Records`"),
            (br#"{"EventName":"s3:ObjectCreated:Put","Key":"bucket"}"#, "allowed: BUCKET/KEY"),
            (br#"{"Records":[{"eventName":"ObjectCreated:Put"}]}"#, "missing field `s3`"),
            (
                br#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"%FF"}}}]}"#,
                "no UTF-8",
            ),
        ] {
            let error = read(body).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
