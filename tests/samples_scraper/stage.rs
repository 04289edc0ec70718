//! A host with the scraper, and the services that it asks.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{
    Host, Scene, rows,
    standins::{GitHub, NuGet, Repo},
};

/// The scene of a test.
pub(super) struct Stage {
    scene: Scene,
    pub(super) github: GitHub,
    pub(super) nuget: NuGet,
    database: PathBuf,
}

impl Stage {
    /// So many samples on GitHub, and three packages on NuGet. No call is tried twice.
    pub(super) fn new(scene: Scene, samples: i64) -> Self {
        Self::with(scene, GitHub::organization("Azure-Samples", "sample", samples, 1))
    }

    pub(super) fn with(scene: Scene, repos: Vec<Repo>) -> Self {
        let (github, nuget) = (GitHub::with(repos), NuGet::with(3));
        let database = scene.folder().join("samples.db");
        let scene = scene
            .setting("SamplesDatabase", format!("sqlite:{}", database.display()))
            .setting("GITHUB_API_URL", github.url())
            .setting("NUGET_SEARCH_URL", nuget.search_url())
            .setting("NUGET_API_URL", nuget.versions_url())
            .setting("ScraperAttempts", 1)
            .setting("ScraperRetrySeconds", 0.05);
        Self { scene, github, nuget, database }
    }

    pub(super) fn setting(self, name: &str, value: impl ToString) -> Self {
        Self { scene: self.scene.setting(name, value), ..self }
    }

    pub(super) fn start(&self) -> Host {
        self.scene.start()
    }

    /// The samples, in the order in which they were listed.
    pub(super) fn samples(&self) -> Vec<Value> {
        rows(
            &self.database,
            "SELECT json_object('id', id, 'name', name, 'lastCommitDate', last_commit_date, 'run', run_id)
             FROM samples ORDER BY place",
        )
    }

    pub(super) fn packages(&self) -> Vec<Value> {
        rows(
            &self.database,
            "SELECT json_object('id', id, 'versions', versions, 'run', run_id) FROM packages ORDER BY id",
        )
    }

    /// The ids of the runs.
    pub(super) fn runs(&self) -> Vec<Value> {
        rows(&self.database, "SELECT json_quote(id) FROM scraper_runs")
    }

    /// The published table.
    pub(super) fn repositories(&self) -> Vec<Value> {
        rows(
            &self.database,
            r#"SELECT json_object('PartitionKey', "PartitionKey", 'RowKey', "RowKey", 'OpenedIssues', "OpenedIssues",
                'RepositoryName', "RepositoryName") FROM "Repositories" ORDER BY CAST("RowKey" AS INTEGER)"#,
        )
    }
}

/// Starts an orchestration under this id and waits for its end; answers its status.
#[track_caller]
pub(super) fn finish(host: &Host, function: &str, id: &str, input: &Value) -> Value {
    host.durable().start(function, id, input).expect(202);
    host.durable().wait_for_end(id)
}

/// The main orchestration to its end; answers its status.
#[track_caller]
pub(super) fn scrape(host: &Host) -> Value {
    finish(host, "MainDownloadOrchestrator", "main", &json!(null))
}
