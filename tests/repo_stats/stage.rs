//! A host with the pipeline, and all that it talks to.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::support::{
    Host, MASTER_KEY, Response, Scene, rows,
    standins::{GitHub, MailApi, Repo, Webhook},
};

/// The first moment of tests whose clock stands.
pub(super) const START: &str = "2026-01-01T00:00:00Z";

/// The scene of a test.
pub(super) struct Stage {
    scene: Scene,
    pub(super) github: GitHub,
    pub(super) mail: MailApi,
    pub(super) webhook: Webhook,
    database: PathBuf,
}

impl Stage {
    /// These repositories on GitHub, and these sources.
    pub(super) fn new(scene: Scene, repos: Vec<Repo>, sources: &Value) -> Self {
        let (github, mail, webhook) = (GitHub::with(repos), MailApi::start(), Webhook::start());
        let (data, database) = (scene.folder().join("Data"), scene.folder().join("samples.db"));
        fs::create_dir_all(&data).expect("a folder for data");
        fs::write(data.join("sources.json"), sources.to_string()).expect("the sources can be written");
        let scene = scene
            .setting("RepoStatsDataFolder", data.display())
            .setting("SamplesDatabase", format!("sqlite:{}", database.display()))
            .setting("GITHUB_API_URL", github.url())
            .setting("Github_Token", "github-token")
            .setting("SendEmailNotifications", "true")
            .setting("MAIL_URL", mail.url())
            .setting("SendGrid_API_Key", "mail-key")
            .setting("SendGrid_VerifiedFromSenderEmail", "runs@example.org")
            .setting("SendGrid_ToEmail", "people@example.org")
            .setting("PublishToEventGrid", "true")
            .setting("EventGridEndpoint", webhook.url())
            .setting("EventGridKey", "event-key")
            .setting("ThrottleWindowMs", 10)
            .setting("CooldownSeconds", 0.3);
        Self { scene, github, mail, webhook, database }
    }

    /// The sources and repositories of the published example: 195 are to be counted.
    pub(super) fn published(scene: Scene) -> Self {
        let mut repos = GitHub::organization("microsoft", "ms", 101, 1000);
        repos.extend(["FluidExamples", "maro"].map(|name| Repo::new("microsoft", name, name.len() as i64)));
        repos.extend(GitHub::organization("Esri", "gis", 92, 2000));
        repos.push(Repo::new("octokit", "octokit.rb", 46));
        repos.push(Repo::new("Azure", "azure-cli", 47));
        let sources = json!({
            "fullOrgs": [
                { "orgName": "microsoft", "exclude": "FluidExamples,maro" },
                { "orgName": "Esri", "exclude": "" },
            ],
            "individualRepos": ["octokit/octokit.rb", "Azure/azure-cli"],
        });
        Self::new(scene, repos, &sources)
    }

    /// Only repositories that are named one by one, so many of them.
    pub(super) fn few(scene: Scene, count: i64) -> Self {
        let repos = GitHub::organization("o", "r", count, 1);
        let names: Vec<String> = repos.iter().map(Repo::full_name).collect();
        Self::new(scene, repos, &json!({ "fullOrgs": [], "individualRepos": names }))
    }

    pub(super) fn setting(self, name: &str, value: impl ToString) -> Self {
        Self { scene: self.scene.setting(name, value), ..self }
    }

    /// The clock of the next host stands at this time.
    pub(super) fn clock_at(self, time: &str) -> Self {
        Self { scene: self.scene.clock_at(time), ..self }
    }

    pub(super) fn start(&self) -> Host {
        self.scene.start()
    }

    /// The documents of the runs, in the shape of the published app.
    pub(super) fn runs(&self) -> Vec<Value> {
        rows(
            &self.database,
            "SELECT json_object('id', id, 'date', date, 'totalReceived', total_received, 'totalProcessed', total_processed,
                'totalCreatedCount', total_created_count, 'totalFailedCount', total_failed_count,
                'createdList', created_list, 'failedList', failed_list) FROM repo_stats_runs ORDER BY id",
        )
    }

    /// The documents of the repositories, in the shape of the published app.
    pub(super) fn documents(&self) -> Vec<Value> {
        rows(
            &self.database,
            "SELECT json_object('id', id, 'repo', repo, 'isArchived', is_archived, 'isTemplate', is_template,
                'repoUpdatedAt', repo_updated_at, 'openIssues', open_issues, 'closedIssues', closed_issues,
                'totalIssues', total_issues, 'openPRs', open_prs, 'closedPRs', closed_prs, 'mergedPRs', merged_prs,
                'totalPRs', total_prs, 'stars', stars) FROM repo_stats ORDER BY repo",
        )
    }

    /// How many documents are stored; 0 before there is a table.
    pub(super) fn try_count(&self) -> i64 {
        let tables = "SELECT count(*) || '' FROM sqlite_master WHERE name = 'repo_stats'";
        if !self.database.exists() || rows(&self.database, tables) != [json!(1)] {
            return 0;
        }
        rows(&self.database, "SELECT count(*) || '' FROM repo_stats")[0].as_i64().expect("a number")
    }

    /// When each document was stored (microseconds), and how long it is as it was sent.
    pub(super) fn arrivals(&self) -> Vec<(i64, usize)> {
        let times = rows(&self.database, "SELECT created_at || '' FROM repo_stats ORDER BY repo");
        let lengths = self.documents().into_iter().map(|mut document| {
            for flag in ["isArchived", "isTemplate"] {
                document[flag] = json!(document[flag] == 1);
            }
            document.to_string().len()
        });
        times.iter().map(|time| time.as_i64().expect("a number")).zip(lengths).collect()
    }
}

/// Starts a run, whatever the answer.
pub(super) fn try_start_run(host: &Host) -> Response {
    host.post("/api/orchestrators/GetRepoStatsOrchestrator").key(MASTER_KEY).send()
}

/// Starts a run; answers the id of its instance.
#[track_caller]
pub(super) fn start_run(host: &Host) -> String {
    let answer = try_start_run(host).expect(202).json();
    answer["id"].as_str().expect("the answer names the instance").to_owned()
}

/// Runs the pipeline to its end; answers the output.
#[track_caller]
pub(super) fn run(host: &Host) -> String {
    let status = host.durable().wait_for_end(&start_run(host));
    assert_eq!(status["runtimeStatus"], "Completed", "{status}");
    status["output"].as_str().expect("a run returns a text").to_owned()
}

/// The parts of a list with commas; what is empty is none.
pub(super) fn names(list: &Value) -> Vec<&str> {
    let text = list.as_str().unwrap_or_else(|| panic!("{list} is no text"));
    text.split(',').filter(|name| !name.is_empty()).collect()
}
