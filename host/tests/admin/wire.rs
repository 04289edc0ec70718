//! Over a socket, for what only a socket can bring: bodies that come in pieces and do not say how long they are.

use std::sync::Arc;

use fnhost::http_server::{ConnectionInfo, HttpServer, Limits, RequestBody, ServiceFuture};
use fnhost::shutdown::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::*;

/// Sends the start of a request and pieces of its body; returns the whole answer.
async fn post(scene: &Arc<Scene>, target: &str, pieces: &[&str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let served = scene.clone();
    let service = move |request: http::Request<RequestBody>, from: ConnectionInfo| -> ServiceFuture {
        let scene = served.clone();
        Box::pin(async move { scene.api.handle(request, from).await })
    };
    let server = HttpServer::new(listener, Limits::default(), Arc::new(service));
    let running = tokio::spawn(server.run(shutdown.clone()));

    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {target} HTTP/1.1\r\nhost: host.test:7071\r\nx-functions-key: {MASTER}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    for piece in pieces {
        socket.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).await.unwrap();
    }
    socket.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    shutdown.escalate();
    running.await.unwrap();
    answer
}

#[tokio::test]
async fn a_body_in_pieces_is_one_body() {
    let scene = Arc::new(Scene::new().await);
    let answer = post(&scene, &format!("{BASE}/orchestrators/Hello"), &["{\"a\"", ": ", "1}"]).await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    scene.durable.was_asked(&[r#"start Hello None {"a": 1}"#]);
}

#[tokio::test]
async fn pieces_are_counted() {
    let scene = Arc::new(Scene::new().await);
    let piece = "1".repeat(LIMIT / 2 + 1);
    let answer = post(&scene, &format!("{BASE}/orchestrators/Hello"), &[&piece, &piece]).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("The request body has more than the 1000 bytes"), "{answer}");
    scene.durable.was_asked(&[]);
}
