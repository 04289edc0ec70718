//! Talking to the host that has an app's database open: what a command cannot do behind its back, it asks it to do.

use std::{io, path::Path};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    app::Loaded,
    http_server::send_local,
    runtime::{self, Database, RunningHost},
};

/// What stands in a path as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A host that runs, or a file that one left behind.
pub(super) struct Running(RunningHost);

impl Running {
    /// The host of this app that says in a file that it runs.
    pub(super) fn find(loaded: &Loaded, app: &Path, chosen: Option<&Database>) -> Option<Self> {
        let database = runtime::database(loaded.config.durable(), &loaded.settings, chosen).ok()?;
        RunningHost::find(&database, app).map(Self)
    }

    /// Sends a request to its management API. `None` when it does not run any more: nobody listens there, or somebody
    /// else who does not know the key.
    ///
    /// # Errors
    /// When it went away in the middle of the call; then nobody knows whether the call had its effect.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> io::Result<Option<Response<Bytes>>> {
        let Some(address) = self.0.url.strip_prefix("http://").and_then(|address| address.parse().ok())
        else {
            return Ok(None);
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-functions-key", &self.0.key)
            .body(body.into())
            .map_err(io::Error::other)?;
        match send_local(address, request).await {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED => Ok(None),
            Ok(response) => Ok(Some(response)),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Where it answers.
    pub(super) fn url(&self) -> &str {
        &self.0.url
    }
}

/// A name as a segment of a path.
pub(super) fn segment(name: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(name, PLAIN)
}

/// What an answer that is an error says to people: its detail if it has one.
pub(super) fn detail(answer: &Response<Bytes>) -> String {
    let problem = serde_json::from_slice::<serde_json::Value>(answer.body()).ok();
    match problem.as_ref().and_then(|problem| problem["detail"].as_str()) {
        Some(detail) => detail.to_owned(),
        None => format!("the host answered {}", answer.status()),
    }
}
