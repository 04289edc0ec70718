//! One request to a host on this machine: how the command line talks to a host that runs already.

use std::{io, net::SocketAddr};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::HOST};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Sends a request over a connection of its own and reads the whole answer.
///
/// # Errors
/// When nobody listens there, or what answers speaks no HTTP.
pub async fn send_local(to: SocketAddr, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
    let stream = TcpStream::connect(to).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let (mut head, body) = request.into_parts();
    head.headers.insert(HOST, HeaderValue::try_from(to.to_string()).map_err(io::Error::other)?);
    // Owns the sender: once it is done the connection has nobody to serve and ends, having delivered all it read.
    let exchange = async move {
        let answer = sender.send_request(Request::from_parts(head, Full::new(body))).await?;
        let (head, body) = answer.into_parts();
        Ok::<_, hyper::Error>(Response::from_parts(head, body.collect().await?.to_bytes()))
    };
    let (answer, ended) = futures_util::future::join(exchange, connection).await;
    answer.map_err(|error| io::Error::other(ended.err().unwrap_or(error)))
}
