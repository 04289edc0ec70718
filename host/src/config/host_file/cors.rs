//! `[host] cors` of the local settings: which web pages may call the functions.

use crate::config::code::Code;
use crate::config::entry::Entries;
use crate::config::problem::Problem;
use crate::config::report::Report;

/// The origins that may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    /// No page of another origin.
    None,
    /// Every page.
    Any,
    /// Pages of these origins: `https://example.org:8443`, without a path.
    Of(Vec<String>),
}

/// What browsers are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    origins: CorsOrigins,
    credentials: bool,
}

impl Cors {
    /// The origins that may call.
    pub fn origins(&self) -> &CorsOrigins {
        &self.origins
    }

    /// Whether they may send cookies and credentials.
    pub fn credentials(&self) -> bool {
        self.credentials
    }

    /// Whether a page of this origin may call.
    pub fn allows(&self, origin: &str) -> bool {
        match &self.origins {
            CorsOrigins::None => false,
            CorsOrigins::Any => true,
            CorsOrigins::Of(origins) => origins.iter().any(|known| known.eq_ignore_ascii_case(origin)),
        }
    }

    pub(super) fn build(local: &Entries, report: &mut Report) -> Self {
        let listed = local.texts("host.cors").unwrap_or_default();
        let mut origins = Vec::new();
        for (text, entry) in &listed {
            let text = text.trim_end_matches('/');
            let is_origin = text.split_once("://").is_some_and(|(scheme, host)| {
                !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '?', '#', '*', ' '])
            });
            if is_origin {
                origins.push(text.to_owned());
            } else if text != "*" {
                let message = "`cors` has an element that is not an origin";
                let problem = Problem::error(Code::BadValue, message, entry.at.clone()).found(entry.quoted());
                report.push(
                    problem.allowed([
                        "scheme, host and port as in \"https://example.org:8443\"",
                        "\"*\" for all",
                    ]),
                );
            }
        }
        let any = listed.iter().any(|(text, _)| *text == "*");
        let credentials = local.bool("host.corsCredentials").unwrap_or(false);
        if let (true, true, Some(at)) = (any, credentials, local.get("host.corsCredentials")) {
            let message = "`corsCredentials` needs named origins: browsers refuse credentials for \"*\"";
            let problem = Problem::error(Code::KeysDisagree, message, at.at.clone());
            let stars = local.get("host.cors").map(|entry| entry.at.clone());
            report.push(match stars {
                Some(at) => problem.also_at(at, "all origins here").help("list the origins in `cors`"),
                None => problem,
            });
        }
        let origins = match (any, origins.is_empty()) {
            (true, _) => CorsOrigins::Any,
            (false, true) => CorsOrigins::None,
            (false, false) => CorsOrigins::Of(origins),
        };
        Self { origins, credentials }
    }
}
