//! One request on its way from hyper to the service: counted, checked, handed over.
//!
//! hyper calls it for each request of a connection; what comes back is an [`Answer`].

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use http::header::{self, HeaderValue};
use http::{Method, Request, StatusCode, Version};
use hyper::body::Incoming;

use super::answer::{Answer, InFlight, Outgoing};
use super::checks::admit;
use super::problem::Problem;
use super::registry::Connection;
use super::request_body::RequestBody;
use super::service::HttpService;
use super::streams::Progress;

/// The service of one connection, as hyper sees it.
pub(super) struct Gateway {
    connection: Arc<Connection>,
    service: Arc<dyn HttpService>,
}

impl Gateway {
    pub(super) fn new(connection: Arc<Connection>, service: Arc<dyn HttpService>) -> Self {
        Self { connection, service }
    }

    /// Notes that a request is being answered, for as long as the returned guard lives.
    fn enter(&self, version: Version) -> InFlight {
        let progress = (version == Version::HTTP_2).then(|| {
            let progress = Arc::new(Progress::default());
            let mut slot = self.connection.next_stream.lock().unwrap_or_else(PoisonError::into_inner);
            *slot = Some(Arc::clone(&progress));
            progress
        });
        InFlight::new(Arc::clone(&self.connection), progress)
    }

    /// Whether this HTTP/1 request, the next in order, is the one whose framing the socket found ambiguous.
    fn is_ambiguous(&self, version: Version) -> bool {
        if version == Version::HTTP_2 {
            return false;
        }
        // Only this task counts, so a load and a store are enough.
        let number = self.connection.calls.load(Ordering::Relaxed).saturating_add(1);
        self.connection.calls.store(number, Ordering::Relaxed);
        self.connection.refused.load(Ordering::Relaxed) == number
    }
}

impl hyper::service::Service<Request<Incoming>> for Gateway {
    type Response = http::Response<Outgoing>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, mut request: Request<Incoming>) -> Answer {
        let version = request.version();
        let guard = self.enter(version);
        let limits = &self.connection.registry.limits;
        let only_head = *request.method() == Method::HEAD;
        if self.is_ambiguous(version) {
            return refuse(guard, ambiguous(), only_head);
        }
        if let Err(problem) = admit(&mut request, limits) {
            return refuse(guard, problem, only_head);
        }
        let request = request.map(|incoming| RequestBody::new(incoming, limits));
        Answer::start(guard, || self.service.call(request, self.connection.info), only_head)
    }
}

fn ambiguous() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "ambiguousLength")
        .detail("a request has a Content-Length or a Transfer-Encoding, not both")
}

/// Refused heads end the connection: what follows them may not be what it seems.
fn refuse(guard: InFlight, problem: Problem, only_head: bool) -> Answer {
    let problem = problem.header(header::CONNECTION, HeaderValue::from_static("close"));
    Answer::ready(guard, problem.into_response(), only_head)
}
