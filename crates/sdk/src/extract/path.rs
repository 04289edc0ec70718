//! [`Path`]: parameters of the route.

use std::ops::Deref;

use fnhost_protocol::http::HttpCall;
use serde::de::DeserializeOwned;

use super::parameters::{Parameters, Place};
use crate::{call::Call, error::Result, extract::FromRequest};

/// The parameters of the route, percent-decoded: one value, a tuple in the order of the template, or a struct by
/// name (compared without case). A value of a wrong form is answered with 400.
///
/// ```
/// # use fnhost_sdk::Path;
/// /// route = "orders/{id:int}"
/// pub async fn run(Path(id): Path<u32>) -> String {
///     format!("order {id}")
/// }
/// # async fn show() {
/// #[derive(serde::Deserialize)]
/// struct Item { order: u32, item: String }
/// async fn by_name(Path(Item { order, item }): Path<Item>) {}
/// async fn in_order(Path((order, item)): Path<(u32, String)>) {}
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Path<T> {
    fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
        let entries = request.route.iter().map(|(name, value)| (&**name, vec![value.as_str()])).collect();
        Ok(Self(Parameters::new(Place::Route, entries).read()?))
    }
}
