//! A second API: NuGet's search and its lists of versions.

use serde_json::{Value, json};

use super::server::{Answer, Server};

/// The stand-in.
pub(crate) struct NuGet {
    pub(crate) server: Server,
}

impl NuGet {
    /// A NuGet with so many packages, each with two versions.
    pub(crate) fn with(packages: usize) -> Self {
        Self {
            server: Server::start(move |call| {
                let path: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
                match path.as_slice() {
                    ["query"] => {
                        let package = |number| json!({ "id": format!("Package.{number}"), "totalDownloads": number * 100 });
                        let data: Vec<Value> = (0..packages).map(package).collect();
                        Answer::json(&json!({ "totalHits": packages, "data": data }))
                    }
                    ["flat", id, "index.json"] if id.starts_with("package.") => {
                        Answer::json(&json!({ "versions": ["1.0.0", "1.1.0"] }))
                    }
                    _ => Answer::status(404),
                }
            }),
        }
    }

    /// Where it is searched.
    pub(crate) fn search_url(&self) -> String {
        format!("{}/query", self.server.url())
    }

    /// Where versions are listed.
    pub(crate) fn versions_url(&self) -> String {
        format!("{}/flat", self.server.url())
    }
}
