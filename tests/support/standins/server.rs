//! The server of every stand-in: HTTP/1.1 on a thread of its own, a log of calls with their times, and a script of answers
//! that come before the stand-in's own.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpListener, runtime, sync::oneshot};

/// What a stand-in was asked.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// When it was read.
    pub(crate) began: Instant,
    /// When its answer was ready; `None` while it is not.
    pub(crate) ended: Option<Instant>,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names and values, decoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Status of the answer; 0 while there is none.
    pub(crate) status: u16,
}

impl Call {
    /// The value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{} {} carries no JSON: {error}", self.method, self.path),
        }
    }
}

/// What a stand-in answers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    after: Duration,
}

impl Answer {
    /// A JSON document.
    pub(crate) fn json(value: &Value) -> Self {
        Self::status(200).body(value.to_string()).header("content-type", "application/json; charset=utf-8")
    }

    /// A status without a body.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), after: Duration::ZERO }
    }

    /// The same with this body.
    pub(crate) fn body(self, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The same with one more header.
    pub(crate) fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same, so much later.
    pub(crate) fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }
}

/// Calls that get another answer than the stand-in's own.
struct Script {
    fits: Box<dyn Fn(&Call) -> bool + Send>,
    /// So many pass first.
    skip: usize,
    /// So many get the answer.
    times: usize,
    answer: Answer,
}

#[derive(Default)]
struct Inner {
    calls: Mutex<Vec<Call>>,
    scripts: Mutex<Vec<Script>>,
}

/// A running stand-in. Dropping it ends it.
pub(crate) struct Server {
    address: SocketAddr,
    inner: Arc<Inner>,
    /// Dropped, it tells the thread to end.
    _stop: oneshot::Sender<Infallible>,
}

impl Server {
    /// Starts a server that answers as this says.
    pub(crate) fn start(answer: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Self {
        let inner = Arc::new(Inner::default());
        let (stop, stopped) = oneshot::channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket can be told not to block");
        let address = listener.local_addr().expect("a bound socket has an address");
        let serving = inner.clone();
        let answer: Arc<Answerer> = Arc::new(answer);
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                tokio::select! {
                    () = serve(listener, serving, answer) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, inner, _stop: stop }
    }

    /// `http://127.0.0.1:…`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All calls so far, in the order in which they were read.
    pub(crate) fn calls(&self) -> Vec<Call> {
        lock(&self.inner.calls).clone()
    }

    /// Of the calls that fit, lets so many pass, then answers so many like this.
    pub(crate) fn script(
        &self,
        fits: impl Fn(&Call) -> bool + Send + 'static,
        skip: usize,
        times: usize,
        answer: Answer,
    ) {
        lock(&self.inner.scripts).push(Script { fits: Box::new(fits), skip, times, answer });
    }
}

type Answerer = dyn Fn(&Call) -> Answer + Send + Sync;

async fn serve(listener: std::net::TcpListener, inner: Arc<Inner>, answer: Arc<Answerer>) {
    let listener = TcpListener::from_std(listener).expect("a listener of this runtime");
    while let Ok((stream, _)) = listener.accept().await {
        let (inner, answer) = (inner.clone(), answer.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let (inner, answer) = (inner.clone(), answer.clone());
                async move { inner.call(request, &*answer).await }
            });
            // A client that goes away in the middle is the test's business, and seen by the test.
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

impl Inner {
    async fn call(
        &self,
        request: Request<Incoming>,
        answer: &Answerer,
    ) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let (head, body) = request.into_parts();
        let began = Instant::now();
        let query = head.uri.query().unwrap_or_default();
        let call = Call {
            began,
            ended: None,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: head.headers,
            body: body.collect().await?.to_bytes(),
            status: 0,
        };
        let place = {
            let mut calls = lock(&self.calls);
            calls.push(call.clone());
            calls.len() - 1
        };
        let answer = self.scripted(&call).unwrap_or_else(|| answer(&call));
        tokio::time::sleep(answer.after).await;
        {
            let mut calls = lock(&self.calls);
            calls[place].ended = Some(Instant::now());
            calls[place].status = answer.status;
        }
        let mut response = Response::builder().status(answer.status);
        for (name, value) in &answer.headers {
            response = response.header(name, value);
        }
        Ok(response.body(Full::from(answer.body)).expect("a test's answer can be sent"))
    }

    fn scripted(&self, call: &Call) -> Option<Answer> {
        let mut scripts = lock(&self.scripts);
        let script = scripts.iter_mut().find(|script| script.times > 0 && (script.fits)(call))?;
        if script.skip > 0 {
            script.skip -= 1;
            return None;
        }
        script.times -= 1;
        Some(script.answer.clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether any two of these calls were under way at the same time.
pub(crate) fn overlap(calls: &[Call]) -> bool {
    calls.windows(2).any(|pair| pair[0].ended.is_none_or(|ended| ended > pair[1].began))
}
