//! Parameters that HTTP functions may take.

use fnhost_protocol::http::HttpCall;

use crate::{call::Call, error::Result, extract::FromCall};

/// Parameters that HTTP functions may take: parts of the request, and all of [`FromCall`].
///
/// An error made from a [`Problem`](crate::Problem) answers the caller without running the function.
///
/// ```
/// # use fnhost_protocol::http::HttpCall;
/// # use fnhost_sdk::{Problem, Result, StatusCode, extract::{Call, FromRequest}};
/// struct ApiVersion(u32);
///
/// impl FromRequest for ApiVersion {
///     fn from_request(request: &HttpCall, _call: &Call) -> Result<Self> {
///         let found = request.headers.get("api-version").and_then(|value| value.to_str().ok()).unwrap_or("1");
///         let version = found.parse().map_err(|_| {
///             Problem::new(StatusCode::BAD_REQUEST, format!("api-version is `{found}`; allowed: a number"))
///         })?;
///         Ok(Self(version))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken from an HTTP request",
    note = "HTTP functions take `Path<T>`, `Query<T>`, `Json<T>`, `Headers`, `String`, `Bytes`, `BodyStream`, `HttpRequest`, `Method`, `Uri`, and what every function takes"
)]
pub trait FromRequest: Sized {
    /// Takes the parameter from the request.
    ///
    /// # Errors
    /// When the request has none, or not in the right form.
    fn from_request(request: &HttpCall, call: &Call) -> Result<Self>;
}

impl<T: FromCall> FromRequest for T {
    fn from_request(_request: &HttpCall, call: &Call) -> Result<Self> {
        T::from_call(call)
    }
}
