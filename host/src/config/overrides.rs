//! Keys that are set from outside of the files: by settings of a special name, and by command line arguments.
//!
//! `AzureFunctionsJobHost__extensions__http__routePrefix=v1` sets `extensions.http.routePrefix`, whether it stands in
//! the environment or in `[values]`. Elements of lists are counted (`…__functions__0`), or parted by commas.

use std::collections::BTreeMap;

use super::code::Code;
use super::convert::Converter;
use super::entry::{Entries, Entry, Typed};
use super::keys::kind::Kind;
use super::keys::spec::{self, Doc, KeySpec};
use super::origin::Origin;
use super::problem::Problem;
use super::report::Report;
use super::settings::Settings;
use super::spell;
use super::suggest;
use super::value::{Item, Key};
use super::walk;

/// What the names of overriding settings begin with.
pub const PREFIX: &str = "AzureFunctionsJobHost__";

/// Values from the command line. They win over everything else.
#[derive(Debug, Clone, Default)]
pub struct Arguments(Vec<(String, Doc, String, String)>);

impl Arguments {
    /// Sets a key of the host file by its dotted path. `flag` is how the user spells the argument.
    #[must_use]
    pub fn host(mut self, flag: &str, path: &str, text: &str) -> Self {
        self.0.push((flag.to_owned(), Doc::Host, path.to_owned(), text.to_owned()));
        self
    }

    /// Sets a key of the local settings file by its dotted path, such as `host.localHttpPort`.
    #[must_use]
    pub fn local(mut self, flag: &str, path: &str, text: &str) -> Self {
        self.0.push((flag.to_owned(), Doc::Local, path.to_owned(), text.to_owned()));
        self
    }

    /// The entries of one file that arguments set.
    pub(crate) fn entries(&self, doc: Doc, settings: &Settings, report: &mut Report) -> Entries {
        let mut setter =
            Setter { doc, settings, report, entries: Entries::default(), lists: BTreeMap::new() };
        for (flag, _, path, text) in self.0.iter().filter(|(_, of, _, _)| *of == doc) {
            let path: Vec<&str> = path.split('.').collect();
            setter.set(&path, text, &Origin::Argument(flag.clone()));
        }
        setter.finish()
    }
}

/// The entries of the host file that settings set.
pub(crate) fn from_settings(settings: &Settings, report: &mut Report) -> Entries {
    let mut setter =
        Setter { doc: Doc::Host, settings, report, entries: Entries::default(), lists: BTreeMap::new() };
    for spec in spec::of(Doc::Host) {
        let Some(name) = spec.setting else { continue };
        // Container tools pass variables that nobody set as empty text.
        let text = settings.get(name).filter(|text| !text.trim().is_empty());
        if let (Some(text), Some(origin)) = (text, settings.origin(name)) {
            setter.put(spec, spec.name(), text, origin);
        }
    }
    for (name, value) in settings.iter() {
        let name = name.replace(':', "__");
        let Some((prefix, path)) = name.split_at_checked(PREFIX.len()) else { continue };
        if let (true, Some(origin)) = (prefix.eq_ignore_ascii_case(PREFIX), settings.origin(&name)) {
            setter.set(&path.split("__").collect::<Vec<_>>(), value, origin);
        }
    }
    setter.finish()
}

/// Sets keys by path.
struct Setter<'a> {
    doc: Doc,
    settings: &'a Settings,
    report: &'a mut Report,
    entries: Entries,
    /// Elements of lists by path and number.
    lists: BTreeMap<&'static str, BTreeMap<usize, Entry>>,
}

