//! The first fork of a request's way: the host's own endpoints, or the app's functions.

use std::sync::Arc;

use http::Request;

use crate::{
    admin::AdminApi,
    http_server::{ConnectionInfo, HttpService, RequestBody, ServiceFuture},
    triggers::http::HttpTrigger,
};

/// All that the HTTP server serves.
pub(super) struct Front {
    pub(super) admin: Arc<AdminApi>,
    pub(super) functions: Arc<HttpTrigger>,
}

impl HttpService for Front {
    fn call(&self, request: Request<RequestBody>, from: ConnectionInfo) -> ServiceFuture {
        if self.admin.matches(request.uri().path()) {
            let admin = self.admin.clone();
            Box::pin(async move { admin.handle(request, from).await })
        } else {
            let functions = self.functions.clone();
            Box::pin(async move { functions.answer(request, from).await })
        }
    }
}
