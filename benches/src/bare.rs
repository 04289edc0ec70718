//! The floor of HTTP: hyper on a multi-threaded runtime, one fixed answer, nothing else.

use std::{convert::Infallible, net::Ipv4Addr};

use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::{app::HELLO, process::announce};

/// Serves until the process is killed.
pub(crate) fn serve() -> anyhow::Result<()> {
    // As the host's own: a thread per core.
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(accept())
}

async fn accept() -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    announce(&format!("http://{}", listener.local_addr()?))?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
            // A client that goes away is no error here.
            drop(connection.await);
        });
    }
}

async fn answer(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(HELLO.as_bytes())));
    let plain = hyper::header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, plain);
    Ok(response)
}
