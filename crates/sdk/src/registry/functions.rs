//! `functions!`: the registry of the function folders.

/// The functions of this package's folders, and `registry()` of all: what `fnhost_sdk_build::generate()` has
/// listed in the build script.
///
/// ```ignore
/// fnhost_sdk::functions!();
///
/// fn main() -> std::process::ExitCode {
///     fnhost::cli::main(registry())
/// }
/// ```
#[macro_export]
macro_rules! functions {
    () => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/functions.rs"));
    };
}
