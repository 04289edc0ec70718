//! The sample app: the host, with the functions of these folders linked in.

use std::process::ExitCode;

mod database;
mod github;
mod web;

fnhost_sdk::functions!();

fn main() -> ExitCode {
    fnhost::cli::main(registry())
}

#[cfg(test)]
mod tests;
