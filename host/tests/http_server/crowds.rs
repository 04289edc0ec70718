//! Many at once.

use fnhost::http_server::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::peer::{Peer, soon};
use crate::scene::{Event, Scene, far};

#[tokio::test]
async fn connections_beyond_the_cap_are_told_and_places_are_given_back() {
    let mut scene =
        Scene::start(Limits { connections: 2, half_close: std::time::Duration::ZERO, ..far() }).await;
    let (mut one, mut two) = (scene.peer().await, scene.peer().await);
    assert_eq!(one.ask("/hello").await.status, 200);
    assert_eq!(two.ask("/hello").await.status, 200);

    let mut three = scene.peer().await;
    three.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n").await;
    // A client that is told in the middle of its request may go on: it must not meet a reset before it has read why.
    soon("the answer", three.stream.readable()).await.expect("an answer");
    three.send([b'x'; 500]).await;
    three.send([b'x'; 500]).await;
    let reply = three.reply().await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "tooManyConnections"));
    assert_eq!(reply.header("retry-after"), Some("1"));
    three.finish_sending().await;
    three.expect_closed().await;

    // The server notices the end of a busy connection when it drops the work for it.
    one.get("/gate", "").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    drop(one);
    assert_eq!(scene.event().await, Event::Cancelled("/gate".into()));
    soon("a place", async {
        loop {
            let mut peer = scene.peer().await;
            peer.get("/hello", "").await;
            if peer.reply().await.status == 200 {
                break;
            }
        }
    })
    .await;
    assert_eq!(two.ask("/hello").await.status, 200);
}

#[tokio::test]
async fn a_flood_beyond_the_cap_does_no_harm() {
    allow_many_files();
    let scene = Scene::start(Limits { connections: 1, ..far() }).await;
    let mut one = scene.peer().await;
    assert_eq!(one.ask("/hello").await.status, 200);
    let mut flood = Vec::new();
    for _ in 0..500 {
        flood.push(scene.peer().await);
    }
    assert_eq!(one.ask("/hello").await.status, 200);
    // Told or just closed, none of them is left waiting.
    for mut peer in flood {
        peer.finish_sending().await;
        let _closed_or_reset = peer.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_idle_sockets_do_not_disturb_those_who_work() {
    allow_many_files();
    let scene = Scene::start(far()).await;
    let mut idle = Vec::new();
    for n in 0..2000 {
        let mut peer = scene.peer().await;
        // Some have said nothing, some are used, some are in the middle of a head.
        match n % 3 {
            0 => {}
            1 => assert_eq!(peer.ask("/hello").await.status, 200),
            _ => peer.send("GET /hello HTTP/1.1\r\n").await,
        }
        idle.push(peer);
    }
    let work = (0..8).map(|_| async {
        let mut peer = Peer::connect(scene.addr).await;
        for _ in 0..50 {
            assert_eq!(peer.ask("/hello").await.text(), "hello");
        }
    });
    futures_util::future::join_all(work).await;
    for mut peer in idle.drain(..).filter(|_| true).skip(2).step_by(300) {
        peer.send("Host: h\r\n\r\n").await;
        assert_eq!(peer.reply().await.text(), "hello");
    }
}

#[tokio::test]
async fn a_drain_closes_a_crowd() {
    allow_many_files();
    let scene = Scene::start(far()).await;
    let mut crowd = Vec::new();
    for n in 0..500 {
        let mut peer = scene.peer().await;
        if n % 2 == 0 {
            assert_eq!(peer.ask("/hello").await.status, 200);
        }
        crowd.push(peer);
    }
    scene.shutdown.begin_graceful();
    for peer in &mut crowd {
        let _closed_or_reset = peer.end().await;
    }
    assert_eq!(scene.stopped().await.cut, 0);
}

/// Both ends of each connection are in this process.
fn allow_many_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .expect("raise the soft limit to the hard one");
}
