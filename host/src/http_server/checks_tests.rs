//! Tables for [`admit`]: what is refused and how, what is let in and in which form.

use bytes::Bytes;
use http_body_util::Full;

use super::*;

fn request(version: Version, target: &str, headers: &[(&str, &str)]) -> Request<Full<Bytes>> {
    let mut builder = Request::builder().version(version).uri(target);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Full::new(Bytes::from_static(b"12345"))).unwrap()
}

fn outcome(
    mut request: Request<Full<Bytes>>,
    limits: &Limits,
) -> Result<(String, Option<String>), (u16, String)> {
    admit(&mut request, limits).map_err(|problem| (problem.status().as_u16(), problem.code().to_owned()))?;
    let host = request.headers().get(header::HOST).map(|host| host.to_str().unwrap().to_owned());
    Ok((request.uri().to_string(), host))
}

fn admitted(version: Version, target: &str, headers: &[(&str, &str)]) -> (String, Option<String>) {
    outcome(request(version, target, headers), &Limits::default())
        .unwrap_or_else(|problem| panic!("{target} {headers:?} was refused: {problem:?}"))
}

fn refused(version: Version, target: &str, headers: &[(&str, &str)]) -> (u16, String) {
    outcome(request(version, target, headers), &Limits::default())
        .expect_err(&format!("{target} {headers:?} was let in"))
}

const H10: Version = Version::HTTP_10;
const H11: Version = Version::HTTP_11;
const H2: Version = Version::HTTP_2;

#[test]
fn every_form_of_target_becomes_origin_form_with_one_host() {
    let is = |target: &str, host: &str| (target.to_owned(), Some(host.to_owned()));
    assert_eq!(admitted(H11, "/a?b=c", &[("host", "h:1")]), is("/a?b=c", "h:1"));
    assert_eq!(admitted(H11, "http://real:80/a?b", &[("host", "lie")]), is("/a?b", "real:80"));
    assert_eq!(admitted(H11, "http://real", &[("host", "real")]), is("/", "real"));
    assert_eq!(admitted(H11, "*", &[("host", "h")]), is("*", "h"));
    assert_eq!(admitted(H11, "/", &[("host", "[::1]:7071")]), is("/", "[::1]:7071"));
    assert_eq!(admitted(H2, "http://h/a", &[]), is("/a", "h"));
    assert_eq!(admitted(H2, "http://h/a", &[("host", "H")]), is("/a", "h"));
    assert_eq!(admitted(H2, "/a", &[("host", "h")]), is("/a", "h"));
    assert_eq!(admitted(H10, "/a", &[]), ("/a".to_owned(), None));
}

#[test]
fn hosts_that_are_none_are_refused() {
    for headers in [
        &[][..],
        &[("host", "")],
        &[("host", "a"), ("host", "a")],
        &[("host", "a b")],
        &[("host", "user@a")],
        &[("host", "a/b")],
        &[("host", "a?b")],
        &[("host", "a,b")],
    ] {
        assert_eq!(refused(H11, "/", headers), (400, "badHost".to_owned()), "{headers:?}");
    }
    assert_eq!(refused(H11, "http://user@real/", &[("host", "real")]).1, "badHost");
    assert_eq!(refused(H2, "/", &[]).1, "badHost");
    assert_eq!(refused(H2, "http://a/", &[("host", "b")]).1, "badHost");
    assert_eq!(refused(H10, "/", &[("host", "a"), ("host", "b")]).1, "badHost");
}

#[test]
fn limits_are_inclusive() {
    let limits = Limits { url_bytes: 10, body_bytes: 5, ..Limits::default() };
    let ask = |target: &str| outcome(request(H11, target, &[("host", "h")]), &limits);
    assert!(ask("/123456789").is_ok());
    assert_eq!(ask("/1234567890").unwrap_err(), (414, "urlTooLong".to_owned()));
    assert_eq!(ask("/12345?7890").unwrap_err(), (414, "urlTooLong".to_owned()));
    let small = Limits { body_bytes: 4, ..Limits::default() };
    let answer = outcome(request(H11, "/", &[("host", "h")]), &small);
    assert_eq!(answer.unwrap_err(), (413, "bodyTooLarge".to_owned()));
}

#[test]
fn connect_is_refused() {
    let mut connect = request(H11, "/", &[("host", "h")]);
    *connect.method_mut() = Method::CONNECT;
    assert_eq!(outcome(connect, &Limits::default()).unwrap_err(), (501, "connectNotSupported".to_owned()));
}

#[test]
fn a_target_without_a_path_is_refused() {
    assert_eq!(refused(H11, "other:80", &[("host", "h")]), (400, "badTarget".to_owned()));
}

#[test]
fn two_lengths_must_agree() {
    let lengths = [("host", "h"), ("content-length", "5"), ("content-length", "6")];
    assert_eq!(refused(H2, "/", &lengths), (400, "badLength".to_owned()));
    assert_eq!(admitted(H2, "/", &[("host", "h"), ("content-length", "5"), ("content-length", "5")]).0, "/");
}

#[test]
fn chunked_is_the_only_coding() {
    let headers = |codings: &[&'static str]| {
        let mut map = HeaderMap::new();
        for coding in codings {
            map.append(header::TRANSFER_ENCODING, HeaderValue::from_static(coding));
        }
        map
    };
    assert!(only_chunked(&headers(&[])));
    assert!(only_chunked(&headers(&["Chunked"])));
    assert!(!only_chunked(&headers(&["gzip, chunked"])));
    assert!(!only_chunked(&headers(&["gzip", "chunked"])));
    assert!(!only_chunked(&headers(&["chunked", "chunked"])));
}
