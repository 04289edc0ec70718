//! A file's tree against the table of keys: what is known is checked and collected, what is not is reported.

use std::ops::Range;
use std::sync::Arc;

use super::code::Code;
use super::convert::{self, Converter};
use super::entry::Entries;
use super::keys::kind::Kind;
use super::keys::place::Place;
use super::keys::spec::{KeySpec, Standing};
use super::misplaced;
use super::origin::{Origin, SourceFile};
use super::problem::Problem;
use super::report::Report;
use super::settings::Settings;
use super::value::{Item, Key, Table, Value};

/// Walks the tables of one file.
pub(crate) struct Walker<'a> {
    pub(crate) file: &'a Arc<SourceFile>,
    /// The settings for `%NAME%`; `None` where percent signs mean themselves.
    pub(crate) settings: Option<&'a Settings>,
    /// The function whose file it is.
    pub(crate) function: Option<&'a Arc<str>>,
    pub(crate) report: &'a mut Report,
}

impl Walker<'_> {
    /// Checks a table and everything below it; returns what is good.
    pub(crate) fn walk(&mut self, table: &Table, place: Place) -> Entries {
        let mut entries = Entries::default();
        self.table(table, place, &mut entries);
        entries
    }

    fn table(&mut self, table: &Table, place: Place, entries: &mut Entries) {
        for (index, (key, item)) in table.entries.iter().enumerate() {
            let before = &table.entries[..index];
            if let Some((first, _)) =
                before.iter().find(|(known, _)| known.name.eq_ignore_ascii_case(&key.name))
            {
                self.push(convert::twice(&key.name, &self.at(&key.at), &self.at(&first.at)));
                continue;
            }
            match place.key(&key.name) {
                Some(spec) => self.known(spec, key, item, entries),
                None => self.stray(key, item, place),
            }
        }
    }

    fn known(&mut self, spec: &'static KeySpec, key: &Key, item: &Item, entries: &mut Entries) {
        if let Some(problem) = standing_problem(spec, key, self.at(&key.at)) {
            self.push(problem);
            return;
        }
        let file = self.file;
        let place = |range: &Range<usize>| Origin::file(file, range.clone());
        let mut converter = Converter::new(&place, self.settings);
        if let Some(entry) = converter.entry(spec.name(), spec.kind, key, item) {
            entries.insert(spec.path, entry);
        }
        converter.into_problems().into_iter().for_each(|problem| self.push(problem));
        if let (Kind::Section, Value::Table(inner)) = (spec.kind, &item.value) {
            self.table(inner, Place::Section(spec.doc, spec.path), entries);
        }
    }

    fn stray(&mut self, key: &Key, item: &Item, place: Place) {
        let stray = misplaced::stray(key, item, place, self.at(&key.at));
        self.push(stray.problem);
        if let (Some(belongs), Value::Table(inner)) = (stray.belongs, &item.value) {
            // What is inside has no effect, but its mistakes would show up one run later.
            self.table(inner, belongs, &mut Entries::default());
        }
    }

    /// A range of this file.
    pub(crate) fn at(&self, range: &Range<usize>) -> Origin {
        Origin::file(self.file, range.clone())
    }

    /// Reports a problem of this file.
    pub(crate) fn push(&mut self, problem: Problem) {
        self.report.push(match self.function {
            Some(function) => problem.of_function(function),
            None => problem,
        });
    }
}

/// The problem of a key that is known but has no effect.
pub(crate) fn standing_problem(spec: &KeySpec, key: &Key, at: Origin) -> Option<Problem> {
    let name = &key.name;
    match spec.standing {
        Standing::Used => None,
        Standing::Ignored(why) => {
            Some(Problem::note(Code::IgnoredKey, format!("`{name}` has no effect here: {why}"), at))
        }
        Standing::NotYet(why) => {
            Some(Problem::warning(Code::NotYet, format!("`{name}` has no effect yet: {why}"), at))
        }
        Standing::Refused(instead) => {
            Some(Problem::error(Code::RefusedKey, format!("`{name}` is not supported"), at).help(instead))
        }
    }
}
