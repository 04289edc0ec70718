//! [`Json`]: a body that is JSON, coming in or going out.

use std::ops::{Deref, DerefMut};

/// JSON in or out of an HTTP function.
///
/// As a parameter it reads the body, whose type must be `application/json` (or none be given); a wrong type is
/// answered with 415, broken JSON with 400, JSON of another shape with 422, each with a problem document.
/// `Option<Json<T>>` is `None` for an empty body. As a return value it answers 200 with the value.
///
/// ```
/// # use fnhost_sdk::Json;
/// #[derive(serde::Deserialize)]
/// struct Order { item: String, count: u32 }
///
/// #[derive(serde::Serialize)]
/// struct Receipt { text: String }
///
/// pub async fn run(Json(order): Json<Order>) -> Json<Receipt> {
///     Json(Receipt { text: format!("{} × {}", order.count, order.item) })
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
