//! HTTP as the samples speak it: one client for the whole process, which keeps its connections, checks certificates
//! against those of the machine, waits for an answer only so long and takes only so much of it.
//!
//! What goes wrong is told without headers and bodies of requests: they hold secrets.

use std::{sync::OnceLock, time::Duration};

use fnhost_sdk::{Bytes, Context, Error, Method, Result, StatusCode};
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::{Serialize, de::DeserializeOwned};

/// Longer than any of the services takes, shorter than a function may.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than the largest page or answer of the services.
const LARGEST: usize = 32 << 20;
/// How much of a refusal is told.
const SHOWN: usize = 300;

/// A request that is being put together.
pub struct Ask {
    method: Method,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Result<Bytes>,
    /// What errors call it.
    name: Option<&'static str>,
}

/// Asks for a document.
pub fn get(url: impl Into<String>) -> Ask {
    Ask { method: Method::GET, url: url.into(), headers: Vec::new(), body: Ok(Bytes::new()), name: None }
}

/// Sends a JSON document.
pub fn post(url: impl Into<String>, document: &impl Serialize) -> Ask {
    let body = serde_json::to_vec(document).map(Bytes::from).map_err(Error::from);
    Ask { method: Method::POST, body, ..get(url) }.header("content-type", "application/json")
}

impl Ask {
    /// Sets a header; a later one of the same name wins.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What errors call this service instead of its URL, which holds a secret.
    pub fn called(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Sends it and waits for the whole answer, whatever its status is.
    ///
    /// # Errors
    /// When nothing can be sent, or no whole answer comes in time.
    pub async fn send(self) -> Result<Answer> {
        let name = match self.name {
            Some(name) => name.to_owned(),
            None => format!("{} {}", self.method, self.url),
        };
        let request = self.into_request().with_context(|| format!("{name} cannot be sent"))?;
        let answer = tokio::time::timeout(PATIENCE, answer(request)).await;
        let (status, headers, body) = answer
            .with_context(|| format!("{name} did not answer within {PATIENCE:?}"))?
            .with_context(|| format!("{name} did not answer"))?;
        Ok(Answer { name, status, headers, body })
    }

    fn into_request(self) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::builder().method(self.method).uri(self.url).body(Full::new(self.body?))?;
        // GitHub wants to know who asks.
        let agent = HeaderValue::from_static("fnhost-samples");
        request.headers_mut().insert(header::USER_AGENT, agent);
        for (name, value) in self.headers {
            let value = HeaderValue::from_str(&value).with_context(|| format!("its header `{name}`"))?;
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
        Ok(request)
    }
}

async fn answer(request: Request<Full<Bytes>>) -> Result<(StatusCode, HeaderMap, Bytes)> {
    let (head, body) = client().request(request).await?.into_parts();
    let body = Limited::new(body, LARGEST).collect().await.map_err(Error::new)?.to_bytes();
    Ok((head.status, head.headers, body))
}

/// What a service answered.
pub struct Answer {
    name: String,
    pub status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// A service answered with another status than success.
#[derive(Debug, thiserror::Error)]
#[error("{name} answered {status}: {text}")]
pub struct Refused {
    name: String,
    status: StatusCode,
    text: String,
}

impl Answer {
    /// A header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// This answer, if it says success.
    ///
    /// # Errors
    /// When it says anything else.
    pub fn success(self) -> Result<Self, Refused> {
        if self.status.is_success() {
            return Ok(self);
        }
        let text = String::from_utf8_lossy(&self.body).chars().take(SHOWN).collect();
        Err(Refused { name: self.name, status: self.status, text })
    }

    /// The document in it.
    ///
    /// # Errors
    /// When it is no JSON, or of another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("{} answered something else than was asked for", self.name))
    }
}

type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

fn client() -> &'static HttpClient {
    static CLIENT: OnceLock<HttpClient> = OnceLock::new();
    CLIENT.get_or_init(|| {
        let provider = rustls::crypto::ring::default_provider;
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider())
            .map(|connector| connector.https_or_http().enable_http1().build())
            // A machine without certificates can still speak HTTP; HTTPS then says that it trusts nobody.
            .unwrap_or_else(|_| trusting_nobody(provider().into()));
        Client::builder(TokioExecutor::new()).build(connector)
    })
}

fn trusting_nobody(
    provider: std::sync::Arc<rustls::crypto::CryptoProvider>,
) -> HttpsConnector<HttpConnector> {
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks the default versions of TLS")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build()
}
