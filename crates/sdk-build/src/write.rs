//! Writing the module list.

use std::{collections::HashSet, fmt::Write as _, fs, path::Path};

use crate::{
    function_file::FunctionFile,
    names::{module_name, unique_module_name},
    problem::{Problem, Problems},
    scan::{Function, Group, relative},
};

/// The triggers that handlers can be registered for, and the method of `Registry` that does it.
const METHODS: [(&str, &str); 7] = [
    ("httpTrigger", "http"),
    ("timerTrigger", "timer"),
    ("blobTrigger", "blob"),
    ("activityTrigger", "activity"),
    ("manualTrigger", "manual"),
    ("orchestrationTrigger", "orchestration"),
    ("entityTrigger", "entity"),
];

/// Writes one module per function, nested as the groups are, and a `registry()` of all.
pub(crate) fn write(root: &Path, tree: &Group, problems: &mut Problems) -> (String, Vec<String>) {
    let mut writer = Writer::new(root, problems);
    writer.group(tree, "", 0);
    let Writer { modules, registrations, warnings, .. } = writer;
    let source = format!(
        "// Made from the function folders by fnhost-sdk-build.\n\n{modules}\n\
         /// All functions of this app.\n\
         pub fn registry() -> ::fnhost_sdk::Registry {{\n    \
         ::fnhost_sdk::host::show_places_below({:?});\n    \
         ::fnhost_sdk::Registry::new()\n{registrations}}}\n",
        app_folder(root).display().to_string()
    );
    (source, warnings)
}

/// The app's folder: the package may be that, or the `functions` folder in it.
fn app_folder(root: &Path) -> &Path {
    match root.parent() {
        Some(parent) if root.ends_with("functions") => parent,
        _ => root,
    }
}

struct Writer<'a> {
    root: &'a Path,
    problems: &'a mut Problems,
    modules: String,
    registrations: String,
    warnings: Vec<String>,
}

impl<'a> Writer<'a> {
    fn new(root: &'a Path, problems: &'a mut Problems) -> Self {
        Self { root, problems, modules: String::new(), registrations: String::new(), warnings: Vec::new() }
    }

    /// `path` is the module path of the group, with `::` at its end.
    fn group(&mut self, group: &Group, path: &str, depth: usize) {
        let mut taken = HashSet::new();
        for function in &group.functions {
            let module = unique_module_name(&function.name, &mut taken);
            self.function(function, path, &module, depth);
        }
        for inner in &group.groups {
            let module = unique_module_name(&inner.name, &mut taken);
            self.undocumented(depth);
            self.line(depth, &format!("pub mod {module} {{"));
            self.group(inner, &format!("{path}{module}::"), depth + 1);
            self.line(depth, "}");
        }
        for file in &group.files {
            self.shared_file(file, &taken, depth);
        }
    }

    fn function(&mut self, function: &Function, path: &str, module: &str, depth: usize) {
        let shown = relative(app_folder(self.root), &function.folder);
        let file = function.folder.join("function.toml");
        let described = match fs::read_to_string(&file) {
            Ok(text) => FunctionFile::read(&text),
            Err(error) => {
                self.problems.add(Problem::Unreadable { path: file, error });
                return;
            }
        };
        if !function.has_code {
            if !described.code_is_elsewhere {
                self.problems.add(Problem::NoCode { folder: relative(self.root, &function.folder) });
            }
            return;
        }
        self.module(module, &function.folder.join("mod.rs"), depth);
        if let Some(error) = &described.error {
            self.warnings
                .push(format!("{shown}/function.toml is no TOML: {error}; the host will leave it out"));
        }
        let method = described.trigger.as_deref().and_then(|trigger| {
            METHODS.iter().find(|(known, _)| known.eq_ignore_ascii_case(trigger)).map(|(_, method)| *method)
        });
        match (method, described.trigger) {
            (Some(method), _) => {
                let name = &function.name;
                let line = format!(".{method}({name:?}, {:?}, {path}{module}::run)", format!("{shown}/mod.rs"));
                let _ = writeln!(self.registrations, "        {line}");
            }
            (None, Some(trigger)) => self.warnings.push(format!(
                "{shown} is compiled but not registered: this SDK knows no `{trigger}`; known are {}",
                METHODS.map(|(known, _)| known).join(", ")
            )),
            (None, None) => self.warnings.push(format!(
                "{shown} is compiled but not registered: its function.toml has no binding whose type is a trigger"
            )),
        }
    }

    /// A loose file of a group. Its name is a module's already.
    fn shared_file(&mut self, file: &Path, taken: &HashSet<String>, depth: usize) {
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let module = module_name(&stem);
        if taken.contains(&module) {
            self.problems.add(Problem::SameModule { file: relative(self.root, file), module });
            return;
        }
        self.module(&module, file, depth);
    }

    fn module(&mut self, module: &str, file: &Path, depth: usize) {
        self.undocumented(depth);
        self.line(depth, &format!("#[path = {:?}]", file.display().to_string()));
        self.line(depth, &format!("pub mod {module};"));
    }

    /// A function's documentation is that of its file. Said once for all that is inside.
    fn undocumented(&mut self, depth: usize) {
        if depth == 0 {
            self.line(
                depth,
                "#[allow(missing_docs, clippy::allow_attributes, reason = \"files document themselves\")]",
            );
        }
    }

    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.modules, "{:width$}{text}", "", width = depth * 4);
    }
}
