//! Build-script support for function apps: writes the module list of the function folders.
//!
//! Every folder with a `function.toml` is a function, and its `mod.rs` is compiled in and registered under the
//! folder's name. The list is made from the folders, so none can be forgotten; what looks like a function but is
//! not complete stops the build with a message.
//!
//! In `main` of `build.rs`:
//!
//! ```no_run
//! fnhost_sdk_build::generate();
//! ```
//!
//! In `main.rs`:
//!
//! ```ignore
//! fnhost_sdk::functions!();
//!
//! fn main() -> std::process::ExitCode {
//!     fnhost::cli::main(registry())
//! }
//! ```
//!
//! Folders between the package and its functions are groups. A group is a module of its own; `.rs` files that lie in
//! it are its modules too, so functions of a group share code: what is in `registry/ids.rs` is `super::ids` to
//! `registry/Add/mod.rs`.

mod function_file;
mod generate;
mod names;
mod problem;
mod scan;
mod write;

#[cfg(test)]
mod tests;

pub use generate::{Output, generate, generate_from};
pub use problem::Problem;
