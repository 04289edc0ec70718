//! The first fork of a request's way: the host's own endpoints, or the app's functions.

use std::{net::IpAddr, sync::Arc};

use http::{HeaderMap, Request, StatusCode, header};

use crate::{
    admin::AdminApi,
    http_server::{ConnectionInfo, HttpService, Problem, RequestBody, ServiceFuture},
    triggers::http::HttpTrigger,
};

/// All that the HTTP server serves.
pub(super) struct Front {
    pub(super) admin: Arc<AdminApi>,
    pub(super) functions: Arc<HttpTrigger>,
    /// Whether nobody is asked for a key. Then the loopback address is the only lock, and web pages that the user of the
    /// machine looks at are behind it: they must not get through.
    pub(super) open: bool,
}

impl HttpService for Front {
    fn call(&self, request: Request<RequestBody>, from: ConnectionInfo) -> ServiceFuture {
        let is_admin = self.admin.matches(request.uri().path());
        if self.open
            && let Err(problem) = check_no_page(request.headers(), is_admin)
        {
            return Box::pin(async move { problem.into_response() });
        }
        if is_admin {
            let admin = self.admin.clone();
            Box::pin(async move { admin.handle(request, from).await })
        } else {
            let functions = self.functions.clone();
            Box::pin(async move { functions.answer(request, from).await })
        }
    }
}

/// Refuses what only a browser sends on behalf of a page from elsewhere: a name that somebody's DNS has pointed at
/// this machine, and, for the host's own endpoints, another origin. Which pages may call functions is for CORS to say.
fn check_no_page(headers: &HeaderMap, is_admin: bool) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(header::HOST) else { return Ok(()) };
    if !is_loopback(host) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "foreignHost")
            .detail("without keys this host answers to loopback names only")
            .found(host)
            .allowed("localhost, 127.0.0.1 or [::1], with the port"));
    }
    let is_foreign = |origin: &str| origin.split_once("://").is_none_or(|(_, from)| from != host);
    match headers.get(header::ORIGIN) {
        Some(origin) if is_admin && origin.to_str().map_or(true, is_foreign) => {
            Err(Problem::new(StatusCode::FORBIDDEN, "foreignOrigin")
                .detail("without keys no web page of another origin may manage this host"))
        }
        _ => Ok(()),
    }
}

/// Whether the host and port of a `Host` header mean this machine whatever a DNS server says.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_local_name =
        name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost");
    is_local_name || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn passes(host: &str, origin: Option<&str>, is_admin: bool) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        check_no_page(&headers, is_admin).is_ok()
    }

    #[test]
    fn without_keys_no_page_from_elsewhere_gets_through() {
        for host in ["127.0.0.1:7071", "localhost", "LocalHost:7071", "app.localhost:1", "[::1]:7071"] {
            assert!(passes(host, None, true), "{host}");
        }
        for host in
            ["attacker.example", "127.0.0.1.attacker.example", "localhost.attacker.example:7071", "10.0.0.1"]
        {
            assert!(!passes(host, None, true) && !passes(host, None, false), "{host}");
        }
        assert!(passes("localhost:7071", Some("http://localhost:7071"), true));
        for origin in ["http://attacker.example", "http://localhost:3000", "null"] {
            assert!(!passes("localhost:7071", Some(origin), true), "{origin}");
            assert!(passes("localhost:7071", Some(origin), false), "{origin}: CORS decides");
        }
        assert!(check_no_page(&HeaderMap::new(), true).is_ok(), "HTTP/1.0 need not name a host");
    }
}
