//! The generic `fnhost` binary: the host without any linked functions.

use std::process::ExitCode;

fn main() -> ExitCode {
    fnhost::cli::main(fnhost_sdk::Registry::new())
}
