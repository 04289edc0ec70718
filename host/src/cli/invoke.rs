//! `invoke`: one function by hand. A running host of this app is asked; without one a private host runs the call.

use std::{fs, path::Path};

use fnhost_protocol::json::JsonText;
use fnhost_sdk::Registry;
use http::{Method, Request, StatusCode, header};

use super::{
    ExitStatus,
    args::InvokeArgs,
    run::{block_on, complain, style},
};
use crate::{
    config::{Arguments, Environment, host_file::StorageConfig},
    http_server::send_local,
    runtime::{self, Database, Host, HostOptions, RunningHost, StartError, Switches},
    shutdown::Shutdown,
};

pub(super) fn run(args: &InvokeArgs, registry: Registry) -> ExitStatus {
    let input = match read_input(args) {
        Ok(input) => input,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitStatus::Usage;
        }
    };
    let database = match args.database.database.as_deref().map(str::parse::<Database>).transpose() {
        Ok(database) => database,
        Err(error) => {
            complain(&error);
            return ExitStatus::Usage;
        }
    };
    let environment = Environment::of_process();
    let loaded = match runtime::load_app(&args.app.app, &environment, &Arguments::default(), &registry, false)
    {
        Ok(loaded) => loaded,
        Err(report) => {
            eprint!("{}", report.render(style()));
            return ExitStatus::InvalidApp;
        }
    };
    let path = match (&database, loaded.config.durable().storage()) {
        (Some(Database::Sqlite(path)), _) | (None, StorageConfig::Sqlite { path, .. }) => path.clone(),
        (None, StorageConfig::Postgres { .. }) => args.app.app.join(".fnhost/none"),
    };
    let options = HostOptions {
        switches: Switches::of(&environment),
        environment,
        database,
        port: Some(0),
        ..HostOptions::new(&args.app.app)
    };
    block_on(async move {
        match ask_running(&path, &args.function, &input).await {
            Some(status) => status,
            None => run_privately(options, registry, &args.function, input).await,
        }
    })
}

fn read_input(args: &InvokeArgs) -> Result<JsonText, String> {
    let text = match (&args.data, &args.file) {
        (Some(data), _) => data.clone(),
        (None, Some(file)) => {
            fs::read_to_string(file).map_err(|error| format!("failed to read {}: {error}", file.display()))?
        }
        (None, None) => return Ok(JsonText::null()),
    };
    JsonText::parse(&text).map_err(|error| {
        format!("the input is no JSON ({error}); a text needs its quotes, as in --data '\"Tokyo\"'")
    })
}

/// Asks the host that has the database open; `None` when there is none, or only the file of one that was killed.
async fn ask_running(database: &Path, function: &str, input: &JsonText) -> Option<ExitStatus> {
    let running = RunningHost::find(database)?;
    let address = running.url.strip_prefix("http://")?.parse().ok()?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/admin/functions/{function}?wait=true"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-functions-key", &running.key)
        .body(format!("{{\"input\":{input}}}").into())
        .ok()?;
    let response = send_local(address, request).await.ok()?;
    let body = String::from_utf8_lossy(response.body()).into_owned();
    if response.status() == StatusCode::OK {
        println!("{body}");
        return Some(ExitStatus::Success);
    }
    eprintln!("error: {} answered {}: {body}", running.url, response.status());
    Some(ExitStatus::Failed)
}

async fn run_privately(
    options: HostOptions,
    registry: Registry,
    function: &str,
    input: JsonText,
) -> ExitStatus {
    let host = match Host::start(options, registry, |_| ()).await {
        Ok(host) => host,
        Err(StartError::App(report)) => {
            eprint!("{}", report.render(style()));
            return ExitStatus::InvalidApp;
        }
        Err(error) => {
            complain(&error);
            return ExitStatus::CannotStart;
        }
    };
    let result = host.manual().run(function, input).await;
    let shutdown = Shutdown::new();
    shutdown.begin_graceful();
    host.run(shutdown).await;
    match result {
        Ok(output) => {
            println!("{output}");
            ExitStatus::Success
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitStatus::Failed
        }
    }
}
