//! `Option` of a parameter: `None` when the request has nothing of the kind; what is there must be right.

use fnhost_protocol::http::HttpCall;
use serde::de::DeserializeOwned;

use super::{Path, Query};
use crate::{call::Call, error::Result, extract::FromRequest};

impl<T: DeserializeOwned> FromRequest for Option<Path<T>> {
    fn from_request(request: &HttpCall, call: &Call) -> Result<Self> {
        if request.route.is_empty() {
            return Ok(None);
        }
        Path::from_request(request, call).map(Some)
    }
}

impl<T: DeserializeOwned> FromRequest for Option<Query<T>> {
    fn from_request(request: &HttpCall, call: &Call) -> Result<Self> {
        if request.uri.query().unwrap_or_default().is_empty() {
            return Ok(None);
        }
        Query::from_request(request, call).map(Some)
    }
}
