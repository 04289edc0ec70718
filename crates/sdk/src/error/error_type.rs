//! [`Error`]: any error, with its kind, its place and the chain of causes, ready to cross the seam.

use std::{any::Any, error::Error as StdError, fmt, panic::Location};

use fnhost_protocol::{
    blob::BlobError, body::BodyError, client::ClientError, failure::Failure, http::HttpReply, json::JsonText,
};
use http::StatusCode;

use crate::{
    places,
    respond::{Problem, Response},
};

/// What functions return.
///
/// ```
/// # use fnhost_sdk::Result;
/// pub async fn run(digits: String) -> Result<i64> {
///     Ok(digits.parse()?)
/// }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a function failed: made from any error by `?`, from a text by [`bail!`](crate::bail) or [`Error::new`].
///
/// It keeps the type's name (its *kind*, by which callers tell cases apart, across orchestrations too), the
/// message, the place of the `?`, and all causes.
///
/// ```
/// # use fnhost_sdk::{Context, Error};
/// fn read(text: &str) -> Result<u16, Error> {
///     text.parse::<u16>().context("the port of the printer")
/// }
/// let error = read("many").unwrap_err();
/// assert_eq!(error.to_string(), "the port of the printer: invalid digit found in string");
/// assert!(error.is::<std::num::ParseIntError>());
/// ```
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    failure: Failure,
    intent: Intent,
}

/// What an error means besides that something failed.
#[derive(Debug, Clone)]
pub(crate) enum Intent {
    /// Nothing else.
    Fail,
    /// The HTTP caller gets this answer.
    Answer(HttpReply),
    /// Not a failure at all: the orchestration begins again with this input.
    ContinueAsNew(JsonText),
}

/// The kind of errors that were made from a text.
const TEXT_KIND: &str = "Error";

impl Error {
    /// An error with this message.
    ///
    /// ```
    /// let error = fnhost_sdk::Error::new("the printer is out of paper");
    /// assert_eq!(error.to_string(), "the printer is out of paper");
    /// ```
    #[track_caller]
    pub fn new(message: impl fmt::Display) -> Self {
        Self::from_failure(at(Failure::new(TEXT_KIND, message.to_string()), Location::caller()))
    }

    /// An error that answers an HTTP call with this status and this text (`text/plain`). The invocation counts
    /// as successful: it is the caller's mistake. Outside HTTP functions it is an error like any other.
    ///
    /// ```
    /// # use fnhost_sdk::{Error, Result, StatusCode};
    /// pub async fn run(name: String) -> Result<String> {
    ///     if name.is_empty() {
    ///         return Err(Error::http(StatusCode::BAD_REQUEST, "a name is required"));
    ///     }
    ///     Ok(format!("Hello {name}!"))
    /// }
    /// ```
    #[track_caller]
    pub fn http(status: StatusCode, text: impl fmt::Display) -> Self {
        let text = text.to_string();
        let mut error = Self::new(&text);
        error.inner.intent = Intent::Answer(Response::text(text).with_status(status).into_reply());
        error
    }

    /// An error that answers an HTTP call with 400 and this text; see [`http`](Self::http).
    ///
    /// ```
    /// # use fnhost_sdk::{Error, Path, Result};
    /// pub async fn run(Path(id): Path<String>) -> Result<String> {
    ///     if id.trim().is_empty() {
    ///         return Err(Error::bad_request("an id is required"));
    ///     }
    ///     Ok(id)
    /// }
    /// ```
    #[track_caller]
    pub fn bad_request(text: impl fmt::Display) -> Self {
        Self::http(StatusCode::BAD_REQUEST, text)
    }

    /// An error that answers an HTTP call with this answer.
    pub(crate) fn answer(message: impl fmt::Display, response: Response) -> Self {
        let failure = Failure::new(TEXT_KIND, message.to_string());
        Self { inner: Box::new(Inner { failure, intent: Intent::Answer(response.into_reply()) }) }
    }

