//! Peers that take their time: each kind of waiting ends at its own limit, and only at that one.

use std::time::{Duration, Instant};

use fnhost::http_server::Limits;

use crate::peer::{End, Peer};
use crate::scene::{Event, Scene, far};

const SHORT: Duration = Duration::from_millis(60);

/// Runs what must end because of a limit of [`SHORT`], and checks that it did not end before.
async fn not_before_short<T>(since: Instant, future: impl Future<Output = T>) -> T {
    let result = future.await;
    assert!(since.elapsed() >= SHORT, "ended after {:?}, before its limit", since.elapsed());
    result
}

/// Lets time pass, where that nothing ends is the point.
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Runs a test whose peer must do something again and again within a limit, until a run comes off in which this
/// machine let it: a run of `None` was held up for longer than it may be and says nothing.
async fn undisturbed<T>(mut run: impl AsyncFnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(result) = run().await {
            return result;
        }
        assert!(since.elapsed() < 3 * crate::peer::PATIENCE, "this machine is too busy for this test");
    }
}

/// The longest time between two calls.
struct Pace {
    last: Instant,
    longest: Duration,
}

impl Pace {
    fn start() -> Self {
        Self { last: Instant::now(), longest: Duration::ZERO }
    }

    fn step(&mut self) {
        self.longest = self.longest.max(self.last.elapsed());
        self.last = Instant::now();
    }
}

#[tokio::test]
async fn a_peer_that_sends_nothing_is_let_go() {
    let scene = Scene::start(Limits { first_byte: SHORT, ..far() }).await;
    let since = Instant::now();
    let mut peer = scene.peer().await;
    not_before_short(since, peer.expect_closed()).await;
    scene.serves().await;
}

#[tokio::test]
async fn a_head_that_is_never_finished_ends() {
    let scene = Scene::start(Limits { head: SHORT, ..far() }).await;
    let since = Instant::now();
    let mut peer = scene.peer().await;
    peer.send("GET /hello HTTP/1.1\r\nHost: h\r\n").await;
    not_before_short(since, peer.end()).await;
}

#[tokio::test]
async fn a_head_that_trickles_for_ever_ends() {
    let scene = Scene::start(Limits { head: SHORT, ..far() }).await;
    let since = Instant::now();
    let Peer { stream, .. } = scene.peer().await;
    let (mut from, mut to) = stream.into_split();
    // Each byte is progress; a timeout per read would never come.
    let trickle = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let mut byte = tokio::time::interval(Duration::from_millis(5));
        to.write_all(b"GET /hello HTTP/1.1\r\nX: ").await.expect("the beginning");
        while to.write_all(b"x").await.is_ok() {
            byte.tick().await;
        }
    });
    let end = async {
        use tokio::io::AsyncReadExt;
        let mut rest = Vec::new();
        let _closed_or_reset = from.read_to_end(&mut rest).await;
        assert_eq!(rest, b"");
        trickle.await.expect("sending fails in the end");
    };
    not_before_short(since, crate::peer::soon("the end", end)).await;
}

