//! Scheme and authority by which a client reached this host: what its links have to begin with.

use http::HeaderMap;
use http::header::HOST;

use crate::http_server::ConnectionInfo;

const FORWARDED_HOST: &str = "x-forwarded-host";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The origin of a request, such as `http://127.0.0.1:7071`.
///
/// What a proxy says in `X-Forwarded-Host` and `-Proto` counts only when `trust_proxy`: anybody can send these headers,
/// and links that begin with a stranger's host would carry tokens to it.
pub fn origin(headers: &HeaderMap, from: &ConnectionInfo, trust_proxy: bool) -> String {
    let forwarded = |name| first(headers, name).filter(|_| trust_proxy);
    let scheme = match forwarded(FORWARDED_PROTO) {
        Some(proto) if proto.eq_ignore_ascii_case("https") => "https",
        _ => "http",
    };
    let host =
        forwarded(FORWARDED_HOST).filter(|host| is_host(host)).or_else(|| first(headers, HOST.as_str()));
    match host {
        Some(host) => format!("{scheme}://{host}"),
        // HTTP/1.0 need not say whom it means.
        None => format!("{scheme}://{}", from.local),
    }
}

/// The first element of a list: that of the proxy nearest to the client.
fn first<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let list = headers.get(name)?.to_str().ok()?;
    Some(list.split(',').next().unwrap_or_default().trim()).filter(|text| !text.is_empty())
}

/// The rule that the server has for `Host`, which only it has checked.
fn is_host(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:_[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn of(headers: &[(&'static str, &str)], trust_proxy: bool) -> String {
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        let address = "127.0.0.1:7071".parse().unwrap();
        origin(&map.collect(), &ConnectionInfo { peer: address, local: address }, trust_proxy)
    }

    #[test]
    fn a_proxy_is_believed_only_where_it_is_trusted() {
        let proxied = [
            ("host", "inner:8080"),
            ("x-forwarded-host", "Shop.example.org, proxy2"),
            ("x-forwarded-proto", "HTTPS"),
        ];
        assert_eq!(of(&proxied, false), "http://inner:8080");
        assert_eq!(of(&proxied, true), "https://Shop.example.org");
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        assert_eq!(of(&[], true), "http://127.0.0.1:7071");
        let odd = [("host", "h"), ("x-forwarded-host", "evil/path?"), ("x-forwarded-proto", "gopher")];
        assert_eq!(of(&odd, true), "http://h");
        assert_eq!(of(&[("host", "h"), ("x-forwarded-host", "")], true), "http://h");
    }
}
