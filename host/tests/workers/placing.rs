//! Connections beside the functions that they call, served by the real HTTP server.

use std::{net::SocketAddr, sync::Arc};

use fnhost::{
    http_server::{ConnectionInfo, HttpServer, Limits, RequestBody, Response, ResponseBody, ServiceFuture},
    shutdown::Shutdown,
    workers::LinkedWorker,
};
use fnhost_protocol::worker::Worker;
use fnhost_sdk::Registry;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{Gate, call, done, health, soon, unwatched_worker, value, worker};

/// Serves `/health` itself and every other path with the function of that name; stops when dropped.
struct Site {
    address: SocketAddr,
    shutdown: Shutdown,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shutdown.begin_now();
    }
}

async fn site(worker: &LinkedWorker) -> Site {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let functions = worker.clone();
    let service = move |request: http::Request<RequestBody>, _: ConnectionInfo| -> ServiceFuture {
        let path = request.uri().path().trim_start_matches('/').to_owned();
        let functions = functions.clone();
        Box::pin(async move {
            let body = match path.as_str() {
                "health" => "well".to_owned(),
                function => value(functions.invoke(call(function)).await.unwrap()),
            };
            Response::new(ResponseBody::from(body))
        })
    };
    let place = worker.runtime().clone();
    let server = HttpServer::new(listener, Limits::default(), Arc::new(service))
        .placing(Arc::new(move || place.place_for_connection().cloned()));
    let shutdown = Shutdown::new();
    tokio::spawn(server.run(shutdown.clone()));
    Site { address, shutdown }
}

impl Site {
    async fn connect(&self) -> TcpStream {
        soon(TcpStream::connect(self.address)).await.unwrap()
    }

    /// Asks over a connection of its own; the body of the answer.
    async fn get(&self, path: &str) -> String {
        let mut stream = self.connect().await;
        send(&mut stream, path, "close").await;
        let mut answer = String::new();
        soon(stream.read_to_string(&mut answer)).await.unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

async fn send(stream: &mut TcpStream, path: &str, connection: &str) {
    let request = format!("GET /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn functions_run_in_the_task_of_their_connection() {
    let registry = Registry::new()
        .activity("Task", "Task/mod.rs", || async { done(tokio::task::try_id().map(|id| id.to_string())) });
    let worker = unwatched_worker(2, registry);
    let site = site(&worker).await;
    let mut stream = site.connect().await;
    send(&mut stream, "Task", "keep-alive").await;
    send(&mut stream, "Task", "close").await;
    let mut answers = String::new();
    soon(stream.read_to_string(&mut answers)).await.unwrap();
    let bodies: Vec<_> = answers.split("\r\n\r\n").skip(1).map(|rest| rest.split("HTTP").next()).collect();
    assert_eq!(bodies.len(), 2, "{answers}");
    assert_eq!(bodies[0], bodies[1], "two calls, one task");
}

#[tokio::test]
async fn a_saturated_host_answers_on_new_connections() {
    let (gate, mut blocked) = Gate::new();
    let inner = gate.clone();
    let registry = Registry::new().activity("Block", "Block/mod.rs", move || {
        let gate = inner.clone();
        async move {
            gate.block();
            done("through")
        }
    });
    let worker = worker(2, registry);
    let site = site(&worker).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = site.connect().await;
        send(&mut stream, "Block", "close").await;
        soon(blocked.recv()).await.unwrap();
        held.push(stream);
    }
    health(worker.runtime(), |health| health.saturated && health.blocked.len() == 2).await;
    assert_eq!(site.get("health").await, "well");

    gate.open();
    for mut stream in held {
        let mut answer = String::new();
        soon(stream.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.ends_with(r#""through""#), "{answer}");
    }
    health(worker.runtime(), |health| !health.saturated).await;
    assert_eq!(site.get("health").await, "well");
}