    /// The same error, which a retry policy must not try again.
    ///
    /// ```
    /// # use fnhost_sdk::Error;
    /// let error = Error::new("card declined").non_retriable();
    /// assert!(error.failure().non_retriable);
    /// ```
    #[must_use]
    pub fn non_retriable(mut self) -> Self {
        self.inner.failure.non_retriable = true;
        self
    }

    /// The same error with another kind: for texts that callers are to tell apart.
    ///
    /// ```
    /// # use fnhost_sdk::{Error, OrchestrationContext, Result};
    /// pub async fn charge(card: String) -> Result<()> {
    ///     Err(Error::new(format!("{card} is used up")).with_kind("Declined").non_retriable())
    /// }
    /// pub async fn order(ctx: OrchestrationContext, card: String) -> Result<String> {
    ///     match ctx.activity::<()>("Charge", card).await {
    ///         Err(error) if error.kind() == "Declined" => Ok("another card, please".into()),
    ///         charged => charged.map(|()| "thank you".into()),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn with_kind(mut self, kind: impl Into<String>) -> Self {
        self.inner.failure.kind = kind.into();
        self
    }

    /// The same error, caused by another: callers see the kinds of both.
    ///
    /// ```
    /// # use fnhost_sdk::Error;
    /// let error = Error::new("no port").caused_by("x".parse::<u16>().unwrap_err());
    /// assert_eq!(error.to_string(), "no port: invalid digit found in string");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn caused_by(mut self, cause: impl Into<Error>) -> Self {
        put_below(&mut self.inner.failure, cause.into().into_failure());
        self
    }

    /// The failure in the form that crosses between functions: kind, message, details, causes.
    ///
    /// ```
    /// # use fnhost_sdk::Error;
    /// assert_eq!(Error::new("no").failure().message, "no");
    /// ```
    pub fn failure(&self) -> &Failure {
        &self.inner.failure
    }

    /// Puts a sentence in front: what was being done when it failed.
    ///
    /// ```
    /// # use fnhost_sdk::Error;
    /// let error = Error::new("no paper").context("cannot print the list");
    /// assert_eq!(error.to_string(), "cannot print the list: no paper");
    /// ```
    #[must_use]
    pub fn context(self, message: impl fmt::Display) -> Self {
        let Inner { failure, intent } = *self.inner;
        let outer = Failure {
            kind: failure.kind.clone(),
            message: message.to_string(),
            details: None,
            non_retriable: failure.non_retriable,
            cause: None,
        };
        Self { inner: Box::new(Inner { failure: outer.caused_by(failure), intent }) }
    }

    pub(crate) fn from_failure(failure: Failure) -> Self {
        Self { inner: Box::new(Inner { failure, intent: Intent::Fail }) }
    }

    pub(crate) fn continue_as_new(input: JsonText) -> Self {
        let failure = Failure::new(
            TEXT_KIND,
            "the value of `ctx.continue_as_new(…)` must be returned by an orchestrator function",
        );
        Self { inner: Box::new(Inner { failure, intent: Intent::ContinueAsNew(input) }) }
    }

    pub(crate) fn into_failure(self) -> Failure {
        self.inner.failure
    }

    pub(crate) fn into_parts(self) -> (Failure, Intent) {
        (self.inner.failure, self.inner.intent)
    }
}

/// Adds a cause at the bottom of the chain.
fn put_below(failure: &mut Failure, cause: Failure) {
    match &mut failure.cause {
        Some(next) => put_below(next, cause),
        none => *none = Some(Box::new(cause)),
    }
}

/// Notes where an error was made, unless that is inside the SDK: it helps nobody there.
fn at(failure: Failure, location: &Location<'_>) -> Failure {
    let sdk = file!().strip_suffix("error/error_type.rs").unwrap_or(file!());
    if location.file().starts_with(sdk) {
        failure
    } else {
        failure.with_details(format!("at {}", places::show(location)))
    }
}

