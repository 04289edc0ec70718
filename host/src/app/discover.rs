//! Finds the folders of functions: `<app>/<Name>/` and `<app>/functions/**/<Name>/`.
//!
//! A folder is a function when it holds a function file, in whichever spelling: a wrong spelling is reported when the
//! file is read. Links to folders are not followed, so a ring of links cannot hold the host.

use std::path::{Path, PathBuf};

use crate::config::code::Code;
use crate::config::files;
use crate::config::origin::Origin;
use crate::config::problem::Problem;
use crate::config::report::Report;

/// Folders that hold other things than functions.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

/// Names that look like a function file and are not.
const NEAR_MISSES: [&str; 4] = ["Function.toml", "functions.toml", "function.yaml", "function.yml"];

/// A folder with a function file.
#[derive(Debug)]
pub(super) struct Folder {
    /// The function's name.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// Relative to the app, with `/`.
    pub(super) shown: String,
}

/// All folders with a function file, ordered by path.
pub(super) fn discover(app: &Path, report: &mut Report) -> Vec<Folder> {
    let mut found = Vec::new();
    for name in ["function.toml", "function.json"] {
        if app.join(name).is_file() {
            report.push(
                Problem::error(
                    Code::StrayFile,
                    format!("{name} in the app's own folder belongs to no function"),
                    at(name),
                )
                .help(format!("move it to `functions/<FunctionName>/{name}`")),
            );
        }
    }
    for folder in subfolders(app, "", report) {
        let is_group = folder.shown == "functions";
        let path = folder.path.clone();
        judge(folder, &mut found, report);
        if is_group {
            descend(&path, "functions", &mut found, report);
        }
    }
    found.sort_by(|a, b| a.shown.cmp(&b.shown));
    found
}

fn descend(path: &Path, shown: &str, found: &mut Vec<Folder>, report: &mut Report) {
    for folder in subfolders(path, shown, report) {
        let (path, shown) = (folder.path.clone(), folder.shown.clone());
        judge(folder, found, report);
        descend(&path, &shown, found, report);
    }
}

fn judge(folder: Folder, found: &mut Vec<Folder>, report: &mut Report) {
    let is_there = |name: &str| folder.path.join(name).is_file();
    if is_there("function.toml") || is_there("function.json") {
        found.push(folder);
    } else if let Some(near) = NEAR_MISSES.into_iter().find(|name| is_there(name)) {
        let name = files::join(&folder.shown, near);
        report.push(
            Problem::error(Code::StrayFile, format!("{name} is not read"), at(&name))
                .allowed(["function.toml"])
                .help("rename it to `function.toml`")
                .of_function(&folder.name.as_str().into()),
        );
    }
}

/// The folders in a folder that may hold functions, ordered by name.
fn subfolders(path: &Path, shown: &str, report: &mut Report) -> Vec<Folder> {
    let mut folders = Vec::new();
    let listed = std::fs::read_dir(path).and_then(|entries| {
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_wanted = !name.starts_with('.') && !SKIPPED.contains(&name.as_str());
            if is_wanted && entry.file_type()?.is_dir() {
                folders.push(Folder { shown: files::join(shown, &name), path: entry.path(), name });
            }
        }
        Ok(())
    });
    if let Err(error) = listed {
        let shown = if shown.is_empty() { "the app's folder" } else { shown };
        let problem = Problem::error(Code::Unreadable, format!("{shown} cannot be read"), at(shown));
        report.push(problem.found(error.to_string()));
    }
    folders.sort_by(|a, b| a.name.cmp(&b.name));
    folders
}

fn at(path: &str) -> Origin {
    Origin::Path(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(files: &[&str]) -> tempfile::TempDir {
        let app = tempfile::tempdir().unwrap();
        for file in files {
            let path = app.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        app
    }

    #[test]
    fn functions_are_found_where_they_may_be_and_nowhere_else() {
        let app = app(&[
            "Top/function.toml",
            "functions/A/function.toml",
            "functions/group/deep/B/function.json",
            "functions/group/function.toml",
            "functions/.git/C/function.toml",
            "functions/target/D/function.toml",
            "node_modules/function.toml",
            "other/E/function.toml",
            "Data/x.txt",
        ]);
        let mut report = Report::new();
        let found = discover(app.path(), &mut report);
        let shown: Vec<&str> = found.iter().map(|folder| folder.shown.as_str()).collect();
        assert_eq!(shown, ["Top", "functions/A", "functions/group", "functions/group/deep/B"]);
        assert_eq!(found[3].name, "B");
        assert!(report.is_empty());
    }

    #[test]
    fn near_misses_are_named() {
        let app = app(&["function.toml", "functions/A/Function.toml"]);
        let mut report = Report::new();
        assert!(discover(app.path(), &mut report).is_empty());
        assert_eq!(report.problems().len(), 2, "{report}");
    }

    #[test]
    #[cfg(unix)]
    fn a_ring_of_links_ends() {
        let app = app(&["functions/A/function.toml"]);
        std::os::unix::fs::symlink(app.path().join("functions"), app.path().join("functions/A/again"))
            .unwrap();
        assert_eq!(discover(app.path(), &mut Report::new()).len(), 1);
    }
}
