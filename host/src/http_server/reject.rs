//! Connections beyond the cap: told so, and let go.
//!
//! The answer is written without looking at the request. Closing while the peer's request lies unread would reset
//! the connection and take the answer back, so the peer gets a moment to read it; only so many get that moment, and
//! the rest are just closed, so that a flood costs nothing.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::problem::Problem;

/// Answers connections that are too many.
#[derive(Debug, Clone)]
pub(super) struct Rejecter {
    answer: Arc<[u8]>,
    places: Arc<Semaphore>,
    linger: Duration,
}

/// Rejected connections that may read their answer at the same time.
const PLACES: usize = 128;

impl Rejecter {
    pub(super) fn new(linger: Duration) -> Self {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "tooManyConnections")
            .detail("this host has as many connections as it takes");
        let body = problem.to_json();
        let head = format!(
            "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
             retry-after: 1\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let answer = [head.as_bytes(), body.as_bytes()].concat().into();
        Self { answer, places: Arc::new(Semaphore::new(PLACES)), linger }
    }

    /// Lets `stream` know and closes it, now or within `linger`.
    pub(super) fn reject(&self, mut stream: TcpStream) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return };
        let Self { answer, linger, .. } = self.clone();
        tokio::spawn(async move {
            let farewell = async {
                stream.write_all(&answer).await?;
                stream.shutdown().await?;
                let mut scratch = [0; 1024];
                while stream.read(&mut scratch).await? > 0 {}
                std::io::Result::Ok(())
            };
            match timeout(linger, farewell).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "failed to tell a rejected connection why"),
                Err(_) => tracing::debug!("a rejected connection stayed too long"),
            }
            drop(place);
        });
    }
}
