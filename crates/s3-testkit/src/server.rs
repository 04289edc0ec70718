//! The server: a socket, the failures, and the service behind them.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::{body::Frame, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use s3s::{
    Body, HttpError, HttpResponse,
    auth::SimpleAuth,
    config::{S3Config, StaticConfigProvider},
    service::{S3Service, S3ServiceBuilder},
};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    faults::{Fault, Faults, Op},
    service::{ListFault, Service, body},
    store::{Bucket, Store, tag},
};

/// The one access key of every server.
pub const KEY: &str = "AKIATESTKIT";
/// Its secret.
pub const SECRET: &str = "testkit/secret+of=no@importance";

/// How wrong a client's clock may be, as Amazon has it.
const MOST_SKEW: i64 = 15 * 60;

/// A running server.
#[derive(Debug)]
pub struct S3Server {
    address: SocketAddr,
    inner: Arc<Inner>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Inner {
    store: Arc<Store>,
    faults: Faults,
    requests: AtomicU64,
    /// Seconds by which the server's clock is ahead.
    skew: AtomicI64,
}

impl S3Server {
    /// Starts a server without buckets.
    ///
    /// # Panics
    /// When it cannot: tests that need one must not pass without.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port of loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        listener.set_nonblocking(true).expect("a socket can be set so");
        let inner = Arc::new(Inner::default());
        let (stop, stopped) = oneshot::channel();
        let serving = inner.clone();
        let thread = thread::Builder::new().name("s3-testkit".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = serve(listener, serving) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, inner, stop: Some(stop), thread: Some(thread.expect("a thread")) }
    }

    /// What a setting says to reach it.
    pub fn connection_string(&self) -> String {
        format!("s3://{KEY}:{SECRET}@{}?tls=false", self.address)
    }

    /// The same with another secret.
    pub fn connection_string_with_secret(&self, secret: &str) -> String {
        format!("s3://{KEY}:{secret}@{}?tls=false", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes an empty bucket.
    pub fn create_bucket(&self, name: &str) {
        self.inner.store.lock().buckets.insert(name.to_owned(), Bucket::default());
    }

    /// Refuses everybody who asks for anything in a bucket, or lets them in again.
    ///
    /// # Panics
    /// When there is no such bucket.
    pub fn deny(&self, bucket: &str, is_denied: bool) {
        let mut state = self.inner.store.lock();
        state.buckets.get_mut(bucket).expect("a bucket of this name").is_denied = is_denied;
    }

    /// Puts an object into a bucket without a request.
    ///
    /// # Panics
    /// When there is no such bucket.
    pub fn put(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        let mut state = self.inner.store.lock();
        let tag = tag(&bytes);
        let new = state.object(bytes, tag, None, Default::default());
        state.buckets.get_mut(bucket).expect("a bucket of this name").objects.insert(key.to_owned(), new);
    }

    /// The bytes of an object.
    pub fn object(&self, bucket: &str, key: &str) -> Option<Bytes> {
        let state = self.inner.store.lock();
        state.buckets.get(bucket)?.objects.get(key).map(|object| object.bytes.clone())
    }

    /// How many uploads in parts have begun and are neither completed nor aborted.
    pub fn unfinished_uploads(&self) -> usize {
        self.inner.store.lock().buckets.values().map(|bucket| bucket.uploads.len()).sum()
    }

    /// The next request of this kind fails, once. Several failures wait in order.
    pub fn fail(&self, op: Op, fault: Fault) {
        self.inner.faults.add(op, fault);
    }

    /// Failures that have not happened yet.
    pub fn faults_left(&self) -> usize {
        self.inner.faults.len()
    }

    /// New objects are not listed before so many more lists were asked for.
    pub fn delay_listing(&self, lists: u64) {
        self.inner.store.lock().delay = lists;
    }

    /// The server's clock is so many seconds ahead of the machine's.
    pub fn skew_clock(&self, seconds: i64) {
        self.inner.skew.store(seconds, Ordering::Relaxed);
    }

    /// Requests that have come, those that failed as well.
    pub fn requests(&self) -> u64 {
        self.inner.requests.load(Ordering::Relaxed)
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        // A thread that has ended by itself has nobody to tell.
        let _ended = self.stop.take().map(|stop| stop.send(()));
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join)
            && !thread::panicking()
        {
            panic!("the S3 server of this test has panicked");
        }
    }
}

async fn serve(listener: TcpListener, inner: Arc<Inner>) {
    let mut builder = S3ServiceBuilder::new(Service(inner.store.clone()));
    builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let mut config = S3Config::default();
    // Clocks are compared here, where they can be made wrong.
    config.presigned_url_max_skew_time_secs = u32::MAX;
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    let service = builder.build();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let (service, inner) = (service.clone(), inner.clone());
        tokio::spawn(async move {
            let answer = service_fn(move |request| answer(service.clone(), inner.clone(), request));
            // A client that goes away in the middle is part of some tests.
            let _ended = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(socket), answer)
                .await;
        });
    }
}

