//! Calls as a host makes them.

use fnhost_protocol::{
    failure::Failure,
    history::TaskId,
    http::{HttpCall, HttpReply},
    ids::{InstanceId, InvocationId},
    invocation::{Invocation, Outcome, Reply, TriggerData},
    json::JsonText,
};
use fnhost_sdk::{
    Bytes, Method, Registry, Settings,
    host::{HttpHandler, Services, TaskHandler},
};
use serde::Serialize;

pub(crate) fn services() -> Services {
    Services::new(Settings::from_iter([("Shop", "Zork & Sons")]))
}

pub(crate) fn json(value: impl Serialize) -> JsonText {
    JsonText::of(&value).unwrap()
}

pub(crate) fn invocation(function: &str, trigger: TriggerData) -> Invocation {
    Invocation {
        id: InvocationId::generate(),
        function: function.into(),
        trigger,
        traceparent: Some("00-1".into()),
        bindings: Vec::new(),
    }
}

/// Runs on a runtime of its own.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A request to the function `Test`.
pub(crate) fn request(method: &str, uri: &str) -> HttpCall {
    HttpCall {
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        uri: uri.parse().unwrap(),
        origin: "http://127.0.0.1:7071".into(),
        headers: http::HeaderMap::new(),
        route: Vec::new(),
        body: Bytes::new(),
        stream: None,
    }
}

pub(crate) fn with_route(mut call: HttpCall, route: &[(&str, &str)]) -> HttpCall {
    call.route = route.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
    call
}

pub(crate) fn with_body(mut call: HttpCall, content_type: &str, body: &[u8]) -> HttpCall {
    if !content_type.is_empty() {
        call.headers.insert("content-type", content_type.parse().unwrap());
    }
    call.body = Bytes::copy_from_slice(body);
    call
}

/// What a handler answers: status and body, or its failure.
pub(crate) fn answer<M>(handler: impl HttpHandler<M>, call: HttpCall) -> Result<(u16, String), Failure> {
    let reply = reply(handler, call, &services())?;
    Ok((reply.status.as_u16(), String::from_utf8(reply.body.to_vec()).unwrap()))
}

pub(crate) fn reply<M>(
    handler: impl HttpHandler<M>,
    call: HttpCall,
    services: &Services,
) -> Result<HttpReply, Failure> {
    let registry = Registry::new().http("Test", "test.rs", handler);
    match wait(registry.invoke(invocation("Test", TriggerData::Http(Box::new(call))), services))? {
        Reply::Http(reply) => Ok(reply),
        Reply::Value(value) => panic!("no HTTP reply: {value}"),
    }
}

/// The `detail` and `parameter` of a problem document with this status.
#[track_caller]
pub(crate) fn problem<M>(
    handler: impl HttpHandler<M>,
    call: HttpCall,
    status: u16,
) -> (String, Option<String>) {
    let reply = reply(handler, call, &services()).unwrap();
    assert_eq!(reply.headers["content-type"], "application/problem+json");
    let document: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        (reply.status.as_u16(), &document["status"]),
        (status, &serde_json::json!(status)),
        "{document}"
    );
    let text = |key: &str| document[key].as_str().map(str::to_owned);
    (text("detail").unwrap(), text("parameter"))
}

pub(crate) fn activity(input: impl Serialize) -> TriggerData {
    const TASK: TaskId = 3;
    TriggerData::Activity {
        instance: InstanceId::from_stored("abc"),
        task: TASK,
        attempt: 2,
        delivery: 3,
        input: json(input),
    }
}

/// What an activity returns for an input.
pub(crate) fn result<M>(handler: impl TaskHandler<M>, input: impl Serialize) -> Result<String, Failure> {
    let registry = Registry::new().activity("Test", "test.rs", handler);
    match wait(registry.invoke(invocation("Test", activity(input)), &services())) as Outcome {
        Ok(Reply::Value(value)) => Ok(value.as_str().to_owned()),
        Ok(Reply::Http(_)) => panic!("an HTTP reply"),
        Err(failure) => Err(failure),
    }
}
