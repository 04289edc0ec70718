//! TOML text as a tree of values with places, and every syntax error in it.
//!
//! The one door to the `toml` crate in this package. Parsing goes on after an error, so that one missing quote does
//! not hide the other mistakes; what stands on a line with a syntax error is left out of the tree, because the parser
//! guessed it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue, Error};

use super::code::Code;
use super::origin::{Origin, SourceFile};
use super::problem::Problem;
use super::report::Report;
use super::value::{Item, Key, Table, Value};

/// A file that was read and parsed as well as it could be.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) file: Arc<SourceFile>,
    pub(crate) root: Table,
    /// Whether all of the text made sense; if not, nobody may complain of what is missing.
    pub(crate) complete: bool,
}

/// Whether a file may hold secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrecy {
    Open,
    /// Values may not be shown, except those of these top-level keys.
    SecretBut(&'static [&'static str]),
}

/// Parses a file's text. Syntax errors go to the report.
pub(crate) fn parse(path: &str, text: &str, secrecy: Secrecy, report: &mut Report) -> Document {
    let (root, errors) = DeTable::parse_recoverable(text);
    let file = SourceFile::new(path, text);
    let broken = lines_of(&errors, &file);
    let table = table(root.get_ref(), root.span(), &|range| {
        (file.line_of(range.start)..=file.line_of(range.end)).any(|line| broken.contains(&line))
    });
    let file = match secrecy {
        Secrecy::Open => file,
        Secrecy::SecretBut(open) => {
            // After a syntax error nobody knows what is a key and what is a part of a secret.
            let trusted_until = broken.first().map_or(text.len(), |line| file.line_range(*line).end);
            let mut visible = Vec::new();
            collect_visible(root.get_ref(), text, Some(open), &mut visible);
            file.show_only(
                visible.into_iter().map(|range| range.start..range.end.min(trusted_until)).collect(),
            )
        }
    };
    let file = Arc::new(file);
    for problem in syntax_problems(&errors, &file) {
        report.push(problem);
    }
    Document { file, root: table, complete: errors.is_empty() }
}

fn lines_of(errors: &[Error], file: &SourceFile) -> BTreeSet<usize> {
    errors.iter().map(|error| file.line_of(error.span().map_or(0, |span| span.start))).collect()
}

/// One problem per line: what follows the first error on a line follows from it.
fn syntax_problems(errors: &[Error], file: &Arc<SourceFile>) -> Vec<Problem> {
    let mut errors: Vec<(&Error, Range<usize>)> =
        errors.iter().map(|error| (error, error.span().unwrap_or(0..0))).collect();
    errors.sort_by_key(|(_, span)| span.start);
    errors.dedup_by_key(|(_, span)| file.line_of(span.start));
    let problem = |(error, span): (&Error, Range<usize>)| {
        let (message, help) = explain(error.message(), span.is_empty());
        let problem =
            Problem::error(Code::Syntax, format!("not valid TOML: {message}"), Origin::file(file, span));
        problem.maybe_help(help.map(str::to_owned))
    };
    errors.into_iter().map(problem).collect()
}

/// The parser's message, or a plainer one where it names the rule but not the usual mistake, and a hint.
fn explain(message: &str, is_empty: bool) -> (&str, Option<&'static str>) {
    const QUOTES: Option<&str> = Some("put text values in quotes: `key = \"value\"`");
    let begins = |words: &[&str]| words.iter().any(|word| message.starts_with(word));
    if begins(&["string values must be quoted"]) && is_empty {
        ("the value is missing", QUOTES)
    } else if begins(&["invalid boolean", "string values must be quoted"]) {
        ("the value is neither text in quotes nor a number", QUOTES)
    } else if begins(&["invalid float", "invalid integer"]) {
        ("a malformed number", QUOTES)
    } else if begins(&["invalid basic string", "invalid literal string"]) {
        ("text without its closing quote", None)
    } else if begins(&["unclosed table"]) {
        ("a table's name without its closing bracket", None)
    } else if begins(&["duplicate key"]) {
        ("a key or table that is already there", Some("a key may occur once per table"))
    } else {
        (message, None)
    }
}

fn table(source: &DeTable<'_>, at: Range<usize>, broken: &dyn Fn(&Range<usize>) -> bool) -> Table {
    let mut entries = Vec::with_capacity(source.len());
    for (name, value) in source.iter() {
        let item = item(value.get_ref(), value.span(), broken);
        // A table's header and its keys are judged one by one: a bad line inside must not take the whole table away.
        let keep = matches!(item.value, Value::Table(_) | Value::Array(_)) || !broken(&item.at);
        if keep && !broken(&name.span()) {
            entries.push((Key { name: name.get_ref().to_string(), at: name.span() }, item));
        }
    }
    entries.sort_by_key(|(key, _)| key.at.start);
    Table { entries, at }
}

