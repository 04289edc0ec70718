//! `start`: serve the app until the process is told to stop.

use std::{io::Write, time::Instant};

use fnhost_sdk::Registry;
use serde_json::json;

use super::{
    ExitStatus,
    args::{StartArgs, VirtualStart},
    list::describe,
    run::{complain, style},
};
use crate::{
    config::{Environment, LogLevel, LogLevels},
    runtime::{ClockChoice, Database, Host, HostOptions, StartError, Switches},
    shutdown::{Shutdown, listen_for_signals},
    telemetry::{LogFormat, LogOptions, init},
};

pub(super) fn run(args: &StartArgs, registry: Registry) -> ExitStatus {
    let begun = Instant::now();
    if args.no_auth && !args.address.is_loopback() {
        eprintln!(
            "error: --no-auth opens every endpoint to everybody who reaches {}; allowed on a loopback address only",
            args.address
        );
        return ExitStatus::Usage;
    }
    if args.virtual_clock.is_some() && !args.address.is_loopback() {
        eprintln!(
            "error: --virtual-clock is for tests; allowed on a loopback address only, not on {}",
            args.address
        );
        return ExitStatus::Usage;
    }
    let database = match args.database.database.as_deref().map(str::parse::<Database>).transpose() {
        Ok(database) => database,
        Err(error) => {
            complain(&error);
            return ExitStatus::Usage;
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("fnhost").build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&error);
            return ExitStatus::CannotStart;
        }
    };
    let environment = Environment::of_process();
    let options = HostOptions {
        switches: Switches::of(&environment),
        environment,
        address: args.address,
        port: args.port,
        database,
        strict: args.strict,
        auth: !args.no_auth,
        clock: match args.virtual_clock {
            None => ClockChoice::System,
            Some(VirtualStart::Now) => ClockChoice::Virtual(None),
            Some(VirtualStart::At(time)) => ClockChoice::Virtual(Some(time)),
        },
        ..HostOptions::new(&args.app.app)
    };
    runtime.block_on(serve(args, options, registry, begun))
}

async fn serve(args: &StartArgs, options: HostOptions, registry: Registry, begun: Instant) -> ExitStatus {
    let shutdown = Shutdown::new();
    if let Err(error) = listen_for_signals(shutdown.clone()) {
        complain(&error);
        return ExitStatus::CannotStart;
    }
    let on_loaded = |levels: &LogLevels| set_up_log(args, levels);
    let host = match Host::start(options, registry, on_loaded).await {
        Ok(host) => host,
        Err(error) => return refuse(&error),
    };
    announce(args, &host, begun);
    let stopped = host.run(shutdown).await;
    if stopped.cut_off == 0 && stopped.clean {
        eprintln!("stopped");
        ExitStatus::Success
    } else {
        let cut_off = match stopped.cut_off {
            0 => "what still ran was cut off".to_owned(),
            1 => "1 request was cut off".to_owned(),
            many => format!("{many} requests were cut off"),
        };
        eprintln!("stopped; {cut_off}, durable work goes on at the next start");
        ExitStatus::CutOff
    }
}

fn set_up_log(args: &StartArgs, levels: &LogLevels) {
    let format = if args.json { LogFormat::Json } else { LogFormat::Human };
    let levels = if args.verbose {
        LogLevels::new(LogLevel::Debug, levels.categories().map(|(name, level)| (name.to_owned(), level)))
    } else {
        levels.clone()
    };
    init(LogOptions { format, levels });
}

fn refuse(error: &StartError) -> ExitStatus {
    match error {
        StartError::App(report) => {
            eprint!("{}", report.render(style()));
            ExitStatus::InvalidApp
        }
        other => {
            complain(other);
            ExitStatus::CannotStart
        }
    }
}

/// What people want to see once the host answers, and the line that programs wait for.
fn announce(args: &StartArgs, host: &Host, begun: Instant) {
    let app = host.app();
    if !app.problems().is_empty() {
        eprintln!("{}", app.problems().render(style()));
    }
    eprintln!("fnhost {}  ·  state in {}", env!("CARGO_PKG_VERSION"), host.database());
    if let Some(key) = host.new_master_key() {
        eprintln!("New master key, shown this once: {key}\n  (change it with `keys set master`)");
    }
    eprint!("{}", describe(app.functions(), host.left_out(), host.url()));
    let elapsed = begun.elapsed().as_millis();
    eprintln!("Ready on {} in {elapsed} ms", host.url());
    if args.json {
        let line = json!({"event": "ready", "url": host.url(), "elapsedMs": u64::try_from(elapsed).unwrap_or(u64::MAX)});
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            tracing::debug!("nobody reads stdout");
        }
    }
}
