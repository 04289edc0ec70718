//! The layers from defaults to arguments, and what comes out of them.

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::config::host_file::{CorsOrigins, Retention, ReusePolicy, StorageConfig, Synchronous};
use crate::config::loglevel::LogLevel;

fn read_app(
    host: &str,
    local: &str,
    environment: &[(&str, &str)],
    arguments: &Arguments,
) -> (Configuration, Report) {
    let app = tempfile::tempdir().expect("a folder for the test");
    for (name, text) in [("host.toml", host), ("local.settings.toml", local)] {
        std::fs::write(app.path().join(name), text).expect("a file in it");
    }
    let mut report = Report::new();
    let environment = Environment::from_iter(environment.iter().copied());
    let configuration = read(app.path(), &environment, arguments, &mut report);
    (configuration, report)
}

fn good(host: &str, local: &str, environment: &[(&str, &str)]) -> Configuration {
    let (configuration, report) = read_app(host, local, environment, &Arguments::default());
    assert!(report.is_empty(), "{report}");
    configuration
}

#[test]
fn the_smallest_app_has_all_defaults() {
    let config = good("version = \"2.0\"", "", &[]).host;
    assert_eq!(config.function_timeout(), Some(Duration::from_secs(1800)));
    assert!(config.functions().is_none());
    assert_eq!((config.port(), config.cors().origins()), (7071, &CorsOrigins::None));
    assert_eq!(config.log_levels().default_level(), LogLevel::Information);

    let http = config.http();
    assert_eq!(http.route_prefix(), "api");
    assert_eq!((http.max_outstanding_requests(), http.max_concurrent_requests()), (None, None));
    assert!(http.custom_headers().is_empty());
    assert_eq!((http.max_request_body_size(), http.max_request_line_size()), (104_857_600, 8192));
    assert_eq!((http.max_request_header_size(), http.max_request_header_count()), (65_536, 100));
    assert_eq!(http.first_byte_timeout(), Duration::from_secs(10));
    assert_eq!(http.header_read_timeout(), Duration::from_secs(15));
    assert_eq!(http.body_read_timeout(), Duration::from_secs(30));
    assert_eq!(http.body_total_timeout(), Duration::from_secs(600));
    assert_eq!(http.write_timeout(), Duration::from_secs(30));
    assert_eq!(http.keep_alive_timeout(), Duration::from_secs(75));
    assert_eq!((http.max_connections(), http.shutdown_grace()), (10_000, Duration::from_secs(30)));

    let durable = config.durable();
    let slots = 256;
    assert_eq!(durable.hub_name(), "TestHubName");
    assert_eq!(durable.max_concurrent_activities(), slots);
    assert_eq!(durable.max_concurrent_orchestrators(), slots);
    assert_eq!(durable.max_concurrent_entities(), slots);
    assert_eq!((durable.max_orchestration_actions(), durable.max_entity_batch()), (100_000, 5_000));
    assert_eq!(durable.reuse_policy(), ReusePolicy::NonRunningStates);
    assert!(!durable.use_forwarded_host());
    assert_eq!((durable.max_payload_size(), durable.max_custom_status_size()), (10 << 20, 16 << 10));
    assert_eq!((durable.max_history_events(), durable.session_cache_size()), (250_000, 64 << 20));
    let for_ever = Retention { completed: None, failed: None, terminated: None };
    assert_eq!(durable.retention(), for_ever);
    let StorageConfig::Sqlite { path, synchronous } = durable.storage() else { panic!("not SQLite") };
    assert!(path.is_absolute() && path.ends_with(".fnhost/durable.db"));
    assert_eq!(*synchronous, Synchronous::Full);
}

#[test]
fn everything_can_be_written() {
    let host = r#"
        version = "2.0"
        functionTimeout = "-1"
        functions = ["A", "%Other%"]
        [extensions.http]
        routePrefix = "/%Prefix%/v1/"
        maxOutstandingRequests = 20
        maxRequestBodySize = "1 MiB"
        customHeaders = { X-A = "%Prefix%", X-B = "100%%" }
        [extensions.durableTask]
        hubName = "%Hub%"
        maxConcurrentActivityFunctions = "%Slots%"
        overridableExistingInstanceStates = "anystate"
        httpSettings.useForwardedHost = true
        retention = { completed = "7.00:00:00", failed = "00:00:01", terminated = "-1" }
        [extensions.durableTask.storageProvider]
        type = "Postgres"
        connectionName = "Db"
        [logging.logLevel]
        default = "warning"
        Function.A = "Debug"
        "Host.Results" = "None"
    "#;
    let local = r#"
        [values]
        Other = "B"
        Prefix = "shop"
        Hub = "orders"
        Slots = 7
        Rate = 1.10
        On = true
        [host]
        localHttpPort = 0
        cors = "http://a.example, https://b.example:8443/"
        corsCredentials = true
        [connectionStrings]
        Db = "postgres://localhost"
    "#;
    let Configuration { host: config, settings } = good(host, local, &[]);
    assert_eq!(config.function_timeout(), None);
    let names: Vec<&str> = config.functions().unwrap().iter().map(|named| named.name.as_str()).collect();
    assert_eq!(names, ["A", "B"]);
    assert_eq!(config.http().route_prefix(), "shop/v1");
    assert_eq!(
        (config.http().max_outstanding_requests(), config.http().max_request_body_size()),
        (Some(20), 1 << 20)
    );
    let headers: Vec<(&str, &str)> = config
        .http()
        .custom_headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    assert_eq!(headers, [("x-a", "shop"), ("x-b", "100%")]);
    assert_eq!(config.durable().hub_name(), "orders");
    assert_eq!(config.durable().max_concurrent_activities(), 7);
    assert_eq!(config.durable().reuse_policy(), ReusePolicy::AnyState);
    assert!(config.durable().use_forwarded_host());
    let week = Some(Duration::from_secs(7 * 86_400));
    let kept = Retention { completed: week, failed: Some(Duration::from_secs(1)), terminated: None };
    assert_eq!(config.durable().retention(), kept);
    assert_eq!(*config.durable().storage(), StorageConfig::Postgres { connection_name: "Db".into() });
    assert_eq!(config.log_levels().of("Function.A.User"), LogLevel::Debug);
    assert_eq!(config.log_levels().of("Host.Results"), LogLevel::None);
    assert_eq!(config.log_levels().of("Host"), LogLevel::Warning);
    assert_eq!(config.port(), 0);
    assert!(config.cors().allows("http://a.example") && config.cors().allows("https://b.example:8443"));
    assert!(config.cors().credentials() && !config.cors().allows("http://c.example"));
    assert_eq!(
        (settings.get("rate"), settings.get("ON"), settings.get("Slots")),
        (Some("1.10"), Some("true"), Some("7"))
    );
    assert_eq!(settings.connection("Db"), Some("postgres://localhost"));
}

