//! The entry point of both binaries.

use std::{io::IsTerminal, process::ExitCode};

use clap::Parser;
use fnhost_sdk::Registry;

use super::{
    ExitStatus,
    args::{Cli, Command, HostCommand},
    check, init, invoke, keys, list, new, start,
};
use crate::config::Style;

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
        Command::Invoke(args) => invoke::run(&args, registry),
        Command::Keys(args) => keys::run(args.command, &registry),
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

/// Says what went wrong, in one line with all its causes.
pub(super) fn complain(error: &dyn std::error::Error) {
    eprint!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprint!(": {cause}");
        source = cause.source();
    }
    eprintln!();
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