#[tokio::test]
async fn a_second_head_has_the_same_limit_as_the_first() {
    let scene = Scene::start(Limits { head: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    assert_eq!(peer.ask("/hello").await.status, 200);
    let since = Instant::now();
    peer.send("G").await;
    not_before_short(since, peer.end()).await;
}

#[tokio::test]
async fn the_time_of_a_head_does_not_run_while_the_answer_before_it_is_made() {
    let mut scene = Scene::start(Limits { head: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.get("/gate", "").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    peer.send("GET /hello HTTP/1.1\r\n").await;
    pass(2 * SHORT).await;
    scene.open_gate();
    assert_eq!(peer.reply().await.text(), "through the gate");
    peer.send("Host: h\r\n\r\n").await;
    assert_eq!(peer.reply().await.text(), "hello");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let scene = Scene::start(Limits { idle: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    // The server's time starts when it has answered, which is later than this.
    let since = Instant::now();
    assert_eq!(peer.ask("/hello").await.status, 200);
    not_before_short(since, peer.expect_closed()).await;
}

#[tokio::test]
async fn a_connection_in_use_is_never_idle() {
    let scene = Scene::start(Limits { idle: SHORT, ..far() }).await;
    undisturbed(async || {
        let mut peer = scene.peer().await;
        let (since, mut pace) = (Instant::now(), Pace::start());
        let mut pause = tokio::time::interval(SHORT / 6);
        while since.elapsed() < 5 * SHORT {
            pause.tick().await;
            peer.push("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").await;
            let served = peer.try_reply().await.is_some_and(|reply| reply.status == 200);
            pace.step();
            if !served && pace.longest > SHORT / 2 {
                return None;
            }
            assert!(served, "closed while in use, with no pause longer than {:?}", pace.longest);
        }
        Some(())
    })
    .await;
}

#[tokio::test]
async fn a_request_that_takes_long_is_not_idle() {
    let mut scene = Scene::start(Limits { idle: SHORT, head: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.get("/gate", "").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    pass(4 * SHORT).await;
    scene.open_gate();
    assert_eq!(peer.reply().await.text(), "through the gate");
    peer.expect_closed().await;
}

#[tokio::test]
async fn a_body_that_stops_is_408() {
    let mut scene = Scene::start(Limits { body_idle: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    let since = Instant::now();
    peer.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234").await;
    let reply = not_before_short(since, peer.reply()).await;
    assert_eq!((reply.status, reply.code().as_str()), (408, "bodyTimeout"));
    assert_eq!(scene.event().await, Event::Began("/echo".into()));
    assert_eq!(scene.event().await, Event::Body("Timeout".into()));
    peer.finish_sending().await;
    peer.expect_closed().await;
}

#[tokio::test]
async fn a_body_that_trickles_is_408_in_the_end() {
    let mut scene = Scene::start(Limits { body_idle: 4 * SHORT, body_total: 6 * SHORT, ..far() }).await;
    undisturbed(async || {
        let mut peer = scene.peer().await;
        let (since, mut pace) = (Instant::now(), Pace::start());
        peer.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n").await;
        let mut pause = tokio::time::interval(SHORT / 6);
        assert_eq!(scene.event().await, Event::Began("/echo".into()));
        let outcome = loop {
            pause.tick().await;
            peer.push("x").await;
            pace.step();
            if let Ok(event) = scene.events.try_recv() {
                break event;
            }
            assert!(since.elapsed() < crate::peer::PATIENCE, "the body goes on for ever");
        };
        if pace.longest > 2 * SHORT {
            return None;
        }
        assert_eq!(outcome, Event::Body("Timeout".into()));
        assert!(since.elapsed() >= 6 * SHORT, "ended after {:?}", since.elapsed());
        assert_eq!(peer.reply().await.status, 408);
        Some(())
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_cut_off_and_its_answer_dropped() {
    let mut scene = Scene::start(Limits { write_stall: SHORT, ..far() }).await;
    for path in ["/big", "/endless"] {
        let mut peer = Peer::connect_narrow(scene.addr).await;
        let since = Instant::now();
        peer.get(path, "").await;
        let gone = not_before_short(since, scene.event()).await;
        assert_eq!(gone, Event::BodyGone(path.into()));
        // What was in flight may still be read; then the connection is reset, not ended as if the answer were whole.
        assert_eq!(peer.end().await, End::Reset);
    }
    scene.serves().await;
}

#[tokio::test]
async fn a_reader_that_is_slow_but_steady_gets_everything() {
    let mut scene = Scene::start(Limits { write_stall: 10 * SHORT, ..far() }).await;
    undisturbed(async || {
        let mut peer = Peer::connect_narrow(scene.addr).await;
        peer.get("/big", "").await;
        let (since, mut pace) = (Instant::now(), Pace::start());
        let length = peer.head().await.header("content-length").expect("a length").to_owned();
        let mut left: usize = length.parse().expect("a number");
        let mut pause = tokio::time::interval(SHORT / 4);
        while left > 0 {
            // Slow for longer than the limit, then fast.
            if since.elapsed() < 15 * SHORT {
                pause.tick().await;
            }
            let some = peer.try_some().await;
            pace.step();
            if some == 0 && pace.longest > 2 * SHORT {
                assert_eq!(scene.event().await, Event::BodyGone("/big".into()));
                return None;
            }
            assert_ne!(
                some, 0,
                "cut off {left} bytes before the end, with no pause longer than {:?}",
                pace.longest
            );
            left -= some;
        }
        assert_eq!(scene.event().await, Event::BodyGone("/big".into()));
        assert_eq!(peer.ask("/hello").await.status, 200);
        Some(())
    })
    .await;
}

#[tokio::test]
async fn a_service_that_is_slow_to_stream_is_not_a_slow_reader() {
    let mut scene = Scene::start(Limits { write_stall: SHORT, idle: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.get("/stuck", "").await;
    assert_eq!(peer.head().await.status, 200);
    pass(4 * SHORT).await;
    assert!(scene.events.try_recv().is_err(), "the stream was dropped");
    drop(peer);
}
