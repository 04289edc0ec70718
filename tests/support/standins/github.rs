//! GitHub: organisations, their repositories in pages, commits, issues, and the one GraphQL query of the samples.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};

use super::server::{Answer, Call, Server};

/// A repository.
#[derive(Debug, Clone)]
pub(crate) struct Repo {
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) id: i64,
    /// Of the last commit; a repository without any answers 409.
    pub(crate) last_commit: Option<String>,
    pub(crate) open_issues: usize,
    /// What it is called today.
    pub(crate) renamed: Option<String>,
    pub(crate) deleted: bool,
}

impl Repo {
    /// A repository with a commit and some issues. Its numbers follow from its id.
    pub(crate) fn new(owner: &str, name: &str, id: i64) -> Self {
        let last_commit = Some(format!("20{:02}-01-02T03:04:05Z", 10 + id % 15));
        let open_issues = usize::try_from(id % 7).expect("ids are positive");
        Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
            id,
            last_commit,
            open_issues,
            renamed: None,
            deleted: false,
        }
    }

    /// `owner/name` as it is today.
    pub(crate) fn full_name(&self) -> String {
        self.renamed.clone().unwrap_or_else(|| format!("{}/{}", self.owner, self.name))
    }

    fn listed(&self) -> Value {
        let (owner, full_name) = (json!({ "login": self.owner }), self.full_name());
        json!({ "id": self.id, "name": self.name, "full_name": full_name, "owner": owner, "private": false })
    }

    fn stats(&self) -> Value {
        let count = |count: i64| json!({ "totalCount": count });
        json!({
            "nameWithOwner": self.full_name(), "isArchived": self.id % 5 == 0, "isTemplate": false,
            "updatedAt": self.last_commit, "Issues": count(self.id + 3), "openIssues": count(self.id), "closedIssues": count(3),
            "PRs": count(self.id * 2), "openPRs": count(self.id), "closedPRs": count(0), "mergedPRs": count(self.id),
            "stars": count(self.id * 10),
        })
    }
}

/// All that this GitHub knows.
struct World {
    repos: Vec<Repo>,
    page: usize,
    latency: Duration,
}

/// The stand-in.
pub(crate) struct GitHub {
    pub(crate) server: Server,
    world: Arc<Mutex<World>>,
}

impl GitHub {
    /// A GitHub with these repositories. An organisation is there if it has any, or is named `empty`.
    pub(crate) fn with(repos: impl IntoIterator<Item = Repo>) -> Self {
        let world = World { repos: repos.into_iter().collect(), page: 30, latency: Duration::ZERO };
        let world = Arc::new(Mutex::new(world));
        let seen = world.clone();
        let server = Server::start(move |call| {
            let world = seen.lock().unwrap_or_else(PoisonError::into_inner);
            world.answer(call).after(world.latency)
        });
        Self { server, world }
    }

