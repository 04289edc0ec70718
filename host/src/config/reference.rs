//! The pages `docs/reference/settings.md` and `docs/reference/problems.md`, generated from the tables that the code
//! itself reads. A test fails when the files differ; `FNHOST_BLESS=1 cargo test -p fnhost reference` rewrites them.

use std::fmt::Write as _;

use super::bytesize;
use super::code::Code;
use super::defaults;
use super::entry::{Entries, Typed};
use super::keys::kind::Kind;
use super::keys::place::Place;
use super::keys::spec::{self, Doc, KeySpec, Standing};
use super::origin::Origin;
use super::overrides::PREFIX;
use super::report::Report;

const INTRODUCTION: &str = "\
# Settings

Every key of `host.toml`, `local.settings.toml` and `function.toml`. This page is generated from the table that the
host itself reads (`host/src/config/keys/`).

- Keys are camelCase and read without regard to case. Unknown and misplaced keys are errors.
- Precedence: defaults < `host.toml` < `local.settings.toml` < environment < command line arguments.
- Any host key can be set by a setting in the environment or in `[values]`: `AzureFunctionsJobHost__`, then the path
  with `__` between its parts, without regard to case. Lists are written with commas, or element by element
  (`…__functions__0`); a category of `logLevel` or a header is the last part of the path.
- `%NAME%` in any text of `host.toml` and `function.toml` is replaced by the setting NAME; `%%` is a percent sign. A
  setting that is not there is an error.
- Time-spans are `\"[d.]hh:mm:ss[.fff]\"`. Sizes are numbers of bytes, or text with the unit KiB, MiB or GiB.
- Handlers read settings by name without regard to case. The environment of the process wins over `[values]` and is
  never changed.
";

/// The page of all keys.
pub fn settings_page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for doc in [Doc::Host, Doc::Local, Doc::Function] {
        let _infallible = writeln!(page, "\n## {}", doc.file_name());
        let defaults = defaults::entries(doc, &mut Report::new());
        for place in places(doc) {
            section(&mut page, place, &defaults);
        }
    }
    page.push_str(
        "\n## Accepted without effect\n\nKnown from Azure. The host reports each of them with a note.\n\n",
    );
    page.push_str("| file | key | why |\n|---|---|---|\n");
    for spec in [Doc::Host, Doc::Local, Doc::Function].into_iter().flat_map(spec::of) {
        if let Standing::Ignored(why) | Standing::NotYet(why) = spec.standing {
            let _infallible =
                writeln!(page, "| {} | `{}` | {} |", spec.doc.file_name(), spec.path, cell(why));
        }
    }
    page
}

/// The tables of a file in the order of the list of keys.
fn places(doc: Doc) -> Vec<Place> {
    let mut places = Vec::new();
    for spec in spec::of(doc).filter(|spec| spec.is_used() && !matches!(spec.kind, Kind::Section)) {
        let place = Place::of(spec);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

fn section(page: &mut String, place: Place, defaults: &Entries) {
    let (title, parent) = match place {
        Place::Section(_, "") => ("Top level".to_owned(), None),
        Place::Section(doc, path) => (format!("`[{path}]`"), spec::find(doc, path)),
        Place::Binding("*") => ("`[[bindings]]` of every type".to_owned(), None),
        Place::Binding(of) => (format!("`[[bindings]]` of type `{of}`"), None),
    };
    let _infallible = writeln!(page, "\n### {title}\n");
    if let Some(spec) = parent.filter(|spec| !spec.meaning.is_empty()) {
        let _infallible = writeln!(page, "{}\n", spec.meaning);
    }
    let has_environment = place.doc() == Doc::Host;
    let (heading, rule) = if has_environment { (" environment |", "---|") } else { ("", "") };
    let _infallible = writeln!(page, "| key | takes | default | meaning |{heading}\n|---|---|---|---|{rule}");
    for spec in spec::of(place.doc()).filter(|spec| spec.is_used() && Place::of(spec) == place) {
        if matches!(spec.kind, Kind::Section) {
            continue;
        }
        let takes = cell(&spec.kind.describe());
        let _infallible = write!(
            page,
            "| `{}` | {takes} | {} | {} |",
            spec.name(),
            cell(&default(spec, defaults)),
            cell(spec.meaning)
        );
        if has_environment {
            let _infallible = write!(page, " {} |", environment(spec));
        }
        page.push('\n');
    }
}

/// The default as the embedded file writes it, or in words.
fn default(spec: &KeySpec, defaults: &Entries) -> String {
    let Some(entry) = defaults.get(spec.path).filter(|_| spec.default.is_empty()) else {
        return spec.default.to_owned();
    };
    match (&entry.value, &entry.at) {
        (Typed::Map(inner), _) => {
            let names: Vec<String> = inner
                .iter()
                .map(|(name, entry)| match entry.value {
                    Typed::Word(word) => format!("`{name} = \"{word}\"`"),
                    _ => format!("`{name}`"),
                })
                .collect();
            names.join(", ")
        }
        (value, Origin::File(span)) => {
            let written = format!("`{}`", &span.file.text()[span.range.clone()]);
            match value {
                Typed::Bytes(bytes) if *bytes >= 1024 => format!("{written} ({})", bytesize::format(*bytes)),
                Typed::Int(-1) => format!("{written} (no limit)"),
                _ => written,
            }
        }
        _ => String::new(),
    }
}

fn environment(spec: &KeySpec) -> String {
    let own = format!("`{PREFIX}{}`", spec.path.replace('.', "__"));
    match (spec.setting, spec.kind) {
        (Some(setting), _) => format!("{own} or `{setting}`"),
        (None, Kind::Map { .. }) => format!("{}__<name>`", own.trim_end_matches('`')),
        _ => own,
    }
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The page of all problems.
pub fn problems_page() -> String {
    let mut page = "\
# Problems

What `check` and the host at its start may report. Codes are stable. An error of the host file or the settings stops
the start; an error of a function leaves that function out while the others serve. With `start --strict` and `check`
every error and every warning is fatal; notes never are. This page is generated (`host/src/config/code.rs`).
"
    .to_owned();
    let groups = [
        ("FN01", "Reading files"),
        ("FN02", "Keys and values"),
        ("FN03", "The host file as a whole"),
        ("FN04", "Functions"),
        ("FN05", "Bindings"),
        ("FN06", "Routes"),
        ("FN07", "Compiled handlers"),
    ];
    for (prefix, title) in groups {
        let _infallible = writeln!(page, "\n## {title}\n\n| code | problem | what to do |\n|---|---|---|");
        for code in Code::ALL.iter().filter(|code| code.as_str().starts_with(prefix)) {
            let _infallible =
                writeln!(page, "| {code} | {} | {} |", cell(code.title()), cell(code.explanation()));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_as_file(name: &str, page: &str) {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference").join(name);
        if std::env::var_os("FNHOST_BLESS").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, page).unwrap();
        }
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(written == page, "{name} is out of date: run FNHOST_BLESS=1 cargo test -p fnhost reference");
    }

    #[test]
    fn the_settings_page_is_up_to_date() {
        same_as_file("settings.md", &settings_page());
    }

    #[test]
    fn the_problems_page_is_up_to_date() {
        let page = problems_page();
        assert!(Code::ALL.iter().all(|code| page.contains(code.as_str())), "a group of codes is missing");
        same_as_file("problems.md", &page);
    }
}
