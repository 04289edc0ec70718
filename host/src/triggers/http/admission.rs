//! How many requests may be in the house at once: `maxOutstandingRequests` and `maxConcurrentRequests`.

use std::sync::Arc;

use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{config::HttpConfig, http_server::Problem};

/// Two doors: one turns away, the one behind it lets wait.
#[derive(Debug)]
pub(super) struct Admission {
    outstanding: Option<(Arc<Semaphore>, usize)>,
    concurrent: Option<Arc<Semaphore>>,
}

/// Held while a request is in the house.
#[derive(Debug, Default)]
pub(super) struct Admitted {
    _outstanding: Option<OwnedSemaphorePermit>,
    _concurrent: Option<OwnedSemaphorePermit>,
}

impl Admission {
    pub(super) fn new(config: &HttpConfig) -> Self {
        Self {
            outstanding: config.max_outstanding_requests().map(|max| (Arc::new(Semaphore::new(max)), max)),
            concurrent: config.max_concurrent_requests().map(|max| Arc::new(Semaphore::new(max))),
        }
    }

    /// Admits a request, at once or after others have left.
    ///
    /// # Errors
    /// 429 when there are too many already.
    pub(super) async fn admit(&self) -> Result<Admitted, Problem> {
        let outstanding = match &self.outstanding {
            None => None,
            Some((door, max)) => Some(door.clone().try_acquire_owned().map_err(|_| {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "tooManyRequests")
                    .detail("more requests are outstanding than this app takes at once")
                    .allowed(*max)
            })?),
        };
        let concurrent = match &self.concurrent {
            None => None,
            Some(door) => door.clone().acquire_owned().await.ok(),
        };
        Ok(Admitted { _outstanding: outstanding, _concurrent: concurrent })
    }
}
