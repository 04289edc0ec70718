//! What can be wrong with function folders.

use std::{io, path::PathBuf};

/// Something that stops the build. Paths are relative to the package.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A function without code.
    #[error(
        "{folder}/function.toml has no mod.rs beside it: add {folder}/mod.rs with `pub async fn run(…)`, or name \
         another function's handler with `entryPoint`"
    )]
    NoCode {
        /// The function's folder.
        folder: String,
    },
    /// Code that looks like a function but has no binding.
    #[error(
        "{folder}/mod.rs has no function.toml beside it and would never run: add {folder}/function.toml, or move what \
         functions share to {folder}.rs"
    )]
    NoFunctionFile {
        /// The folder.
        folder: String,
    },
    /// Two functions of one name.
    #[error(
        "two functions are named `{name}`: {first} and {second}; names are compared without case, rename one"
    )]
    SameName {
        /// The name.
        name: String,
        /// One folder.
        first: String,
        /// The other.
        second: String,
    },
    /// A name that the host would refuse.
    #[error(
        "{folder}: `{name}` cannot be the name of a function; allowed: a letter, then up to 127 letters, digits, `_`, \
         `-`, and not `host`"
    )]
    BadName {
        /// The folder.
        folder: String,
        /// Its name.
        name: String,
    },
    /// A function inside another's folder.
    #[error(
        "{inner} lies inside the function folder {outer}: a function holds no other functions, move it out"
    )]
    Nested {
        /// The inner function's folder.
        inner: String,
        /// The outer function's folder.
        outer: String,
    },
    /// A file that has the same module name as a folder beside it.
    #[error("{file} and a folder beside it are one module to Rust, `{module}`: rename one")]
    SameModule {
        /// The file.
        file: String,
        /// The module's name.
        module: String,
    },
    /// The file system refuses.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// What cannot be read.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Collects problems, so that all are told at once.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    pub(crate) fn into_result(self) -> Result<(), Vec<Problem>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
