//! A keep-alive HTTP/1.1 client over one blocking connection: small, and able to send what no library would.
//!
//! It never repeats a request by itself: the crash tests must know of every single attempt.

use std::{
    io::{self, BufReader, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use super::{request::Request, response::Response};

/// Longer than any answer may take; a host that hangs fails the test by it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Above this the request is written beside the reading, so that an early refusal is seen.
const LARGE: usize = 64 * 1024;

/// One client with at most one connection.
pub(crate) struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    /// A client of the host that listens there; connects with the first request.
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self { address, connection: None }
    }

    /// Sends a request and reads the whole answer, over the open connection if there is one.
    pub(crate) fn send(&mut self, request: &Request) -> io::Result<Response> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => BufReader::new(connect(self.address)?),
        };
        let wire = request.wire();
        let mut writer = connection.get_ref().try_clone()?;
        let head_only = request.method == "HEAD";
        let response = if wire.len() > LARGE {
            thread::scope(|scope| {
                // A refusal may come before the last byte is written; then writing fails, and that is fine.
                scope.spawn(move || writer.write_all(&wire));
                let response = Response::read(&mut connection, request.title(), head_only);
                if !response.as_ref().is_ok_and(Response::keeps_alive) {
                    connection.get_ref().shutdown(Shutdown::Both).ok();
                }
                response
            })?
        } else {
            writer.write_all(&wire)?;
            Response::read(&mut connection, request.title(), head_only)?
        };
        if response.keeps_alive() {
            self.connection = Some(connection);
        }
        Ok(response)
    }

    /// Whether a connection is open that the next request will use.
    pub(crate) fn is_connected(&self) -> bool {
        self.connection.is_some()
    }
}

/// Opens a connection that does not wait for ever.
pub(super) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}
