//! Connections that live on a runtime of their own.

use std::sync::Arc;

use fnhost::http_server::{ConnectionInfo, HttpServer, RequestBody, ServiceFuture};
use fnhost::shutdown::Shutdown;
use tokio::net::TcpListener;

use crate::peer::{Peer, soon};
use crate::scene::far;

fn thread_name(_: http::Request<RequestBody>, _: ConnectionInfo) -> ServiceFuture {
    Box::pin(async {
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        http::Response::new(name.into())
    })
}

#[tokio::test]
async fn a_placed_connection_is_served_and_drained_there() {
    let home = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("home")
        .enable_all()
        .build()
        .expect("a runtime");
    let handle = home.handle().clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let server = HttpServer::new(listener, far(), Arc::new(thread_name))
        .placing(Arc::new(move || Some(handle.clone())));
    let addr = server.local_addr().expect("an address");
    let shutdown = Shutdown::new();
    let task = tokio::spawn(server.run(shutdown.clone()));

    let mut peer = Peer::connect(addr).await;
    assert_eq!(peer.ask("/").await.text(), "home");
    assert_eq!(peer.ask("/").await.text(), "home");
    shutdown.begin_graceful();
    peer.expect_closed().await;
    soon("the server's end", task).await.expect("the server does not panic");
    home.shutdown_background();
}
