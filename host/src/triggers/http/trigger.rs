//! One request: find the function, ask for the key, read the body, call, answer.

use std::sync::Arc;

use bytes::Bytes;
use fnhost_protocol::{
    http::{HttpCall, HttpReply},
    invocation::{Reply, TriggerData},
};
use http::{HeaderName, HeaderValue, Request, StatusCode, request::Parts};

use super::{
    admission::{Admission, Admitted},
    cors, failure,
    router::{Match, RouteTable},
    routes::{self, Target},
    streams,
};
use crate::{
    app::{AppGeneration, DataType},
    config::{Report, host_file::Cors},
    http_server::{ConnectionInfo, Problem, RequestBody, Response, ResponseBody},
    invoke::{Call, Invoker},
    keys::{self, KeyRing},
    telemetry::TraceContext,
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The HTTP functions of one generation of the app.
#[derive(Debug)]
pub struct HttpTrigger {
    routes: RouteTable<Target>,
    keys: KeyRing,
    invoker: Invoker,
    trust_proxy: bool,
    admission: Admission,
    cors: Cors,
    custom_headers: Vec<(HeaderName, HeaderValue)>,
}

impl HttpTrigger {
    /// Serves the HTTP functions of `app`.
    ///
    /// # Errors
    /// Routes that contradict each other in a way that only the router sees.
    pub fn new(app: &AppGeneration, keys: KeyRing, invoker: Invoker) -> Result<Self, Box<Report>> {
        Ok(Self {
            routes: routes::table(app.functions())?,
            keys,
            invoker,
            trust_proxy: app.config().durable().use_forwarded_host(),
            admission: Admission::new(app.config().http()),
            cors: app.config().cors().clone(),
            custom_headers: app.config().http().custom_headers().to_vec(),
        })
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request<RequestBody>, from: ConnectionInfo) -> Response {
        let (head, body) = request.into_parts();
        if let Some(response) = cors::preflight(&self.cors, &head) {
            return response;
        }
        let origin = cors::allowed_origin(&self.cors, &head.headers);
        let mut response = self.call(head, body, from).await.unwrap_or_else(Problem::into_response);
        if let Some(origin) = origin {
            cors::allow(&self.cors, origin, response.headers_mut());
        }
        for (name, value) in &self.custom_headers {
            response.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        response
    }

    async fn call(&self, head: Parts, body: RequestBody, from: ConnectionInfo) -> Result<Response, Problem> {
        let found = self.routes.find(&head.method, head.uri.path()).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, "invalidPath").detail(error.to_string())
        })?;
        let Some(Match { target, params, .. }) = found else {
            return Err(not_found(&head));
        };
        // The match borrows the path, which moves into the call.
        let Target { function, auth_level } = target.clone();
        let presented = keys::presented(&head.headers, head.uri.query());
        if !self.keys.check(auth_level, function.name(), presented.as_deref()).is_allowed() {
            return Ok(empty(StatusCode::UNAUTHORIZED));
        }
        // Only now, so that those who may not call cannot use the room up.
        let admitted = self.admission.admit().await?;
        let route = params.into_iter().map(|(name, value)| (Arc::from(name), value.into_owned())).collect();
        let wants_stream =
            function.trigger().as_http().is_some_and(|http| http.data_type == Some(DataType::Stream));
        let (body, stream) = if wants_stream {
            (Bytes::new(), Some(streams::unread(body)))
        } else {
            (body.collect_bytes().await?, None)
        };
        let trace =
            TraceContext::continuing(head.headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()));
        let origin = keys::origin(&head.headers, &from, self.trust_proxy).into();
        let call = HttpCall {
            method: head.method,
            uri: head.uri,
            origin,
            headers: head.headers,
            route,
            body,
            stream,
        };
        let outcome = self
            .invoker
            .invoke(Call {
                function: &function,
                trigger: TriggerData::Http(Box::new(call)),
                reason: "This function was called via HTTP.",
                trace,
            })
            .await;
        let mut response = match outcome {
            Ok(Reply::Http(reply)) => response(reply, admitted),
            Ok(Reply::Value(json)) => {
                let mut response = empty(StatusCode::OK);
                *response.body_mut() = ResponseBody::from(Bytes::copy_from_slice(json.as_str().as_bytes()));
                let json = HeaderValue::from_static("application/json; charset=utf-8");
                response.headers_mut().insert(http::header::CONTENT_TYPE, json);
                response
            }
            Err(failure) => failure::problem(&failure).into_response(),
        };
        if let Ok(value) = HeaderValue::try_from(trace.to_string()) {
            response.headers_mut().insert(TRACEPARENT, value);
        }
        Ok(response)
    }
}

fn not_found(head: &Parts) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "notFound").detail(format!(
        "no function answers {} {}",
        head.method,
        head.uri.path()
    ))
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(ResponseBody::empty());
    *response.status_mut() = status;
    response
}

fn response(reply: HttpReply, admitted: Admitted) -> Response {
    let body = match reply.stream {
        None => ResponseBody::from(reply.body),
        // A stream that was taken before can only be a clone of this answer: there is nothing left to send.
        Some(stream) => {
            stream.take().map_or_else(ResponseBody::empty, |pieces| streams::sent_as_made(pieces, admitted))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}
