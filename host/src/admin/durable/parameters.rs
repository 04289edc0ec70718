//! Parameters and headers that more than one endpoint understands.

use fnhost_protocol::ids::InstanceId;
use fnhost_protocol::status::RuntimeStatus;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

use super::refusal::Refusal;
use crate::admin::query::{BadParameter, Query};
use crate::http_server::Response;

const CONTINUATION: HeaderName = HeaderName::from_static("x-ms-continuation-token");

/// The status of an answer about an instance: 202 while it is not finished; a failed one is an error only for whoever
/// asked to see it so.
pub(super) fn code_of(status: RuntimeStatus, query: &Query) -> StatusCode {
    match status {
        RuntimeStatus::Pending | RuntimeStatus::Running | RuntimeStatus::Suspended => StatusCode::ACCEPTED,
        RuntimeStatus::Failed if query.flag("returnInternalServerErrorOnFailure", false) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        RuntimeStatus::Completed | RuntimeStatus::Failed | RuntimeStatus::Terminated => StatusCode::OK,
    }
}

/// The id of a path. There can be no instance of an id that breaks the rules, entities' ids among them.
pub(super) fn existing(id: &str) -> Result<InstanceId, Refusal> {
    InstanceId::parse(id).map_err(|_| Refusal::NotFound)
}

/// Which statuses a list is about: `None` for all. Words that are no status are ignored; statuses that no instance here
/// ever has count, so that who asks for them alone gets none.
pub(super) fn statuses(query: &Query) -> Option<Vec<RuntimeStatus>> {
    let is_never_seen = |word: &str| {
        ["Canceled", "ContinuedAsNew"].iter().any(|known| known.eq_ignore_ascii_case(word.trim()))
    };
    let words: Vec<&str> = query.all("runtimeStatus").flat_map(|list| list.split(',')).collect();
    let is_wanted =
        |status: &RuntimeStatus| words.iter().any(|word| RuntimeStatus::parse(word) == Some(*status));
    let statuses: Vec<RuntimeStatus> = RuntimeStatus::ALL.into_iter().filter(is_wanted).collect();
    let is_asked = !statuses.is_empty() || words.iter().any(|word| is_never_seen(word));
    is_asked.then_some(statuses)
}

/// Where the page before ended. It holds an id, which may have characters that headers may not: so it travels encoded.
pub(super) fn continuation(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(value) = headers.get(CONTINUATION).filter(|value| !value.is_empty()) else { return Ok(None) };
    let decoded = percent_decode(value.as_bytes()).decode_utf8();
    let bad = || Refusal::Argument(format!("`{CONTINUATION}`: not a token that this host gave out"));
    let token = decoded.map_err(|_| bad())?;
    if token.contains('\0') {
        return Err(bad());
    }
    Ok(Some(token.into_owned()))
}

/// Tells where this page ends.
pub(super) fn continue_at(response: &mut Response, token: Option<&str>) {
    let encoded = token.map(|token| utf8_percent_encode(token, NON_ALPHANUMERIC).to_string());
    if let Some(Ok(value)) = encoded.map(|encoded| HeaderValue::from_str(&encoded)) {
        response.headers_mut().insert(CONTINUATION, value);
    }
}

/// A prefix of ids.
pub(super) fn prefix(query: &Query) -> Result<Option<String>, BadParameter> {
    Ok(Some(query.text("instanceIdPrefix")?).filter(|prefix| !prefix.is_empty()))
}
