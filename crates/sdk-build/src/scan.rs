//! Walking the package for function folders.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    names::is_function_name,
    problem::{Problem, Problems},
};

/// Folders that hold no functions, whatever is in them; folders whose name begins with a dot are skipped too.
pub(crate) const SKIPPED: [&str; 2] = ["target", "node_modules"];

/// A folder that holds functions, directly or further down; the root is one too.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// The folder's name; empty for the root.
    pub(crate) name: String,
    pub(crate) groups: Vec<Group>,
    pub(crate) functions: Vec<Function>,
    /// Loose `.rs` files: code that the group's functions share. Always empty for the root, whose files belong to
    /// the crate.
    pub(crate) files: Vec<PathBuf>,
}

/// A folder with a `function.toml`.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) has_code: bool,
}

/// Finds all functions below a package's folder.
pub(crate) fn scan(root: &Path, problems: &mut Problems) -> Group {
    let mut scan = Scan { root, problems, seen: HashMap::new() };
    let mut group = scan.group(root, true);
    group.name.clear();
    group.files.clear();
    group
}

struct Scan<'a> {
    root: &'a Path,
    problems: &'a mut Problems,
    /// Lower-case name and folder of each function so far.
    seen: HashMap<String, String>,
}

impl Scan<'_> {
    fn group(&mut self, folder: &Path, is_root: bool) -> Group {
        let mut group = Group { name: name_of(folder), ..Group::default() };
        for path in self.entries(folder) {
            let name = name_of(&path);
            if path.is_dir() {
                let is_skipped =
                    SKIPPED.contains(&&*name) || name.starts_with('.') || (is_root && name == "src");
                if !is_skipped {
                    self.folder(path, &mut group);
                }
            } else if name.ends_with(".rs") && name != "mod.rs" {
                group.files.push(path);
            }
        }
        group
    }

    fn folder(&mut self, folder: PathBuf, parent: &mut Group) {
        if folder.join("function.toml").is_file() {
            if let Some(function) = self.function(folder) {
                parent.functions.push(function);
            }
            return;
        }
        if folder.join("mod.rs").is_file() {
            self.problems.add(Problem::NoFunctionFile { folder: relative(self.root, &folder) });
            return;
        }
        let group = self.group(&folder, false);
        if !group.functions.is_empty() || !group.groups.is_empty() {
            parent.groups.push(group);
        }
    }

    fn function(&mut self, folder: PathBuf) -> Option<Function> {
        let (name, shown) = (name_of(&folder), relative(self.root, &folder));
        self.refuse_functions_inside(&folder, &shown);
        if !is_function_name(&name) {
            self.problems.add(Problem::BadName { folder: shown, name });
            return None;
        }
        if let Some(first) = self.seen.insert(name.to_lowercase(), shown.clone()) {
            self.problems.add(Problem::SameName { name, first, second: shown });
            return None;
        }
        let has_code = folder.join("mod.rs").is_file();
        Some(Function { name, folder, has_code })
    }

    /// Below a function's folder lie its own modules and data.
    fn refuse_functions_inside(&mut self, folder: &Path, outer: &str) {
        for path in self.entries(folder) {
            if path.is_dir() {
                if path.join("function.toml").is_file() {
                    let inner = relative(self.root, &path);
                    self.problems.add(Problem::Nested { inner, outer: outer.to_owned() });
                }
                self.refuse_functions_inside(&path, outer);
            }
        }
    }

    /// What lies in a folder, by name, so that the result does not depend on the file system.
    fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        let read = fs::read_dir(folder).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
        });
        match read {
            Ok(mut paths) => {
                paths.sort();
                paths
            }
            Err(error) => {
                self.problems.add(Problem::Unreadable { path: folder.to_owned(), error });
                Vec::new()
            }
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A path below the root with forward slashes.
pub(crate) fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
