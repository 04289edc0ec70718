//! Bodies of requests: bounded by the payload limit, and read as JSON.

use bytes::{Bytes, BytesMut};
use fnhost_protocol::json::{InvalidJson, JsonText};
use http::StatusCode;
use http_body::Body;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use crate::http_server::{BodyError, Problem, RequestBody};

/// Reads a body of at most so many bytes.
pub(super) async fn read(mut body: RequestBody, limit: usize) -> Result<Bytes, BodyError> {
    let too_large = || BodyError::TooLarge { limit: limit as u64 };
    let hint = body.size_hint();
    if hint.lower() > limit as u64 {
        return Err(too_large());
    }
    if hint.exact().is_some() {
        return body.collect_bytes().await;
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await.transpose()? {
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Err(too_large());
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// Why a body is no JSON.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotJson {
    /// Not text.
    #[error("the body is not UTF-8 text")]
    NotText,
    /// Text, but no JSON.
    #[error(transparent)]
    Invalid(#[from] InvalidJson),
}

/// The text of a body. Some clients begin it with a byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<&str, NotJson> {
    let text = std::str::from_utf8(bytes).map_err(|_| NotJson::NotText)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The JSON of a body; `null` when there is none.
pub(super) fn json(bytes: &[u8]) -> Result<JsonText, NotJson> {
    if bytes.is_empty() {
        return Ok(JsonText::null());
    }
    Ok(JsonText::parse(text(bytes)?)?)
}

/// Reads the body of a call below `/admin` as a value; the value's default when there is none.
pub(super) async fn value<T: DeserializeOwned + Default>(
    body: RequestBody,
    limit: usize,
) -> Result<T, Problem> {
    let bytes = read(body, limit).await?;
    if bytes.is_empty() {
        return Ok(T::default());
    }
    let bad = |why: String| Problem::new(StatusCode::BAD_REQUEST, "invalidJson").detail(why);
    let json = json(&bytes).map_err(|error| bad(error.to_string()))?;
    json.read().map_err(|error| bad(format!("the body has another form than is asked for: {error}")))
}
