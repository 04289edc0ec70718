//! What HTTP functions return, and what their errors become.

use fnhost_sdk::{Error, Json, Problem, Result, StatusCode};

use crate::scene::{answer, problem, reply, request, services};

#[test]
fn an_error_with_a_status_is_an_answer() {
    async fn code() -> Result<()> {
        Err(Error::bad_request("Id is required after Add/ on the route."))
    }
    let reply = reply(code, request("GET", "/"), &services()).unwrap();
    assert_eq!(reply.status, 400);
    assert_eq!(reply.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(&reply.body[..], b"Id is required after Add/ on the route.");
}

#[test]
fn other_errors_fail_the_invocation_and_tell_nothing_of_the_code() {
    async fn code() -> Result<Json<u8>> {
        Err(std::io::Error::other("no paper"))?;
        Ok(Json(1))
    }
    let failure = answer(code, request("GET", "/")).unwrap_err();
    assert!(failure.details.as_deref().unwrap().contains("http_answers.rs"));
    assert_eq!(failure.told_outside(), "no paper");
}

#[test]
fn problems_are_answers() {
    async fn returned() -> Problem {
        Problem::new(StatusCode::CONFLICT, "list `7` is closed")
    }
    async fn thrown() -> Result<(), Problem> {
        Err(Problem::new(StatusCode::CONFLICT, "list `7` is closed").parameter("id"))
    }
    assert_eq!(problem(returned, request("GET", "/"), 409), ("list `7` is closed".to_owned(), None));
    assert_eq!(
        problem(thrown, request("GET", "/"), 409),
        ("list `7` is closed".to_owned(), Some("id".to_owned()))
    );
}

#[test]
fn plain_functions_will_do() {
    assert_eq!(answer(|| async { "hi" }, request("GET", "/")).unwrap(), (200, "hi".to_owned()));
    assert_eq!(answer(|| async {}, request("GET", "/")).unwrap(), (200, String::new()));
    assert_eq!(answer(|| std::future::ready(StatusCode::GONE), request("GET", "/")).unwrap().0, 410);
}

#[test]
fn a_panic_tells_the_caller_nothing_more() {
    async fn code() -> Result<()> {
        panic!("the password is swordfish")
    }
    let failure = answer(code, request("GET", "/")).unwrap_err();
    assert!(failure.message.contains("swordfish"), "the log has it: {failure}");
    assert_eq!(failure.told_outside(), "the function panicked; the log of the host says where and why");
}
