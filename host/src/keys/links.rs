//! The management links of an instance: whole URLs that carry their own token.

use fnhost_protocol::client::ManagementLinks;
use fnhost_protocol::ids::InstanceId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::token::InstanceTokens;

/// Where the durable management API is served; links are built on it.
pub const DURABLE_BASE: &str = "/runtime/webhooks/durabletask";

/// What stands in a URL as it is: RFC 3986, unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Builds the links of one hub's instances. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LinkFactory {
    /// `taskHub=...&connection=...`, encoded.
    hub: String,
    tokens: InstanceTokens,
}

impl LinkFactory {
    /// For the hub of this name, kept where `connection` says.
    pub fn new(hub: &str, connection: &str, tokens: InstanceTokens) -> Self {
        Self { hub: format!("taskHub={}&connection={}", encode(hub), encode(connection)), tokens }
    }

    /// The links of an instance for a client that reached this host at `origin` (scheme and authority, as
    /// [`origin`](super::origin()) tells it).
    pub fn links(&self, id: &InstanceId, origin: &str) -> ManagementLinks {
        let instance = format!("{origin}{DURABLE_BASE}/instances/{}", encode(id.as_str()));
        let query = format!("{}&code={}", self.hub, self.tokens.token(id));
        let status = format!("{instance}?{query}");
        // `{eventName}` and `{text}` are for the client to replace.
        let with_reason = |verb: &str| format!("{instance}/{verb}?reason={{text}}&{query}");
        ManagementLinks {
            id: id.to_string(),
            status_query_get_uri: status.clone(),
            send_event_post_uri: format!("{instance}/raiseEvent/{{eventName}}?{query}"),
            terminate_post_uri: with_reason("terminate"),
            purge_history_delete_uri: status,
            restart_post_uri: format!("{instance}/restart?{query}"),
            suspend_post_uri: with_reason("suspend"),
            resume_post_uri: with_reason("resume"),
        }
    }
}

fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, ENCODED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_the_published_ones() {
        let tokens = InstanceTokens::new([7; 32]);
        let id = InstanceId::parse("order 1&ü").unwrap();
        let code = tokens.token(&id);
        let links = LinkFactory::new("My Hub", "Storage", tokens).links(&id, "https://h:1");
        let base = "https://h:1/runtime/webhooks/durabletask/instances/order%201%26%C3%BC";
        let query = format!("taskHub=My%20Hub&connection=Storage&code={code}");
        assert_eq!(
            links,
            ManagementLinks {
                id: "order 1&ü".into(),
                status_query_get_uri: format!("{base}?{query}"),
                send_event_post_uri: format!("{base}/raiseEvent/{{eventName}}?{query}"),
                terminate_post_uri: format!("{base}/terminate?reason={{text}}&{query}"),
                purge_history_delete_uri: format!("{base}?{query}"),
                restart_post_uri: format!("{base}/restart?{query}"),
                suspend_post_uri: format!("{base}/suspend?reason={{text}}&{query}"),
                resume_post_uri: format!("{base}/resume?reason={{text}}&{query}"),
            }
        );
    }
}
