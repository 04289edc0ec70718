//! A function file as written: every key checked on its own, with its place, nothing combined yet.

use std::path::PathBuf;
use std::sync::Arc;

use fnhost_protocol::TriggerKind;

use super::binding_type::{self, BindingType};
use super::discover::Folder;
use crate::config::code::Code;
use crate::config::entry::Entries;
use crate::config::files;
use crate::config::keys::place::Place;
use crate::config::keys::spec::Doc;
use crate::config::origin::{Origin, SourceFile};
use crate::config::problem::Problem;
use crate::config::report::Report;
use crate::config::settings::Settings;
use crate::config::suggest;
use crate::config::toml_doc::{Document, Secrecy};
use crate::config::value::{Item, Key, Table, Value};
use crate::config::walk::Walker;

/// One `[[bindings]]` entry of a known type.
#[derive(Debug)]
pub(super) struct WrittenBinding {
    pub(super) kind: &'static BindingType,
    pub(super) entries: Entries,
    /// The keys that are there, whatever their values.
    pub(super) keys: Vec<String>,
    /// The whole entry: its header.
    pub(super) at: Origin,
    /// The value of `type`.
    pub(super) type_at: Origin,
}

/// One function file.
#[derive(Debug)]
pub(super) struct WrittenFunction {
    pub(super) name: Arc<str>,
    pub(super) dir: PathBuf,
    /// The file's path relative to the app, which is all there is when the file could not be read.
    pub(super) file: String,
    /// Whether everything in the file made sense to the parser: only then may something be called missing.
    pub(super) complete: bool,
    pub(super) top: Entries,
    /// The keys that are there in `[retry]`, whatever their values.
    pub(super) retry_keys: Vec<(String, Origin)>,
    pub(super) bindings: Vec<WrittenBinding>,
    /// Whether there are bindings that are not in `bindings`, because their type is unknown.
    pub(super) has_unknown_bindings: bool,
}

impl WrittenFunction {
    /// The bindings that are triggers.
    pub(super) fn triggers(&self) -> impl Iterator<Item = (&WrittenBinding, TriggerKind)> {
        self.bindings.iter().filter_map(|binding| Some((binding, binding.kind.trigger?)))
    }

    /// The file as a place, for what is missing in it.
    pub(super) fn origin(&self) -> Origin {
        Origin::Path(self.file.clone())
    }
}

/// Reads the function file in a folder.
pub(super) fn read(folder: Folder, settings: &Settings, report: &mut Report) -> WrittenFunction {
    let name: Arc<str> = folder.name.as_str().into();
    let mut written = WrittenFunction {
        name: Arc::clone(&name),
        file: files::join(&folder.shown, Doc::Function.file_name()),
        dir: folder.path,
        complete: false,
        top: Entries::default(),
        retry_keys: Vec::new(),
        bindings: Vec::new(),
        has_unknown_bindings: false,
    };
    let mut problems = Report::new();
    let document = files::read(&written.dir, &folder.shown, "function", Secrecy::Open, &mut problems);
    for problem in problems.into_problems() {
        report.push(problem.of_function(&name));
    }
    if let Some(document) = document {
        fill(&mut written, &document, settings, report);
    }
    written
}

fn fill(written: &mut WrittenFunction, document: &Document, settings: &Settings, report: &mut Report) {
    let name = Arc::clone(&written.name);
    let mut walker = Walker { file: &document.file, settings: Some(settings), function: Some(&name), report };
    written.complete = document.complete;
    written.top = walker.walk(&document.root, Place::Section(Doc::Function, ""));
    if let Some((_, Item { value: Value::Table(retry), .. })) = document.root.get("retry") {
        let place = |key: &Key| (key.name.clone(), Origin::file(&document.file, key.at.clone()));
        written.retry_keys = retry.entries.iter().map(|(key, _)| place(key)).collect();
    }
    // `bindings` of a wrong type holds bindings that nobody can read.
    let is_empty_list = |item: &Item| matches!(&item.value, Value::Array(items) if items.is_empty());
    let listed = document.root.get("bindings").is_some_and(|(_, item)| !is_empty_list(item));
    written.has_unknown_bindings = listed && written.top.tables("bindings").is_empty();
    for table in written.top.tables("bindings") {
        match binding(table, &document.file, document.complete, &mut walker) {
            Some(binding) => written.bindings.push(binding),
            None => written.has_unknown_bindings = true,
        }
    }
}

/// Reads one entry; `None` when its type is unknown, for then nobody can say which keys it may have.
fn binding(
    table: &Table,
    file: &Arc<SourceFile>,
    complete: bool,
    walker: &mut Walker<'_>,
) -> Option<WrittenBinding> {
    let at = Origin::file(file, table.at.clone());
    let Some((_, item)) = table.get("type") else {
        if complete {
            let problem = Problem::error(Code::MissingKey, "a binding has no `type`", at);
            walker.push(problem.allowed(binding_type::names()));
        }
        return None;
    };
    let type_at = Origin::file(file, item.at.clone());
    let Value::Text(text) = &item.value else {
        let problem = Problem::error(Code::WrongType, "`type` has a value of the wrong type", type_at);
        walker.push(problem.found(item.value.describe()).allowed(binding_type::names()));
        return None;
    };
    let Some(kind) = binding_type::find(text) else {
        walker.push(unknown_type(text, type_at));
        return None;
    };
    let entries = walker.walk(table, Place::Binding(kind.name));
    Some(WrittenBinding { kind, entries, keys: names_in(table), at, type_at })
}

fn names_in(table: &Table) -> Vec<String> {
    table.entries.iter().map(|(key, _)| key.name.clone()).collect()
}

fn unknown_type(text: &str, at: Origin) -> Problem {
    let problem =
        Problem::error(Code::UnknownBinding, format!("unknown binding type `{}`", text.escape_debug()), at)
            .allowed(binding_type::names());
    if binding_type::is_azures(text) {
        return problem.help("Azure has this type, this host does not");
    }
    problem.maybe_help(suggest::did_you_mean(text, binding_type::names()))
}

/// A key that a binding must have.
pub(super) fn missing(what: &str, key: &str, at: Origin, allowed: &str) -> Problem {
    Problem::error(Code::MissingKey, format!("{what} has no `{key}`"), at).allowed([allowed])
}
