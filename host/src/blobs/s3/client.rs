//! The client of one connection: made at the first request, counting all of them.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_sdk_s3::{
    Client, Config,
    config::{
        BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RequestChecksumCalculation,
        ResponseChecksumValidation, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::BoxError,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use tokio::sync::OnceCell;

use crate::blobs::connection::S3Address;

/// How often a request is made before the caller is told; the pauses grow, and the store's wishes are heeded.
const ATTEMPTS: u32 = 4;

/// The longest pause between two of them.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

const CONNECT: Duration = Duration::from_secs(5);

/// How long the store may take for the head of an answer. Parts of 8 MiB have to be taken in meanwhile.
const ANSWER: Duration = Duration::from_secs(60);

/// A client that is made when it is needed: without requests there is neither a connection nor a look for keys.
pub(super) struct LazyClient {
    address: S3Address,
    client: OnceCell<Client>,
    requests: Arc<AtomicU64>,
}

impl LazyClient {
    pub(super) fn new(address: S3Address) -> Self {
        Self { address, client: OnceCell::new(), requests: Arc::default() }
    }

    /// The client.
    pub(super) async fn get(&self) -> &Client {
        self.client.get_or_init(|| self.make()).await
    }

    /// How many requests were sent, each repetition counted.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    async fn make(&self) -> Client {
        let address = &self.address;
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let mut config = match &address.keys {
            // Nothing of the environment plays a part where everything is said.
            Some(keys) => {
                let keys = Credentials::new(&keys.id, &keys.secret, keys.token.clone(), None, "settings");
                Config::builder().behavior_version(version()).credentials_provider(keys)
            }
            None => {
                let chain = aws_config::defaults(version()).http_client(http.clone()).load().await;
                Config::from(&chain).to_builder()
            }
        };
        config = config
            .http_client(http)
            .interceptor(Counter(self.requests.clone()))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_PAUSE))
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build())
            .force_path_style(address.path_style)
            // Requests are signed together with their bodies; many stores do not know the newer check sums.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        if let Some(endpoint) = &address.endpoint {
            config = config.endpoint_url(endpoint);
        }
        if let Some(region) = &address.region {
            config = config.region(Region::new(region.clone()));
        }
        Client::from_conf(config.build())
    }
}

/// The behaviour that was tested; a newer library may have a newer one.
fn version() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

impl fmt::Debug for LazyClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyClient").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Counts requests as they go out.
#[derive(Debug)]
struct Counter(Arc<AtomicU64>);

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "Counter"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