fn item(value: &DeValue<'_>, at: Range<usize>, broken: &dyn Fn(&Range<usize>) -> bool) -> Item {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Int(i64::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(time) => Value::Datetime(time.to_string()),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|value| item(value.get_ref(), value.span(), broken)).collect())
        }
        DeValue::Table(inner) => Value::Table(table(inner, at.clone(), broken)),
    };
    Item { value, at }
}

/// Keys with their equals sign and headers are visible; values only below the keys in `open`.
fn collect_visible(source: &DeTable<'_>, text: &str, open: Option<&[&str]>, visible: &mut Vec<Range<usize>>) {
    for (name, value) in source.iter() {
        let key = name.span();
        let assignment =
            text[key.end..].len() - text[key.end..].trim_start_matches([' ', '\t', '=', '.']).len();
        visible.push(key.start..key.end + assignment);
        let is_open =
            open.is_some_and(|keys| keys.iter().any(|open| open.eq_ignore_ascii_case(name.get_ref())));
        let span = value.span();
        let is_header = text[span.clone()].starts_with('[') && !matches!(value.get_ref(), DeValue::Array(_));
        match value.get_ref() {
            DeValue::Table(inner) => {
                if is_header || is_open {
                    visible.push(span);
                }
                if is_open { show_all(inner, visible) } else { collect_visible(inner, text, None, visible) }
            }
            _ if is_open => visible.push(span),
            _ => {}
        }
    }
}

fn show_all(source: &DeTable<'_>, visible: &mut Vec<Range<usize>>) {
    for (name, value) in source.iter() {
        visible.push(name.span().start..value.span().end);
        if let DeValue::Table(inner) = value.get_ref() {
            show_all(inner, visible);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::render::Style;
    use super::*;

    fn parse_open(text: &str) -> (Document, Report) {
        let mut report = Report::new();
        let document = parse("host.toml", text, Secrecy::Open, &mut report);
        (document, report)
    }

    #[test]
    fn a_table_keeps_order_names_and_places() {
        let (document, report) = parse_open("b = 1\na = 0xff\n[t]\nx = 1.10\n");
        assert!(report.is_empty() && document.complete);
        let names: Vec<&str> = document.root.entries.iter().map(|(key, _)| key.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "t"]);
        assert_eq!(document.root.get("A").unwrap().1.value, Value::Int(Some(255)));
        let Value::Table(inner) = &document.root.get("t").unwrap().1.value else { panic!("no table") };
        assert_eq!(inner.get("x").unwrap().1.value, Value::Float("1.10".to_owned()));
        assert_eq!(&document.file.text()[inner.at.clone()], "[t]");
    }

    #[test]
    fn all_syntax_errors_are_found_and_the_good_lines_kept() {
        let (document, report) = parse_open("a = foo\nb = 1\nc = \nd = \"x\ne = 2\ne = 3\n");
        assert_eq!(report.problems().len(), 4, "{report}");
        assert!(!document.complete);
        let names: Vec<&str> = document.root.entries.iter().map(|(key, _)| key.name.as_str()).collect();
        assert_eq!(names, ["b", "e"]);
    }

    #[test]
    fn values_of_a_secret_file_never_show() {
        let text = "isEncrypted = false\n[values]\nKey = \"s3cret\"\nBroken = \"s3cret\nMore = s3cret\n[host]\ncors = \"*\"\n";
        let mut report = Report::new();
        let secrecy = Secrecy::SecretBut(&["isEncrypted", "host"]);
        let document = parse("local.settings.toml", text, secrecy, &mut report);
        let shown = report.render(Style::Plain);
        assert!(shown.contains("Broken = ***"), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(document.file.shows(text.find("false").unwrap()));
        assert!(!document.file.shows(text.find("More").unwrap()));
    }

    /// The parser takes everything up to the next header for a part of the broken one.
    #[test]
    fn a_header_that_does_not_end_shows_no_secret() {
        let text = "[values\nKey = \"s3cret\"\n[host]\nlocalHttpPort = 1\n";
        let document = parse("local.settings.toml", text, Secrecy::SecretBut(&["host"]), &mut Report::new());
        let secret = text.find("s3cret").unwrap();
        assert!((secret..secret + 6).all(|byte| !document.file.shows(byte)));
    }

    #[test]
    fn a_secret_that_looks_like_a_key_does_not_show() {
        let text = "[values]\nKey = \"-----BEGIN\nMIIs3cret==\n-----END\"\n";
        let mut report = Report::new();
        parse("local.settings.toml", text, Secrecy::SecretBut(&[]), &mut report);
        assert!(!report.render(Style::Plain).contains("s3cret"));
    }
}