async fn answer(
    service: S3Service,
    inner: Arc<Inner>,
    request: http::Request<Incoming>,
) -> Result<HttpResponse, HttpError> {
    inner.requests.fetch_add(1, Ordering::Relaxed);
    let (mut head, incoming) = request.into_parts();
    if let Some(response) = too_skewed(&inner, &head) {
        return Ok(response);
    }
    let fault = inner.faults.take(Op::of(&head));
    let refusal = match fault {
        Some(Fault::Internal) => Some(error(500, "InternalError")),
        Some(Fault::SlowDown) => Some(error(503, "SlowDown")),
        Some(Fault::Denied) => Some(error(403, "AccessDenied")),
        Some(Fault::Nonsense) => {
            Some(HttpResponse::new(body("<!doctype html><title>Welcome</title><p>It works!")))
        }
        Some(of_list) => {
            head.extensions.insert(ListFault(of_list));
            None
        }
        None => None,
    };
    if let Some(response) = refusal {
        // Read to its end: a client that still sends when the connection is closed never sees the answer.
        return match BodyExt::collect(incoming).await {
            Ok(_) => Ok(response),
            Err(error) => Err(HttpError::new(Box::new(error))),
        };
    }
    let mut response = service.call(http::Request::from_parts(head, Body::from(incoming))).await?;
    if fault == Some(Fault::Cut) {
        response = cut(response).await;
    }
    response.headers_mut().insert(header::DATE, date(inner.skew.load(Ordering::Relaxed)));
    Ok(response)
}

/// The refusal of a request whose time is too far from the server's.
fn too_skewed(inner: &Inner, head: &http::request::Parts) -> Option<HttpResponse> {
    let skew = inner.skew.load(Ordering::Relaxed);
    let sent = head.headers.get("x-amz-date")?.to_str().ok()?;
    let mut response = error(403, "RequestTimeTooSkewed");
    let off = now(skew) - seconds_of(sent)?;
    response.headers_mut().insert(header::DATE, date(skew));
    (off.abs() > MOST_SKEW).then_some(response)
}

/// Seconds since 1970 by the server's clock.
fn now(skew: i64) -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX) + skew
}

/// `20261120T185900Z` as seconds since 1970.
fn seconds_of(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    // Days from the civil calendar: years begin in March, so that leap days come last.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// The header `Date` by the server's clock.
fn date(skew: i64) -> HeaderValue {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now(skew)).unwrap_or_default());
    HeaderValue::try_from(httpdate::fmt_http_date(time)).expect("a date is a header")
}

fn error(status: u16, code: &str) -> HttpResponse {
    let text = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>as the test wants</Message></Error>"
    );
    let mut response = HttpResponse::new(body(text));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}

/// Announces the whole body and sends half of it.
async fn cut(response: HttpResponse) -> HttpResponse {
    let (mut head, body) = response.into_parts();
    let whole = BodyExt::collect(body).await.map(|body| body.to_bytes()).unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let broken = stream::iter([Ok(Frame::data(half)), Err(io::Error::other("cut"))]);
    HttpResponse::from_parts(head, Body::http_body_unsync(StreamBody::new(broken.boxed())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_requests_are_read() {
        assert_eq!(seconds_of("19700101T000000Z"), Some(0));
        assert_eq!(seconds_of("20000229T000001Z"), Some(951_782_401));
        assert_eq!(seconds_of("20261120T185900Z"), Some(1_795_201_140));
        assert_eq!(seconds_of("yesterday"), None);
    }
}
