//! [`Query`]: parameters of the query.

use std::{borrow::Cow, ops::Deref};

use fnhost_protocol::http::HttpCall;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::parameters::{Parameters, Place};
use crate::{call::Call, error::Result, extract::FromRequest};

/// The parameters of the query as a struct; names are compared without case, unknown ones are ignored. Where a
/// name comes several times, a `Vec` gets all values in order, a text gets them joined by commas. A missing or
/// wrong value is answered with 400.
///
/// ```
/// # use fnhost_sdk::Query;
/// #[derive(serde::Deserialize)]
/// struct Page {
///     search: Option<String>,
///     #[serde(default)]
///     tags: Vec<String>,
///     top: u32,
/// }
///
/// pub async fn run(Query(page): Query<Page>) -> String {
///     format!("{} about {:?} with {:?}", page.top, page.search, page.tags)
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
        let pairs: Vec<_> = pairs(request.uri.query().unwrap_or_default()).collect();
        let mut entries: Vec<(&str, Vec<&str>)> = Vec::with_capacity(pairs.len());
        for (name, value) in &pairs {
            match entries.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                Some((_, values)) => values.push(value),
                None => entries.push((name, vec![value])),
            }
        }
        Ok(Self(Parameters::new(Place::Query, entries).read()?))
    }
}

/// Names and values in order, decoded. What is no UTF-8 gets replacement characters.
fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn decode(text: &str) -> String {
    let text = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// All values of one name, compared without case.
pub(super) fn values_of(query: &str, name: &str) -> impl Iterator<Item = String> {
    pairs(query).filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
