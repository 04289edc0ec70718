//! The entry point of both binaries.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use clap::Parser;
use fnhost_sdk::Registry;

use super::{
    ExitStatus,
    args::{AppArgs, Cli, Command, DatabaseArgs, HostCommand},
    blobs, check, init, invoke, keys, list, new, start, timers,
};
use crate::{
    app::Loaded,
    config::{Arguments, Environment, Style},
    runtime::{self, Database},
};

/// Runs the command line with these linked functions.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     fnhost::cli::main(fnhost_sdk::Registry::new())
/// }
/// ```
pub fn main(registry: Registry) -> ExitCode {
    let status = match Cli::parse().command {
        Command::Start(args) | Command::Host { command: HostCommand::Start(args) } => {
            start::run(&args, registry)
        }
        Command::Check(args) => check::run(&args, &registry),
        Command::List(args) => list::run(&args, &registry),
        Command::Timers(args) => timers::run(&args, &registry),
        Command::Invoke(args) => invoke::run(&args, registry),
        Command::Keys(args) => keys::run(args.command, &registry),
        Command::Blobs(args) => blobs::run(args.command, &registry),
        Command::Init(args) => init::run(&args),
        Command::New(args) => new::run(&args),
    };
    status.into()
}

/// How reports are rendered for this terminal.
pub(super) fn style() -> Style {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stderr().is_terminal() && !no_colour { Style::Colour } else { Style::Plain }
}

/// Writes an answer to stdout. Whoever closed the pipe has read enough; that is no failure.
pub(super) fn say(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("error: failed to write to stdout: {error}");
    }
}

/// Says what went wrong, in one line with all its causes.
pub(super) fn complain(error: &dyn std::error::Error) {
    eprintln!("error: {}", with_causes(error));
}

/// The text of an error and those of its causes that it does not already contain.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// Reads the app and the arguments that name its database, for commands that open it.
pub(super) fn prepare(
    app: &AppArgs,
    database: &DatabaseArgs,
    registry: &Registry,
) -> Result<(Loaded, Option<Database>), ExitStatus> {
    let database = database.database.as_deref().map(str::parse).transpose().map_err(|error| {
        complain(&error);
        ExitStatus::Usage
    })?;
    let environment = Environment::of_process();
    let loaded = runtime::load_app(&app.app, &environment, &Arguments::default(), registry, false);
    let loaded = loaded.map_err(|report| {
        eprint!("{}", report.render(style()));
        ExitStatus::InvalidApp
    })?;
    Ok((loaded, database))
}

/// A runtime for commands that are not servers.
pub(super) fn block_on<F: Future<Output = ExitStatus>>(work: F) -> ExitStatus {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => {
            complain(&error);
            ExitStatus::CannotStart
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, thiserror::Error)]
    enum Outer {
        #[error("failed to read it: {0}")]
        Quoting(#[source] io::Error),
        #[error("failed to read it")]
        Silent(#[source] io::Error),
    }

    #[test]
    fn each_cause_is_told_once() {
        let cause = || io::Error::other("the disk is on fire");
        for error in [Outer::Quoting(cause()), Outer::Silent(cause())] {
            assert_eq!(with_causes(&error), "failed to read it: the disk is on fire");
        }
    }
}
