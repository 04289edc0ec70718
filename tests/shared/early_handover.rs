//! A host that is asked to stop and has a request to finish first: its work goes on elsewhere meanwhile.

use std::{
    fs,
    io::{Read, Write},
    time::{Duration, Instant},
};

use postgres_testkit::server;
use rustix::process::Signal;
use serde_json::json;

use super::adder;
use crate::{
    lifecycle::{BODY, begin_request_of, wait_until_stopping},
    support::{Scene, until},
};

/// How many activities run.
const RUNNING: &str = "SELECT count(owner) FROM fnhost.tasks";
/// A host says this when it has let go of its work.
const HANDED_OVER: &str = "other hosts go on with the work of this one";

#[test]
fn work_goes_on_elsewhere_while_a_request_is_finished() {
    let scene = Scene::new();
    let (app, file) = (scene.folder().join("app"), scene.folder().join("go"));
    adder::write(&app);
    let url = server().new_database();
    let database =
        url.split('?').next().and_then(|url| url.rsplit('/').next()).expect("the URL names one").to_owned();
    let scene = scene.binary(adder::BINARY).app(app).on_postgres(&url);
    let mut leaves = scene.start();
    leaves.durable().start("Relay", "r", &json!(file)).expect(202);
    // There is no other host yet, so its activity runs here.
    until("the first activity to run", || {
        let running = server().sql(&database, RUNNING);
        if running == "1" { Ok(()) } else { Err(running) }
    });
    let heir = scene.start();
    let mut request = begin_request_of(&leaves, "/api/add/last/7");

    let asked = Instant::now();
    leaves.signal(Signal::TERM);
    leaves.wait_to_say(HANDED_OVER);
    let handed_over = asked.elapsed();
    wait_until_stopping(&leaves);
    // The activity ends on the host that stops; what follows on it runs on the other.
    fs::write(&file, "").expect("the folder takes files");
    let ended = Instant::now();
    let status = heir.durable().wait_for("r", "Completed");
    eprintln!(
        "{handed_over:?} after its signal the host had handed its work over; {:?} after an activity of its had ended the \
         next one had run elsewhere",
        ended.elapsed()
    );
    assert_eq!(status["output"], json!(heir.pid()), "the host that stops is {}", leaves.pid());

    // What the request asks for runs there too, and is answered here.
    request.write_all(&BODY.as_bytes()[10..]).expect("the host still reads");
    let mut answer = String::new();
    request.read_to_string(&mut answer).expect("the host answers");
    assert!(answer.contains("HTTP/1.1 200") && answer.ends_with('7'), "{answer}");
    let status = leaves.wait_for_end(Duration::from_secs(15));
    assert_eq!(status.code(), Some(0), "{}", leaves.stderr());
}
