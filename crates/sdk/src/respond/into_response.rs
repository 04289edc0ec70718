//! [`IntoResponse`]: which types an HTTP function may return.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{
    blob::Blob,
    error::{Error, Result},
    respond::{Json, Problem, Response},
};

/// Types that an HTTP function may return.
///
/// | type | answer |
/// |---|---|
/// | `()` | 200, empty |
/// | `&'static str`, `String` | 200, `text/plain; charset=utf-8` |
/// | `Bytes`, `Vec<u8>` | 200, `application/octet-stream` |
/// | [`Blob`] | 200, its content type or `application/octet-stream`, sent while it is read |
/// | [`Json<T>`] | 200, `application/json; charset=utf-8` |
/// | `StatusCode` | that status, empty |
/// | `(StatusCode, T)` | the answer of `T` with that status |
/// | [`Response`], [`Problem`] | as built |
/// | `Result<T, E>` | the answer of `T`; an error fails the invocation and answers 500 with a problem document that holds its message, unless it was made by [`Error::http`] or from a [`Problem`] |
///
/// ```
/// # use fnhost_sdk::{IntoResponse, Response, Result};
/// struct Page(String);
///
/// impl IntoResponse for Page {
///     fn into_response(self) -> Result<Response> {
///         Ok(Response::typed("text/html; charset=utf-8", self.0.into()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that an HTTP function can return",
    note = "return text, bytes, a `Blob`, `Json<T>`, `StatusCode`, `(StatusCode, T)`, `Response`, or `Result` of one of these"
)]
pub trait IntoResponse {
    /// The answer.
    ///
    /// # Errors
    /// When there is none: the function failed, or its value has no JSON form.
    fn into_response(self) -> Result<Response>;
}

impl IntoResponse for Response {
    fn into_response(self) -> Result<Response> {
        Ok(self)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Result<Response> {
        Ok(self.into())
    }
}

impl IntoResponse for () {
    fn into_response(self) -> Result<Response> {
        Ok(Response::new(StatusCode::OK))
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Result<Response> {
        Ok(Response::new(self))
    }
}

impl IntoResponse for &'static str {
    fn into_response(self) -> Result<Response> {
        Ok(Response::text(self))
    }
}

impl IntoResponse for String {
    fn into_response(self) -> Result<Response> {
        Ok(Response::text(self))
    }
}

impl IntoResponse for Bytes {
    fn into_response(self) -> Result<Response> {
        Ok(Response::typed("application/octet-stream", self))
    }
}

impl IntoResponse for Vec<u8> {
    fn into_response(self) -> Result<Response> {
        Bytes::from(self).into_response()
    }
}

impl IntoResponse for Blob {
    fn into_response(self) -> Result<Response> {
        let length = self.properties().length;
        let content_type = self.properties().content_type.clone();
        let mut reply = Response::stream(self.stream()).into_reply();
        reply.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        // What a store has taken as a content type is not always a header.
        if let Some(value) = content_type.and_then(|text| HeaderValue::try_from(text).ok()) {
            reply.headers.insert(header::CONTENT_TYPE, value);
        }
        Ok(reply.into())
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Result<Response> {
        Response::json(&self.0)
    }
}

impl<T: IntoResponse> IntoResponse for (StatusCode, T) {
    fn into_response(self) -> Result<Response> {
        Ok(self.1.into_response()?.with_status(self.0))
    }
}

impl<T: IntoResponse, E: Into<Error>> IntoResponse for Result<T, E> {
    fn into_response(self) -> Result<Response> {
        self.map_err(Into::into)?.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(value: impl IntoResponse) -> (u16, Option<String>, String) {
        let response = value.into_response().unwrap();
        let body = String::from_utf8(response.body().to_vec()).unwrap();
        (response.status().as_u16(), response.header("content-type").map(str::to_owned), body)
    }

    #[test]
    fn the_table_holds() {
        let text = Some("text/plain; charset=utf-8".to_owned());
        let json = Some("application/json; charset=utf-8".to_owned());
        let bytes = Some("application/octet-stream".to_owned());
        assert_eq!(answer(()), (200, None, String::new()));
        assert_eq!(answer("a"), (200, text.clone(), "a".to_owned()));
        assert_eq!(answer("b".to_owned()), (200, text.clone(), "b".to_owned()));
        assert_eq!(answer(vec![b'c']), (200, bytes, "c".to_owned()));
        assert_eq!(answer(Json(["d"])), (200, json.clone(), r#"["d"]"#.to_owned()));
        assert_eq!(answer(StatusCode::ACCEPTED), (202, None, String::new()));
        assert_eq!(answer((StatusCode::CREATED, Json(1))), (201, json, "1".to_owned()));
        assert_eq!(answer(Ok::<_, Error>((StatusCode::CREATED, "e"))), (201, text, "e".to_owned()));
    }

    #[test]
    fn what_has_no_json_form_is_an_error() {
        let map = std::collections::HashMap::from([(vec![1], 2)]);
        let error = Json(map).into_response().unwrap_err();
        assert_eq!(error.to_string(), "the answer cannot be written as JSON: key must be a string");
    }
}