impl Setter<'_> {
    fn set(&mut self, path: &[&str], text: &str, origin: &Origin) {
        let dotted = path.join(".");
        let spec = spec::find(self.doc, &dotted);
        if let Some(spec) = spec.filter(|spec| !matches!(spec.kind, Kind::Section | Kind::Map { .. })) {
            return self.put(spec, spec.name(), text, origin);
        }
        // Not a key itself: perhaps something inside a map, a list, or a section without effect.
        for depth in (1..path.len()).rev() {
            let Some(spec) = spec::find(self.doc, &path[..depth].join(".")) else { continue };
            let inner = path[depth..].join(".");
            match spec.kind {
                Kind::Map { of, .. } => {
                    let name = format!("{}.{inner}", spec.name());
                    let entry = self.convert(spec, &name, *of, text, origin);
                    let map =
                        entry.map(|entry| Entry { value: Typed::Map(vec![(inner, entry.clone())]), ..entry });
                    return map.into_iter().for_each(|map| self.overlay(spec, map));
                }
                Kind::List { of, .. } => {
                    let Ok(number) = inner.parse() else { break };
                    let entry = self.convert(spec, spec.name(), *of, text, origin);
                    let elements = self.lists.entry(spec.path).or_default();
                    return elements.extend(entry.map(|entry| (number, entry)));
                }
                Kind::Anything => return self.put(spec, spec.name(), text, origin),
                _ => break,
            }
        }
        self.unknown(&dotted, spec.is_some(), origin);
    }

    fn unknown(&mut self, dotted: &str, is_table: bool, origin: &Origin) {
        let is_argument = matches!(origin, Origin::Argument(_));
        let spell = |path: &str| match is_argument {
            true => format!("`{path}`"),
            false => format!("`{PREFIX}{}`", path.replace('.', "__")),
        };
        let problem = if is_table {
            let message = format!("`{dotted}` is a table and cannot be set as a whole");
            let key = spell(&format!("{dotted}.<key>"));
            Problem::error(Code::UnknownOverride, message, origin.clone())
                .help(format!("set the keys in it: {key}"))
        } else {
            let is_key = |spec: &&KeySpec| spec.is_used() && !matches!(spec.kind, Kind::Section);
            let hint = suggest::nearest(dotted, spec::of(self.doc).filter(is_key).map(|spec| spec.path));
            let parts = if is_argument { "`.`" } else { "`__`" };
            Problem::error(Code::UnknownOverride, format!("there is no host key `{dotted}`"), origin.clone())
                .allowed([format!("a key of docs/reference/settings.md, with {parts} between its parts")])
                .maybe_help(hint.map(|path| format!("did you mean {}?", spell(path))))
        };
        self.report.push(problem);
    }

    fn put(&mut self, spec: &'static KeySpec, name: &str, text: &str, origin: &Origin) {
        let key = Key { name: name.to_owned(), at: 0..0 };
        if let Some(problem) = walk::standing_problem(spec, &key, origin.clone()) {
            return self.report.push(problem);
        }
        if let Some(entry) = self.convert(spec, name, spec.kind, text, origin) {
            self.overlay(spec, entry);
        }
    }

    fn overlay(&mut self, spec: &'static KeySpec, entry: Entry) {
        let mut upper = Entries::default();
        upper.insert(spec.path, entry);
        self.entries.overlay(upper);
    }

    fn convert(
        &mut self,
        spec: &KeySpec,
        name: &str,
        kind: Kind,
        text: &str,
        origin: &Origin,
    ) -> Option<Entry> {
        let place = |_: &std::ops::Range<usize>| origin.clone();
        let settings = (spec.doc == Doc::Host).then_some(self.settings);
        let mut converter = Converter::new(&place, settings);
        let value = if text.contains('%') {
            super::value::Value::Text(text.to_owned())
        } else {
            spell::parse_as(kind, text)
        };
        let entry =
            converter.entry(name, kind, &Key { name: name.to_owned(), at: 0..0 }, &Item { value, at: 0..0 });
        converter.into_problems().into_iter().for_each(|problem| self.report.push(problem));
        entry
    }

    fn finish(mut self) -> Entries {
        for (path, elements) in std::mem::take(&mut self.lists) {
            let list: Vec<Entry> = elements.into_values().collect();
            if let Some(first) = list.first().cloned() {
                self.entries.insert(path, Entry { value: Typed::List(list), ..first });
            }
        }
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (Entries, Report) {
        let settings = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut report = Report::new();
        let entries = from_settings(&settings, &mut report);
        (entries, report)
    }

    #[test]
    fn any_key_can_be_set_without_regard_to_case() {
        let (entries, report) = read(&[
            ("AZUREFUNCTIONSJOBHOST__EXTENSIONS__HTTP__ROUTEPREFIX", "v1"),
            ("AzureFunctionsJobHost:extensions:http:maxConnections", "7"),
            ("AzureFunctionsJobHost__logging__logLevel__Function.Add", "debug"),
            ("AzureFunctionsJobHost__functions__1", "B"),
            ("AzureFunctionsJobHost__functions__0", "A"),
            ("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "1000"),
            ("Other", "x"),
        ]);
        assert!(report.is_empty(), "{report}");
        assert_eq!(entries.text("extensions.http.routePrefix"), Some("v1"));
        assert_eq!(entries.int("extensions.http.maxConnections"), Some(7));
        assert_eq!(entries.bytes("extensions.http.maxRequestBodySize"), Some(1000));
        let names: Vec<&str> = entries.texts("functions").unwrap().iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["A", "B"]);
        assert_eq!(entries.map("logging.logLevel")[0].0, "Function.Add");
    }

    #[test]
    fn the_key_itself_wins_over_its_alias() {
        let (entries, _) = read(&[
            ("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "1"),
            ("AzureFunctionsJobHost__extensions__http__maxRequestBodySize", "2"),
        ]);
        assert_eq!(entries.bytes("extensions.http.maxRequestBodySize"), Some(2));
    }

    #[test]
    fn unknown_paths_and_bad_values_name_the_variable() {
        let (_, report) = read(&[
            ("AzureFunctionsJobHost__extensions__http__routePrefx", "v1"),
            ("AzureFunctionsJobHost__functionTimeout", "soon"),
            ("AzureFunctionsJobHost__logging__console__isEnabled", "true"),
        ]);
        let text = report.to_string();
        assert!(
            text.contains("did you mean `AzureFunctionsJobHost__extensions__http__routePrefix`?"),
            "{text}"
        );
        assert!(text.contains("environment variable AzureFunctionsJobHost__functionTimeout"), "{text}");
        assert!(text.contains("note[FN0210]"), "{text}");
    }

    #[test]
    fn an_argument_names_its_flag() {
        let mut report = Report::new();
        let arguments = Arguments::default().local("--port", "host.localHttpPort", "70000");
        assert!(
            arguments
                .entries(Doc::Host, &Settings::default(), &mut report)
                .get("host.localHttpPort")
                .is_none()
        );
        arguments.entries(Doc::Local, &Settings::default(), &mut report);
        assert!(report.to_string().contains("argument --port"), "{report}");
    }
}
