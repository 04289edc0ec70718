//! The body: as JSON, as text, as bytes.

use bytes::Bytes;
use fnhost_protocol::http::HttpCall;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;

use crate::{
    call::Call,
    error::{Result, type_label},
    extract::{FromRequest, body_stream::whole},
    respond::{Json, Problem},
};

impl FromRequest for Bytes {
    fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
        whole(request).cloned()
    }
}

impl FromRequest for String {
    fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
        match std::str::from_utf8(whole(request)?) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(bad_body(
                StatusCode::BAD_REQUEST,
                format!("the body is no UTF-8 text: the byte at {} fits no character", error.valid_up_to()),
            )
            .into()),
        }
    }
}

impl<T: DeserializeOwned> FromRequest for Json<T> {
    fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
        if let Some(found) = other_than_json(&request.headers) {
            return Err(bad_body(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("the body is `{found}`; allowed: application/json"),
            )
            .into());
        }
        let body = whole(request)?;
        if body.is_empty() {
            let wanted = type_label::<T>();
            return Err(bad_body(
                StatusCode::BAD_REQUEST,
                format!("the body is empty; allowed: JSON for `{wanted}`"),
            )
            .into());
        }
        serde_json::from_slice(body).map(Json).map_err(|error| unreadable::<T>(&error).into())
    }
}

impl<T: DeserializeOwned> FromRequest for Option<Json<T>> {
    fn from_request(request: &HttpCall, call: &Call) -> Result<Self> {
        if whole(request)?.is_empty() {
            return Ok(None);
        }
        Json::from_request(request, call).map(Some)
    }
}

fn unreadable<T>(error: &serde_json::Error) -> Problem {
    if error.is_data() {
        let wanted = type_label::<T>();
        return bad_body(StatusCode::UNPROCESSABLE_ENTITY, format!("the body is no `{wanted}`: {error}"));
    }
    bad_body(StatusCode::BAD_REQUEST, format!("the body is no JSON: {error}"))
}

fn bad_body(status: StatusCode, detail: String) -> Problem {
    Problem::new(status, detail).parameter("body")
}

/// The media type of the body, when one is given that is not JSON.
fn other_than_json(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let media_type = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = media_type.is_empty()
        || media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    (!is_json).then_some(media_type)
}