#[test]
fn each_layer_wins_over_those_below() {
    let key = "AzureFunctionsJobHost__extensions__http__routePrefix";
    let host = "version = \"2.0\"\n[extensions.http]\nroutePrefix = \"file\"";
    let local = format!("[values]\n{key} = \"local\"\n[host]\nlocalHttpPort = 1");
    let environment = [(key, "environment")];
    let arguments = Arguments::default().host("--prefix", "extensions.http.routePrefix", "argument").local(
        "--port",
        "host.localHttpPort",
        "2",
    );
    let prefix = |host: &str, local: &str, environment: &[(&str, &str)], arguments: &Arguments| {
        let (configuration, report) = read_app(host, local, environment, arguments);
        assert!(report.is_empty(), "{report}");
        (configuration.host.http().route_prefix().to_owned(), configuration.host.port())
    };
    let none = Arguments::default();
    assert_eq!(prefix("version = \"2.0\"", "", &[], &none), ("api".to_owned(), 7071));
    assert_eq!(prefix(host, "", &[], &none), ("file".to_owned(), 7071));
    assert_eq!(prefix(host, &local, &[], &none), ("local".to_owned(), 1));
    assert_eq!(prefix(host, &local, &environment, &none), ("environment".to_owned(), 1));
    assert_eq!(prefix(host, &local, &environment, &arguments), ("argument".to_owned(), 2));
}

#[test]
fn maps_of_several_layers_are_merged() {
    let host = "version = \"2.0\"\n[logging.logLevel]\nA = \"Debug\"\nB = \"Debug\"";
    let config = good(host, "", &[("AzureFunctionsJobHost__logging__logLevel__a", "Error")]).host;
    assert_eq!(config.log_levels().of("A"), LogLevel::Error);
    assert_eq!(config.log_levels().of("B"), LogLevel::Debug);
    assert_eq!(config.log_levels().default_level(), LogLevel::Information);
}

#[test]
fn a_bad_value_leaves_the_others_alone() {
    let host = "version = \"2.0\"\n[extensions.http]\nroutePrefix = \"v1\"\nmaxConnections = -5";
    let (configuration, report) = read_app(host, "", &[], &Arguments::default());
    assert!(report.is_fatal());
    assert_eq!(configuration.host.http().route_prefix(), "v1");
    assert_eq!(configuration.host.http().max_connections(), 10_000);
}

/// The files at the root of the repository are there to be copied.
#[test]
fn the_sample_app_is_configured_without_a_remark() {
    let app = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut report = Report::new();
    let configuration = read(&app, &Environment::default(), &Arguments::default(), &mut report);
    assert!(report.is_empty(), "{report}");
    assert_eq!(configuration.host.durable().hub_name(), "registry");
    assert_eq!(configuration.host.function_timeout(), Some(Duration::from_secs(300)));
    assert_eq!(configuration.settings.get("RegistryOpenSeconds"), Some("300"));
}

proptest::proptest! {
    /// Whatever users write, they get a report and not a panic.
    #[test]
    fn no_text_is_fatal_to_the_reader(parts in proptest::collection::vec(part(), 0..30)) {
        let text = parts.concat();
        let (_, report) = read_app(&text, &text, &[], &Arguments::default());
        let _shown = (report.to_string(), report.to_json());
    }
}

fn part() -> impl proptest::strategy::Strategy<Value = String> {
    let known = [
        "[",
        "]",
        "[[",
        "]]",
        "=",
        ".",
        ",",
        "{",
        "}",
        "\"",
        "'",
        "\"\"\"",
        "\n",
        "\r\n",
        "\t",
        " ",
        "#",
        "\\",
        "%",
        "%X%",
        "version",
        "extensions",
        "http",
        "routePrefix",
        "durableTask",
        "hubName",
        "logging",
        "logLevel",
        "default",
        "values",
        "host",
        "cors",
        "localHttpPort",
        "functions",
        "customHeaders",
        "1",
        "-1",
        "2.0",
        "true",
        "00:00:01",
        "é",
        "\u{1F600}",
        "\0",
        "\u{feff}",
    ];
    proptest::sample::select(known.map(str::to_owned).to_vec())
}
