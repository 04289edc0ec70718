//! An answer, read to its end.

use fnhost::http_server::Response;
use http::HeaderMap;
use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn of(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let bytes = body.as_bytes().expect("answers of this API are not streamed");
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// This status and no body.
    #[track_caller]
    pub(crate) fn is_empty(&self, status: u16) {
        assert_eq!((self.status, self.body.as_str()), (status, ""));
    }

    /// This status, and a JSON body of exactly this.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: Value) {
        assert_eq!((self.status, self.json()), (status, body));
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
    }

    /// An error of the durable API that is only a text.
    #[track_caller]
    pub(crate) fn says(&self, status: u16, message: &str) {
        self.is(status, serde_json::json!({ "Message": message }));
    }

    /// A wrong argument of the durable API.
    #[track_caller]
    pub(crate) fn is_argument_error(&self, why: &str) {
        self.is(
            400,
            serde_json::json!({
                "Message": "One or more of the arguments submitted is incorrect",
                "ExceptionMessage": why,
                "ExceptionType": "System.ArgumentException",
                "StackTrace": "",
            }),
        );
    }

    /// A body that is no JSON.
    #[track_caller]
    pub(crate) fn is_json_error(&self, why: &str) {
        self.is(
            400,
            serde_json::json!({
                "Message": "Invalid JSON content",
                "ExceptionMessage": why,
                "ExceptionType": "Newtonsoft.Json.JsonReaderException",
                "StackTrace": "",
            }),
        );
    }

    /// A problem document with this code and this text.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str, detail: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!((&problem["code"], &problem["detail"]), (&code.into(), &detail.into()));
    }
}