    /// An organisation with so many repositories, `prefix-0`, `prefix-1`, …
    pub(crate) fn organization(owner: &str, prefix: &str, count: i64, first_id: i64) -> Vec<Repo> {
        (0..count).map(|number| Repo::new(owner, &format!("{prefix}-{number}"), first_id + number)).collect()
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Answers so much later from now on.
    pub(crate) fn set_latency(&self, latency: Duration) {
        self.world.lock().unwrap_or_else(PoisonError::into_inner).latency = latency;
    }

    /// Changes a repository.
    pub(crate) fn change(&self, full_name: &str, change: impl FnOnce(&mut Repo)) {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let repo = world.repos.iter_mut().find(|repo| repo.full_name() == full_name);
        change(repo.expect("the repository is there"));
    }

    /// The queries that were asked, in their order.
    pub(crate) fn queries(&self) -> Vec<Call> {
        self.calls("/graphql")
    }

    /// The calls whose path begins so.
    pub(crate) fn calls(&self, path: &str) -> Vec<Call> {
        self.server.calls().into_iter().filter(|call| call.path.starts_with(path)).collect()
    }

    /// The repositories that a query asks for, as `owner/name`.
    pub(crate) fn asked_for(query: &Call) -> Vec<String> {
        aliases(query).into_values().map(|(owner, name)| format!("{owner}/{name}")).collect()
    }
}

impl World {
    fn answer(&self, call: &Call) -> Answer {
        let path: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
        match (call.method.as_str(), path.as_slice()) {
            ("GET", ["orgs", org]) if self.has(org) => Answer::json(&json!({ "login": org })),
            ("GET", ["orgs", org, "repos"]) if self.has(org) => {
                self.page(call, self.repos_of(org).map(Repo::listed).collect())
            }
            ("GET", ["repositories", id, "commits"]) => self.commits(id),
            ("GET", ["repos", owner, name, "issues"]) => self.issues(call, owner, name),
            ("POST", ["graphql"]) => self.graphql(call),
            _ => Answer::status(404).body(r#"{"message":"Not Found"}"#),
        }
    }

    fn has(&self, org: &str) -> bool {
        org == "empty" || self.repos_of(org).next().is_some()
    }

    fn repos_of<'w>(&'w self, org: &'w str) -> impl Iterator<Item = &'w Repo> {
        self.repos.iter().filter(move |repo| repo.owner == org && !repo.deleted)
    }

    /// One page of a list, with the links that GitHub gives along.
    fn page(&self, call: &Call, all: Vec<Value>) -> Answer {
        let number =
            |name: &str, default| call.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(default);
        let (size, page): (usize, usize) = (number("per_page", self.page).min(100), number("page", 1).max(1));
        let items: Vec<Value> = all.iter().skip((page - 1) * size).take(size).cloned().collect();
        let answer = Answer::json(&json!(items));
        if all.len() <= page * size {
            return answer;
        }
        let host = call.header("host").unwrap_or_default();
        let link = |page: usize, rel: &str| {
            let kept: String = call
                .query
                .iter()
                .filter(|(name, _)| name != "page")
                .map(|(n, v)| format!("{n}={v}&"))
                .collect();
            format!(r#"<http://{host}{}?{kept}page={page}>; rel="{rel}""#, call.path)
        };
        answer.header("link", [link(page + 1, "next"), link(all.len().div_ceil(size), "last")].join(", "))
    }

    fn commits(&self, id: &str) -> Answer {
        let Some(repo) = self.repos.iter().find(|repo| repo.id.to_string() == id && !repo.deleted) else {
            return Answer::status(404);
        };
        match &repo.last_commit {
            Some(date) => {
                Answer::json(&json!([{ "sha": "abc", "commit": { "committer": { "date": date } } }]))
            }
            None => Answer::status(409).body(r#"{"message":"Git Repository is empty."}"#),
        }
    }

    fn issues(&self, call: &Call, owner: &str, name: &str) -> Answer {
        let repo = self.repos_of(owner).find(|repo| repo.name == name);
        match repo {
            Some(repo) => {
                self.page(call, (0..repo.open_issues).map(|number| json!({ "number": number })).collect())
            }
            None => Answer::status(404),
        }
    }

    /// As GitHub does: what is not there is null, beside an error.
    fn graphql(&self, call: &Call) -> Answer {
        let (mut data, mut errors) = (serde_json::Map::new(), Vec::new());
        for (number, (owner, name)) in aliases(call) {
            let alias = format!("r{number}");
            let wanted = format!("{owner}/{name}");
            let is_this = |repo: &&Repo| !repo.deleted && format!("{}/{}", repo.owner, repo.name) == wanted;
            match self.repos.iter().find(is_this) {
                Some(repo) => {
                    data.insert(alias, repo.stats());
                }
                None => {
                    let message = format!("Could not resolve to a Repository with the name '{wanted}'.");
                    errors.push(json!({ "type": "NOT_FOUND", "path": [alias], "message": message }));
                    data.insert(alias, Value::Null);
                }
            }
        }
        match errors.is_empty() {
            true => Answer::json(&json!({ "data": data })),
            false => Answer::json(&json!({ "data": data, "errors": errors })),
        }
    }
}

/// Owner and name of each alias `rN`, by number. Texts are read as GraphQL reads them, escapes included.
fn aliases(call: &Call) -> BTreeMap<usize, (String, String)> {
    let body = call.json();
    let mut rest = body["query"].as_str().expect("a query is a text");
    let mut found = BTreeMap::new();
    while let Some((before, after)) = rest.split_once(": repository(owner: ") {
        let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        let number = digits.parse().expect("an alias has a number");
        let (owner, after) = text(after);
        let (name, after) = text(after.strip_prefix(", name: ").expect("a name follows the owner"));
        assert!(after.starts_with(") {"), "the arguments of r{number} do not end: {after}");
        found.insert(number, (owner, name));
        rest = after;
    }
    found
}

/// The text literal that this begins with, and what comes after it.
fn text(source: &str) -> (String, &str) {
    let mut texts = serde_json::Deserializer::from_str(source).into_iter::<String>();
    let text = texts.next().expect("an argument").expect("a text in quotes");
    let end = texts.byte_offset();
    (text, &source[end..])
}
