//! Access keys: listed, made, set, removed.
//!
//! Only hashes are kept, so a key is shown once, in the answer to the call that set or made it; lists have the names,
//! and `null` where the original shows values.

use durable_core::store::{KeyScope, StoreError};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::body;
use super::respond::{empty, json};
use crate::http_server::{Problem, RequestBody, Response};
use crate::keys::{DEFAULT, Key, KeyError, KeyInfo, KeyRing, MASTER};

/// More than any key needs.
const BODY_LIMIT: usize = 4 * 1024;

/// Which keys a path is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Collection {
    /// `/admin/functions/{name}/keys`
    Function(String),
    /// `/admin/host/keys`: the host keys and the master key.
    All,
    /// `/admin/host/functionkeys`: the host keys.
    Host,
    /// `/admin/host/systemkeys`: one for each extension, named as it.
    System,
}

impl Collection {
    /// The collection of a path below `/admin/host`.
    pub(super) fn of_host(segment: &str) -> Option<Self> {
        match segment {
            "keys" => Some(Self::All),
            "functionkeys" => Some(Self::Host),
            "systemkeys" => Some(Self::System),
            _ => None,
        }
    }

    /// Under which name this collection shows a key; `None` when it does not.
    fn shows<'k>(&self, key: &'k KeyInfo) -> Option<&'k str> {
        match (self, &key.scope) {
            (Self::Function(function), KeyScope::Function(name)) if name.eq_ignore_ascii_case(function) => {
                Some(&key.name)
            }
            (Self::All, KeyScope::Master) | (Self::All | Self::Host, KeyScope::Host) => Some(&key.name),
            (Self::System, KeyScope::System(extension)) => Some(extension),
            _ => None,
        }
    }

    /// Where a key of this name is kept. The master key can be set by either host path, as in the original.
    fn place(&self, name: &str) -> (KeyScope, String) {
        let lower = name.to_ascii_lowercase();
        match self {
            Self::Function(function) => (KeyScope::Function(function.to_ascii_lowercase()), lower),
            Self::All | Self::System if lower == MASTER => (KeyScope::Master, lower),
            Self::All | Self::Host => (KeyScope::Host, lower),
            Self::System => (KeyScope::System(lower), DEFAULT.to_owned()),
        }
    }
}

/// What to do with a collection, or with one key of it.
pub(super) struct KeyCall<'a> {
    pub(super) ring: &'a KeyRing,
    pub(super) collection: Collection,
    /// The key, where the path names one.
    pub(super) name: Option<&'a str>,
    /// The whole URL of this call without its query.
    pub(super) href: String,
}

#[derive(Serialize)]
struct Listed<'a> {
    keys: Vec<Shown<'a>>,
    links: [Link<'a>; 1],
}

#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    /// Only in the answer to the call that set or made it.
    value: Option<&'a str>,
}

#[derive(Serialize)]
struct One<'a> {
    name: &'a str,
    value: Option<&'a str>,
    links: [Link<'a>; 1],
}

#[derive(Serialize)]
struct Link<'a> {
    rel: &'static str,
    href: &'a str,
}

#[derive(Default, Deserialize)]
struct Wanted {
    name: Option<String>,
    value: Option<String>,
}