impl<E> From<E> for Error
where
    E: StdError + Send + Sync + 'static,
{
    #[track_caller]
    fn from(error: E) -> Self {
        if let Some(failure) = (&error as &dyn Any).downcast_ref::<Failure>() {
            return Self::from_failure(failure.clone());
        }
        let failure = Failure::new(std::any::type_name::<E>(), error.to_string());
        let mut failure = at(failure, Location::caller());
        failure.cause = error.source().map(|source| Box::new(cause(source)));
        let any = &error as &dyn Any;
        failure.non_retriable = any.downcast_ref::<ClientError>().is_some_and(is_final)
            || any.downcast_ref::<BlobError>().is_some_and(never_gets_better);
        let status = body_error(any).and_then(|body| StatusCode::from_u16(body.status?).ok());
        match status {
            // The caller's body was at fault, so the caller is told.
            Some(status) => {
                let intent =
                    Intent::Answer(Response::from(Problem::new(status, error.to_string())).into_reply());
                Self { inner: Box::new(Inner { failure, intent }) }
            }
            None => Self::from_failure(failure),
        }
    }
}

/// A wrong name or argument stays wrong however often it is tried.
fn is_final(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::UnknownFunction { .. } | ClientError::InvalidId(_) | ClientError::InvalidArgument { .. }
    )
}

fn never_gets_better(error: &BlobError) -> bool {
    matches!(error, BlobError::Invalid { .. } | BlobError::TooLarge { .. })
}

/// The error of a request's body, alone or where it was to be written into a blob.
fn body_error(error: &dyn Any) -> Option<&BodyError> {
    error.downcast_ref::<BodyError>().or_else(|| match error.downcast_ref::<BlobError>() {
        Some(BlobError::Source(body)) => Some(body),
        _ => None,
    })
}

/// The errors underneath: a failure that came over the seam is kept whole, of others only the text is known.
fn cause(error: &(dyn StdError + 'static)) -> Failure {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.clone();
    }
    let mut failure = Failure::new(TEXT_KIND, error.to_string());
    failure.cause = error.source().map(|source| Box::new(cause(source)));
    failure
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.into_failure()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.failure.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner.failure)?;
        match &self.inner.failure.details {
            Some(details) => write!(f, " ({details})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Context;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot print")]
    struct Printing(#[source] std::num::ParseIntError);

    fn print() -> Result<()> {
        "x".parse::<i32>().map_err(Printing)?;
        Ok(())
    }

    #[test]
    fn kind_and_causes_are_kept() {
        let failure = print().unwrap_err().into_failure();
        assert_eq!(failure.kind, std::any::type_name::<Printing>());
        assert_eq!(failure.to_string(), "cannot print: invalid digit found in string");
        assert_eq!(failure.details, None, "a place inside the SDK is not told");
    }

    #[test]
    fn a_failure_passes_whole() {
        let failure = Failure::new("Declined", "card declined")
            .caused_by(Failure::new("Bank", "no money").with_details("row 7"))
            .not_retriable();
        let error = Error::from(failure.clone());
        assert_eq!(error.failure(), &failure);
        let wrapped = error.context("cannot pay").into_failure();
        assert_eq!(wrapped.kind, "Declined");
        assert!(wrapped.non_retriable);
        assert_eq!(wrapped.cause.as_deref(), Some(&failure));
        assert_eq!(wrapped.to_string(), "cannot pay: card declined: no money");
    }

    #[test]
    fn context_keeps_the_intent() {
        let error = Error::http(StatusCode::NOT_FOUND, "no such list").context("while adding");
        let Intent::Answer(reply) = error.into_parts().1 else { panic!("the answer is lost") };
        assert_eq!((reply.status, &*reply.body), (StatusCode::NOT_FOUND, &b"no such list"[..]));
        let missing: Result<u8> = None.context("no item");
        assert_eq!(missing.unwrap_err().to_string(), "no item");
    }

    #[test]
    fn what_cannot_get_better_is_not_retriable() {
        let unknown = ClientError::UnknownFunction { message: "no `X`".to_owned() };
        assert!(Error::from(unknown).failure().non_retriable);
        let busy = ClientError::Unavailable { message: "starting".to_owned() };
        assert!(!Error::from(busy).failure().non_retriable);
    }
}
