//! Tables for what becomes of a service's headers and body.

use http_body_util::{BodyExt, StreamBody};

use super::*;

fn response(status: u16, headers: &[(&str, &str)], body: impl Into<ResponseBody>) -> Response {
    let mut builder = http::Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(body.into()).unwrap()
}

fn stream(bytes: &'static str) -> ResponseBody {
    let frames =
        futures_util::stream::iter([Ok::<_, BoxError>(Frame::data(Bytes::from_static(bytes.as_bytes())))]);
    ResponseBody::stream(StreamBody::new(frames))
}

/// The Content-Length given to hyper, and the bytes.
fn settled(mut response: Response, only_head: bool) -> (Option<String>, String) {
    tidy(&mut response);
    settle_length(&mut response, only_head);
    let length =
        response.headers().get(header::CONTENT_LENGTH).map(|value| value.to_str().unwrap().to_owned());
    let collected = futures_util::FutureExt::now_or_never(response.into_body().collect());
    let bytes = collected.expect("nothing to wait for").unwrap().to_bytes();
    (length, String::from_utf8(bytes.to_vec()).unwrap())
}

fn is(length: Option<&str>, body: &str) -> (Option<String>, String) {
    (length.map(str::to_owned), body.to_owned())
}

#[test]
fn a_wrong_length_never_reaches_hyper() {
    assert_eq!(
        settled(response(200, &[("content-length", "5")], "0123456789"), false),
        is(None, "0123456789")
    );
    assert_eq!(settled(response(200, &[("content-length", "5")], ""), false), is(None, ""));
    assert_eq!(settled(response(200, &[("content-length", "x")], stream("abc")), false), is(None, "abc"));
    assert_eq!(settled(response(200, &[("content-length", "+3")], stream("abc")), false), is(None, "abc"));
    let twice = &[("content-length", "3"), ("content-length", "3")];
    assert_eq!(settled(response(200, twice, stream("abc")), false), is(None, "abc"));
    assert_eq!(
        settled(response(200, &[("content-length", "3")], stream("abc")), false),
        is(Some("3"), "abc")
    );
}

#[test]
fn head_keeps_the_length_and_loses_the_body() {
    assert_eq!(settled(response(200, &[], "hello"), true), is(Some("5"), ""));
    assert_eq!(settled(response(200, &[("content-length", "9")], "hello"), true), is(Some("5"), ""));
    assert_eq!(settled(response(200, &[("content-length", "9")], ""), true), is(Some("9"), ""));
    assert_eq!(settled(response(200, &[], stream("abc")), true), is(None, ""));
    assert_eq!(settled(response(200, &[("content-length", "3")], stream("abc")), true), is(Some("3"), ""));
}

#[test]
fn statuses_without_a_body_have_none() {
    assert_eq!(settled(response(204, &[("content-length", "5")], "hello"), false), is(None, ""));
    assert_eq!(settled(response(304, &[], "hello"), false), is(None, ""));
    assert_eq!(settled(response(204, &[], "hello"), true), is(None, ""));
}

#[test]
fn headers_of_the_connection_are_the_servers() {
    let set =
        [("connection", "x-mine"), ("transfer-encoding", "gzip"), ("upgrade", "h2c"), ("keep-alive", "1")];
    let mut response = response(200, &[("x-mine", "1"), set[0], set[1], set[2], set[3]], "");
    tidy(&mut response);
    assert_eq!(response.headers().keys().map(http::HeaderName::as_str).collect::<Vec<_>>(), ["x-mine"]);
}

#[test]
fn an_interim_status_is_no_answer() {
    for status in [100, 101, 103] {
        let mut response = response(status, &[], "");
        tidy(&mut response);
        assert_eq!(response.status(), 500);
    }
}