impl KeyCall<'_> {
    /// Answers a call of any method.
    pub(super) async fn answer(self, method: &Method, body: RequestBody) -> Result<Response, Problem> {
        match (method, self.name) {
            (&Method::GET, None) => Ok(self.list()),
            (&Method::GET, Some(name)) => self.one(name),
            (&Method::POST, _) => self.write(None, None).await,
            (&Method::PUT, _) => {
                let Wanted { name, value } = body::value(body, BODY_LIMIT).await?;
                let value = value.ok_or_else(|| {
                    Problem::new(StatusCode::BAD_REQUEST, "missingValue")
                        .detail("`value` is missing; POST makes a random key")
                })?;
                let key = Key::parse(&value).map_err(|error| problem(error.into()))?;
                self.write(name, Some(key)).await
            }
            (&Method::DELETE, Some(name)) => self.remove(name).await,
            _ => Ok(empty(StatusCode::NOT_FOUND)),
        }
    }

    fn list(&self) -> Response {
        let known = self.ring.list();
        let names = known.iter().filter_map(|key| self.collection.shows(key));
        let keys = names.map(|name| Shown { name, value: None }).collect();
        json(StatusCode::OK, &Listed { keys, links: [self.link()] })
    }

    fn one(&self, name: &str) -> Result<Response, Problem> {
        let known = self.ring.list();
        let mut names = known.iter().filter_map(|key| self.collection.shows(key));
        let name = names.find(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| no_such_key(name))?;
        Ok(self.shown(StatusCode::OK, name, None))
    }

    /// Sets the key that the path names, otherwise the one that the body names, otherwise the usual one.
    async fn write(self, name: Option<String>, key: Option<Key>) -> Result<Response, Problem> {
        let name = self.name.map(str::to_owned).or(name);
        let name = match (name, &self.collection) {
            (Some(name), _) => name,
            (None, Collection::System) => {
                return Err(Problem::new(StatusCode::BAD_REQUEST, "missingName")
                    .detail("a system key has the name of its extension, such as durabletask_extension"));
            }
            (None, _) => DEFAULT.to_owned(),
        };
        let (scope, key_name) = self.collection.place(&name);
        let ring = self.ring.clone();
        let written = to_the_end(async move { ring.set(scope, &key_name, key).await }).await?;
        let status = if written.is_new { StatusCode::CREATED } else { StatusCode::OK };
        Ok(self.shown(status, &name.to_ascii_lowercase(), Some(written.key.reveal())))
    }

    async fn remove(self, name: &str) -> Result<Response, Problem> {
        let (scope, key_name) = self.collection.place(name);
        let ring = self.ring.clone();
        match to_the_end(async move { ring.remove(scope, &key_name).await }).await? {
            true => Ok(empty(StatusCode::NO_CONTENT)),
            false => Err(no_such_key(name)),
        }
    }

    fn shown(&self, status: StatusCode, name: &str, value: Option<&str>) -> Response {
        json(status, &One { name, value, links: [self.link()] })
    }

    fn link(&self) -> Link<'_> {
        Link { rel: "self", href: &self.href }
    }
}

/// Runs a change to its end even when the caller goes away: a key that is stored but not in effect here, or removed
/// and still in effect, would surprise everybody.
async fn to_the_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, KeyError>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(change).await {
        Ok(done) => done.map_err(problem),
        Err(error) => {
            tracing::error!(%error, "a change of the access keys did not end");
            Err(Problem::internal())
        }
    }
}

fn no_such_key(name: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "noSuchKey").detail(format!("there is no key `{name}` here"))
}

fn problem(error: KeyError) -> Problem {
    let (status, code) = match &error {
        KeyError::Invalid(_) => (StatusCode::BAD_REQUEST, "badKey"),
        KeyError::Name(_) => (StatusCode::BAD_REQUEST, "badKeyName"),
        KeyError::MasterStays => (StatusCode::BAD_REQUEST, "masterKeyStays"),
        KeyError::OfSetting { .. } => (StatusCode::CONFLICT, "keyOfSetting"),
        KeyError::Store(StoreError::Retry(_) | StoreError::UnknownOutcome(_)) => {
            tracing::warn!(%error, "failed to change the access keys");
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "storeUnavailable");
            return problem.detail("the store does not answer; the call may be repeated");
        }
        KeyError::Store(_) | KeyError::Random(_) | KeyError::Setting { .. } => {
            tracing::error!(%error, "failed to change the access keys");
            return Problem::internal();
        }
    };
    Problem::new(status, code).detail(error.to_string())
}
