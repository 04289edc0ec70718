//! The entry points.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use crate::{
    problem::{Problem, Problems},
    scan::{self, SKIPPED},
    write,
};

/// What was made from the folders.
#[derive(Debug)]
pub struct Output {
    /// The text of `functions.rs`.
    pub source: String,
    /// What does not stop the build, but should be looked at.
    pub warnings: Vec<String>,
}

/// Writes `$OUT_DIR/functions.rs` from the function folders of the package that is being built, and tells cargo when
/// to do so again. Ends the build script with a message when a folder is not right.
pub fn generate() {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    if !holds_skipped_folders(&root) {
        println!("cargo::rerun-if-changed={}", root.display());
    }
    // Otherwise nothing is said, and cargo looks at all files of the package itself, but not at `target`.
    let output = match generate_from(&root) {
        Ok(output) => output,
        Err(problems) => fail(&problems.iter().map(Problem::to_string).collect::<Vec<_>>()),
    };
    for warning in &output.warnings {
        println!("cargo::warning={warning}");
    }
    let file = Path::new(&variable("OUT_DIR")).join("functions.rs");
    if let Err(error) = fs::write(&file, output.source) {
        fail(&[format!("cannot write {}: {error}", file.display())]);
    }
}

/// Makes the module list of the function folders below a package's folder.
///
/// # Errors
/// All that is wrong with the folders.
pub fn generate_from(root: &Path) -> Result<Output, Vec<Problem>> {
    let mut problems = Problems::default();
    let tree = scan::scan(root, &mut problems);
    let (source, warnings) = write::write(root, &tree, &mut problems);
    problems.into_result().map(|()| Output { source, warnings })
}

/// Whether cargo, told to watch this folder, would watch what builds write into it.
fn holds_skipped_folders(root: &Path) -> bool {
    SKIPPED.iter().any(|name| root.join(name).is_dir())
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| fail(&[format!("{name} is not set: call this from a build script")]))
}

/// Ends the build script: the message of a panic would drown in its place.
fn fail(messages: &[String]) -> ! {
    for message in messages {
        for line in message.lines() {
            println!("cargo::error={line}");
        }
    }
    process::exit(1);
}
