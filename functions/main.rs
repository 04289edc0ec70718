//! The sample app: the host, with the functions of these folders linked in.

use std::process::ExitCode;

fnhost_sdk::functions!();

fn main() -> ExitCode {
    fnhost::cli::main(registry())
}

#[cfg(test)]
mod tests;
