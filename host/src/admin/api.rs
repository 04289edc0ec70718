//! The entrance: which part answers which path, and which key it asks for.

use std::sync::Arc;

use http::header::CACHE_CONTROL;
use http::{HeaderValue, Method, StatusCode};

use super::call::Call;
use super::durable::DurableRoutes;
use super::functions::{self, Runners};
use super::keys::{Collection, KeyCall};
use super::parts::AdminParts;
use super::respond::empty;
use super::{blobs, clock, health, home, host, timers};
use crate::app::trigger::AuthLevel;
use crate::config::host_file::RESERVED_SEGMENTS;
use crate::http_server::{ConnectionInfo, Problem, RequestBody, Response};

/// The management API of one host. Shared by all connections.
pub struct AdminApi {
    parts: AdminParts,
    durable: DurableRoutes,
}

impl AdminApi {
    /// Of these parts.
    pub fn new(parts: AdminParts) -> Self {
        let durable = DurableRoutes {
            api: Arc::clone(&parts.durable),
            keys: parts.keys.clone(),
            options: parts.durable_options.clone(),
        };
        Self { parts, durable }
    }

    /// Whether a path (percent-encoded, without its query) is this API's to answer: `/`, and everything below the
    /// segments that no function may use.
    pub fn matches(&self, path: &str) -> bool {
        let first = path.strip_prefix('/').unwrap_or(path).split('/').next().unwrap_or_default();
        path == "/" || RESERVED_SEGMENTS.iter().any(|reserved| reserved.eq_ignore_ascii_case(first))
    }

    /// Answers a request whose path [`matches`](Self::matches); others get 404.
    pub async fn handle(&self, request: http::Request<RequestBody>, from: ConnectionInfo) -> Response {
        let mut response = match Call::new(request, from) {
            Some(call) => self.route(call).await,
            None => empty(StatusCode::NOT_FOUND),
        };
        // What is shown is true now, and some of it is a key.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    async fn route(&self, call: Call) -> Response {
        if DurableRoutes::has(&call.path) {
            return self.durable.answer(call).await;
        }
        match call.path.lower()[..] {
            [""] => home::answer(call.method()),
            ["runtime", "webhooks", "blobs"] => {
                blobs::webhook(&*self.parts.blobs, &self.parts.keys, call).await
            }
            ["admin", "health", which] => health::answer(&*self.parts.health, call.method(), which),
            ["admin", ..] => {
                let key = call.key();
                if !self.parts.keys.check(AuthLevel::Admin, "", key.as_deref()).is_allowed() {
                    return empty(StatusCode::UNAUTHORIZED);
                }
                drop(key);
                self.admin(call).await.unwrap_or_else(Problem::into_response)
            }
            _ => empty(StatusCode::NOT_FOUND),
        }
    }

    /// Below `/admin`, for whoever has the master key.
    async fn admin(&self, call: Call) -> Result<Response, Problem> {
        let AdminParts { functions, runner, health, clock, host, durable_options, .. } = &self.parts;
        let functions = &**functions;
        let origin = call.origin(durable_options.use_forwarded_host);
        let href = format!("{origin}{}", call.head.uri.path());
        let method = call.method().clone();
        let Call { path, query, body, .. } = call;
        let keys = |collection, first| KeyCall {
            ring: &self.parts.keys,
            collection,
            name: path.from(first).first().map(String::as_str),
            href,
        };
        match (&method, &path.lower()[1..]) {
            (&Method::GET, ["host", "status"]) => Ok(host::status(host, &**health, functions)),
            (&Method::GET | &Method::POST, ["host", "ping"]) => Ok(empty(StatusCode::OK)),
            (&Method::GET, ["functions"]) => Ok(functions::list(functions, &origin)),
            (&Method::GET, ["functions", _]) => functions::one(functions, path.at(2), &origin),
            (&Method::GET, ["functions", _, "status"]) => {
                functions::status(functions, &*self.parts.timers, path.at(2)).await
            }
            (&Method::GET, ["timers"]) => timers::list(&*self.parts.timers).await,
            (&Method::POST, ["functions", _]) => {
                let runners = Runners {
                    functions,
                    by_hand: &**runner,
                    durable: &*self.parts.durable,
                    payload_bytes: durable_options.payload_bytes,
                };
                functions::run(runners, path.at(2), query.flag("wait", false), body).await
            }
            (_, ["functions", _, "keys"] | ["functions", _, "keys", _]) => {
                let function = functions::find(functions, path.at(2))?;
                keys(Collection::Function(function.name().to_string()), 4).answer(&method, body).await
            }
            (_, ["host", which] | ["host", which, _]) => match Collection::of_host(which) {
                Some(collection) => keys(collection, 3).answer(&method, body).await,
                None => Ok(empty(StatusCode::NOT_FOUND)),
            },
            (_, ["blobs", "poison", rest @ ..]) => {
                let AdminParts { occurrences, blobs: listener, .. } = &self.parts;
                blobs::poison(occurrences, &**listener, &method, rest, &query, body).await
            }
            (&Method::POST, ["clock", "advance"]) => match clock {
                Some(clock) => clock::advance(Arc::clone(clock), body).await,
                None => Err(Problem::new(StatusCode::NOT_FOUND, "noVirtualClock")
                    .detail("this host runs by the machine's clock, which cannot be turned")),
            },
            _ => Ok(empty(StatusCode::NOT_FOUND)),
        }
    }
}
