//! From the host file to what each part takes: the one place where configuration meets the parts.

use std::{num::NonZero, path::Path};

use durable_core::limits;
use durable_engine::{Options, Retention};

use super::options::Switches;
use crate::{
    blobs::BlobOptions,
    config::{
        DurableConfig, HttpConfig,
        host_file::{BlobsConfig, ReusePolicy},
    },
    http_server::Limits,
    triggers::blob::Terms,
};

/// Limits of the HTTP server.
pub(super) fn http_limits(config: &HttpConfig) -> Limits {
    Limits {
        connections: config.max_connections(),
        first_byte: config.first_byte_timeout(),
        head: config.header_read_timeout(),
        idle: config.keep_alive_timeout(),
        head_bytes: config.max_request_header_size(),
        header_count: config.max_request_header_count(),
        url_bytes: config.max_request_line_size(),
        body_bytes: config.max_request_body_size(),
        body_idle: config.body_read_timeout(),
        body_total: config.body_total_timeout(),
        write_stall: config.write_timeout(),
        grace: config.shutdown_grace(),
        ..Limits::default()
    }
}

/// How blob stores are looked after.
pub(super) fn blob_options(config: &BlobsConfig, app: &Path) -> BlobOptions {
    BlobOptions { app: app.to_owned(), settle: config.settle_time(), scan_interval: config.scan_interval() }
}

/// How blobs are looked for and run.
pub(super) fn blob_terms(config: &BlobsConfig) -> Terms {
    let processors = || std::thread::available_parallelism().map_or(1, NonZero::get);
    Terms {
        parallelism: config.parallelism().unwrap_or_else(|| 8 * processors()),
        attempts: config.attempts(),
        retry_interval: config.retry_interval(),
        reconcile_interval: config.reconcile_interval(),
        scan_interval: config.scan_interval(),
    }
}

/// Options of the durable engine.
pub(super) fn engine_options(config: &DurableConfig, switches: Switches) -> Options {
    let limits = limits::Limits {
        payload_bytes: config.max_payload_size(),
        custom_status_bytes: config.max_custom_status_size(),
        actions_per_execution: config.max_orchestration_actions() as u64,
        history_events: config.max_history_events() as u64,
        operations_per_batch: config.max_entity_batch(),
        ..limits::Limits::default()
    };
    let kept = config.retention();
    let retention = Retention { completed: kept.completed, failed: kept.failed, terminated: kept.terminated };
    Options {
        max_turns: config.max_concurrent_orchestrators().max(config.max_concurrent_entities()),
        max_tasks: config.max_concurrent_activities(),
        claim_share: config.max_concurrent_activities() / 16,
        idle_bytes: config.session_cache_size(),
        max_host_deaths: u32::try_from(config.max_host_deaths()).unwrap_or(u32::MAX),
        replace_live: config.reuse_policy() == ReusePolicy::AnyState,
        limits,
        retention,
        evict_seed: switches.evict,
        ..Options::default()
    }
}

/// Settings of the host itself, some of them secrets: access keys, the database.
const OWN: &str = "FNHOST_";

/// The setting by which functions find the app's folder, as in Azure.
const APP_FOLDER: &str = "AzureWebJobsScriptRoot";

/// The settings as user code sees them: without the host's own, and with the app's folder.
pub(super) fn user_settings(settings: &crate::config::Settings, app: &Path) -> fnhost_sdk::Settings {
    let is_own = |name: &str| name.get(..OWN.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN));
    // Only a process whose own folder is gone has none; then the path is as good as it was given.
    let app = std::path::absolute(app).unwrap_or_else(|_| app.to_owned()).display().to_string();
    settings
        .iter()
        .filter(|(name, _)| !is_own(name) && !name.eq_ignore_ascii_case(APP_FOLDER))
        .chain([(APP_FOLDER, app.as_str())])
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_do_not_see_the_settings_of_the_host() {
        let all = [
            ("FNHOST_MASTER_KEY", "secret"),
            ("fnhost_database", "secret"),
            ("Greeting", "Hello"),
            ("FN", "x"),
            ("azurewebjobsscriptroot", "/elsewhere"),
        ];
        let all = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let seen = user_settings(&all, Path::new("/the/app"));
        assert!(seen.find("FNHOST_MASTER_KEY").is_none() && seen.find("FNHOST_DATABASE").is_none());
        assert!(seen.find("Greeting").is_some() && seen.find("FN").is_some());
        assert_eq!(&*seen.get("AzureWebJobsScriptRoot").unwrap(), "/the/app");
        assert!(seen.find("azurewebjobsscriptroot").is_none());
    }
}
