//! `invoke`: one function by hand. A running host of this app is asked; without one a private host runs the call.

use std::fs;

use fnhost_protocol::json::JsonText;
use fnhost_sdk::Registry;
use http::{Method, StatusCode};

use super::{
    ExitStatus,
    args::InvokeArgs,
    run::{block_on, complain, style},
    running::{Running, detail, segment},
};
use crate::{
    config::{Arguments, Environment},
    runtime::{self, Database, Host, HostOptions, StartError, Switches},
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
    let running = Running::find(&loaded, &args.app.app, database.as_ref());
    let options = HostOptions {
        switches: Switches::of(&environment),
        environment,
        database,
        port: Some(0),
        // Nobody else is served: no key is asked for, so none is made that nobody would see, and nobody is told.
        auth: false,
        announced: false,
        ..HostOptions::new(&args.app.app)
    };
    block_on(async move {
        if let Some(running) = running
            && let Some(status) = ask_running(&running, &args.function, &input).await
        {
            return status;
        }
        run_privately(options, registry, &args.function, input).await
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

/// Asks the host that has the database open; `None` when it is there no more.
async fn ask_running(running: &Running, function: &str, input: &JsonText) -> Option<ExitStatus> {
    let path = format!("/admin/functions/{}?wait=true", segment(function));
    match running.ask(Method::POST, &path, format!("{{\"input\":{input}}}")).await {
        Ok(None) => None,
        Ok(Some(answer)) if answer.status() == StatusCode::OK => {
            super::run::say(String::from_utf8_lossy(answer.body()));
            Some(ExitStatus::Success)
        }
        Ok(Some(answer)) => {
            eprintln!("error: {}", detail(&answer));
            Some(ExitStatus::Failed)
        }
        Err(error) => {
            eprintln!("error: {} went away before it answered: {error}", running.url());
            Some(ExitStatus::Failed)
        }
    }
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
            super::run::say(output);
            ExitStatus::Success
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitStatus::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::args::{Cli, Command},
        keys::KeyRing,
    };
    use clap::Parser;

    /// Regression: the first call made the master key, which nobody was shown.
    #[test]
    fn a_call_before_the_first_start_leaves_the_master_key_to_it() {
        let app = tempfile::tempdir().unwrap();
        fs::write(app.path().join("host.toml"), "version = \"2.0\"\n").unwrap();
        let file = app.path().join("state.db");
        let database = format!("sqlite:{}", file.display());
        let app_folder = app.path().to_str().unwrap();
        let arguments = ["x", "invoke", "Nobody", "--app", app_folder, "--database", &database];
        let Command::Invoke(args) = Cli::parse_from(arguments).command else { panic!("another command") };
        assert_eq!(run(&args, Registry::new()), ExitStatus::Failed);

        let loaded = runtime::load_app(
            app.path(),
            &Environment::default(),
            &Arguments::default(),
            &Registry::new(),
            false,
        );
        let loaded = loaded.unwrap();
        let again = block_on(async {
            let database = Database::Sqlite(file);
            let store = runtime::open_store(loaded.config.durable(), &loaded.settings, Some(&database))
                .await
                .unwrap()
                .store;
            let keys = KeyRing::load(store.clone(), &loaded.settings).await.unwrap();
            store.close().await.unwrap();
            if keys.new_master.is_some() { ExitStatus::Success } else { ExitStatus::Failed }
        });
        assert_eq!(again, ExitStatus::Success);
    }
}
