//! One value against what its key takes.
//!
//! The same code serves files, variables and arguments, so a value means the same wherever it is written. What is good
//! inside a list or a table survives its bad neighbours: one bad setting must not make all others look missing.

use std::ops::Range;

use super::bytesize;
use super::code::Code;
use super::entry::{Entry, Typed};
use super::expand::{self, ExpandError};
use super::keys::kind::Kind;
use super::origin::Origin;
use super::problem::Problem;
use super::settings::Settings;
use super::spell;
use super::suggest;
use super::timespan::{self, TimeSpanError};
use super::value::{Item, Key, Table, Value};

/// Converts values of one source and keeps their problems.
pub(crate) struct Converter<'a> {
    /// Turns a range of the source into an origin.
    place: &'a dyn Fn(&Range<usize>) -> Origin,
    /// The settings for `%NAME%`; `None` where percent signs mean themselves.
    settings: Option<&'a Settings>,
    problems: Vec<Problem>,
}

impl<'a> Converter<'a> {
    pub(crate) fn new(place: &'a dyn Fn(&Range<usize>) -> Origin, settings: Option<&'a Settings>) -> Self {
        Self { place, settings, problems: Vec::new() }
    }

    /// What was wrong with the values so far.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Checks a value. `name` is what messages call it.
    pub(crate) fn entry(&mut self, name: &str, kind: Kind, key: &Key, item: &Item) -> Option<Entry> {
        let (expanded, settings) = self.expand(name, kind, item)?;
        let before = self.problems.len();
        let value = self.value(name, kind, expanded.as_ref().unwrap_or(item));
        if !settings.is_empty() {
            // The value came from a setting: it may be a secret, so it is named and not shown.
            let found = format!("the value of the setting `{}` (not shown)", settings.join("`, `"));
            for problem in &mut self.problems[before..] {
                problem.found = Some(found.clone());
                problem.help.clear();
            }
        }
        let (at, key_at) = ((self.place)(&item.at), (self.place)(&key.at));
        Some(Entry { value: value?, at, key_at, expanded: !settings.is_empty() })
    }

    /// The item with `%NAME%` replaced, if there is any, and the names. `None` when that fails.
    fn expand(&mut self, name: &str, kind: Kind, item: &Item) -> Option<(Option<Item>, Vec<String>)> {
        let (Value::Text(text), Some(settings)) = (&item.value, self.settings) else {
            return Some((None, Vec::new()));
        };
        // A switch names a setting by itself; what has no effect needs no settings either.
        if !text.contains('%') || matches!(kind, Kind::Switch | Kind::Anything) {
            return Some((None, Vec::new()));
        }
        match expand::expand(text, settings) {
            Ok(result) => {
                let is_plain = result.names.is_empty();
                let value =
                    if is_plain { Value::Text(result.text) } else { spell::parse_as(kind, &result.text) };
                Some((Some(Item { value, at: item.at.clone() }), result.names))
            }
            Err(error) => {
                let problem = expand_problem(name, (self.place)(&item.at), &error, settings);
                self.problems.push(problem);
                None
            }
        }
    }

    fn value(&mut self, name: &str, kind: Kind, item: &Item) -> Option<Typed> {
        match (kind, &item.value) {
            (Kind::Bool, Value::Bool(value)) => Some(Typed::Bool(*value)),
            (Kind::Int { min, max }, Value::Int(Some(value))) if (min..=max).contains(value) => {
                Some(Typed::Int(*value))
            }
            (Kind::Limit { max }, Value::Int(Some(value))) if *value == -1 || (1..=max).contains(value) => {
                Some(Typed::Int(*value))
            }
            (Kind::Size { min, max }, Value::Int(Some(value)))
                if u64::try_from(*value).is_ok_and(|value| (min..=max).contains(&value)) =>
            {
                u64::try_from(*value).ok().map(Typed::Bytes)
            }
            (Kind::Decimal { min, max }, value @ (Value::Int(_) | Value::Float(_))) => {
                match spell::decimal(value).filter(|value| (min.into()..=max.into()).contains(value)) {
                    Some(value) => Some(Typed::Decimal(value)),
                    None => self.bad_value(name, kind, item),
                }
            }
            (Kind::Int { .. } | Kind::Limit { .. } | Kind::Size { .. }, Value::Int(_)) => {
                self.bad_value(name, kind, item)
            }
            (Kind::Size { min, max }, Value::Text(text)) => match bytesize::parse(text) {
                Ok(value) if (min..=max).contains(&value) => Some(Typed::Bytes(value)),
                Ok(_) => self.bad_value(name, kind, item),
                Err(error) => self.bad_form(format!("`{name}` is not a size: {error}"), kind, item, None),
            },
            (Kind::Span { endless: true, .. }, Value::Int(Some(-1))) => Some(Typed::Span(None)),
            (Kind::Span { .. }, Value::Text(text)) => self.span(name, kind, item, text),
            (Kind::Text { empty }, Value::Text(text)) if empty || !text.trim().is_empty() => {
                Some(Typed::Text(text.clone()))
            }
            (Kind::Text { .. }, Value::Text(_)) => self.bad_value(name, kind, item),
            (Kind::Choice(words), Value::Text(text)) => {
                if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
                    return Some(Typed::Word(word));
                }
                let hint = suggest::did_you_mean(text, words.iter().copied());
                self.bad_form(format!("`{name}` has a value that is not allowed"), kind, item, hint)
            }
            (Kind::List { of, .. }, Value::Array(items)) => self.list(name, *of, items),
            (Kind::List { of, or_text: true }, Value::Text(text)) => {
                let part =
                    |part: &str| Item { value: Value::Text(part.trim().to_owned()), at: item.at.clone() };
                self.list(name, *of, &text.split(',').map(part).collect::<Vec<_>>())
            }
            (Kind::Map { of, dotted, .. }, Value::Table(table)) => {
                let mut entries = Vec::new();
                self.map((name, ""), *of, dotted, table, &mut entries);
                Some(Typed::Map(entries))
            }
            (Kind::Scalar, value) if spell::scalar(value).is_some() => spell::scalar(value).map(Typed::Text),
            (Kind::Switch, Value::Bool(value)) => Some(Typed::Bool(*value)),
            (Kind::Switch, Value::Text(text)) if !text.trim().is_empty() => Some(Typed::Text(text.clone())),
            (Kind::Section, Value::Table(_)) | (Kind::Anything, _) => Some(Typed::Section),
            (Kind::Tables, Value::Array(items)) => Some(self.tables(name, items)),
            _ => self.wrong_type(name, kind, item),
        }
    }

    fn span(&mut self, name: &str, kind: Kind, item: &Item, text: &str) -> Option<Typed> {
        let Kind::Span { min, endless } = kind else { return None };
        if endless && text.trim() == "-1" {
            return Some(Typed::Span(None));
        }
        match timespan::parse(text) {
            Ok(span) if span.as_millis() >= u128::from(min) => Some(Typed::Span(Some(span))),
            Ok(_) => self.bad_value(name, kind, item),
            Err(error) => {
                let hint = match error {
                    TimeSpanError::TooLarge { part: "hours", .. } => {
                        Some("whole days stand before a dot: `1.00:00:00` is 24 hours".to_owned())
                    }
                    _ => timespan::guess(text)
                        .map(|span| format!("did you mean `\"{}\"`?", timespan::format(span))),
                };
                self.bad_form(format!("`{name}` is not a time-span: {error}"), kind, item, hint)
            }
        }
    }

    /// The good elements; `None` when all are bad, because that is not the same as an empty list.
    fn list(&mut self, name: &str, of: Kind, items: &[Item]) -> Option<Typed> {
        let key = |item: &Item| Key { name: name.to_owned(), at: item.at.clone() };
        let good: Vec<Entry> =
            items.iter().filter_map(|item| self.entry(name, of, &key(item), item)).collect();
        (!good.is_empty() || items.is_empty()).then_some(Typed::List(good))
    }

    fn tables(&mut self, name: &str, items: &[Item]) -> Typed {
        let mut tables = Vec::new();
        for item in items {
            match &item.value {
                Value::Table(table) => tables.push(table.clone()),
                _ => drop(self.wrong_type(name, Kind::Section, item)),
            }
        }
        Typed::Tables(tables)
    }

    fn map(
        &mut self,
        (map, prefix): (&str, &str),
        of: Kind,
        dotted: bool,
        table: &Table,
        entries: &mut Vec<(String, Entry)>,
    ) {
        for (key, item) in &table.entries {
            let name = format!("{prefix}{}", key.name);
            if let (Value::Table(inner), true) = (&item.value, dotted) {
                self.map((map, &format!("{name}.")), of, dotted, inner, entries);
                continue;
            }
            let Some(entry) = self.entry(&format!("{map}.{name}"), of, key, item) else { continue };
            match entries.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                Some((_, first)) => self.problems.push(twice(&name, &entry.key_at, &first.key_at)),
                None => entries.push((name, entry)),
            }
        }
    }

    fn wrong_type(&mut self, name: &str, kind: Kind, item: &Item) -> Option<Typed> {
        let hint = spell::type_hint(kind, &item.value);
        self.problem(Code::WrongType, format!("`{name}` has a value of the wrong type"), kind, item, hint)
    }

    fn bad_value(&mut self, name: &str, kind: Kind, item: &Item) -> Option<Typed> {
        self.bad_form(format!("`{name}` has a value that is not allowed"), kind, item, None)
    }

    fn bad_form(&mut self, message: String, kind: Kind, item: &Item, hint: Option<String>) -> Option<Typed> {
        self.problem(Code::BadValue, message, kind, item, hint)
    }

    fn problem(
        &mut self,
        code: Code,
        message: String,
        kind: Kind,
        item: &Item,
        hint: Option<String>,
    ) -> Option<Typed> {
        let at = (self.place)(&item.at);
        let found = if at.is_secret() { item.value.type_name().to_owned() } else { item.value.describe() };
        // Hints repeat what was written, except those on tables and lists.
        let may_hint = !at.is_secret() || matches!(item.value, Value::Table(_) | Value::Array(_));
        let hint = hint.filter(|_| may_hint);
        self.problems
            .push(Problem::error(code, message, at).found(found).allowed(kind.allowed()).maybe_help(hint));
        None
    }
}

/// What is wrong with a text whose settings cannot be put in.
pub(crate) fn expand_problem(name: &str, at: Origin, error: &ExpandError, settings: &Settings) -> Problem {
    match error {
        ExpandError::Missing(setting) => Problem::error(
            Code::SettingMissing,
            format!("`{name}` needs the setting `{setting}`, which is not there"),
            at,
        )
        .maybe_help(suggest::did_you_mean(setting, settings.names()))
        .help(format!("add `{setting}` to `[values]` of local.settings.toml, or set it in the environment")),
        ExpandError::Unclosed(_) => {
            Problem::error(Code::BadExpression, format!("`{name}` cannot be expanded: {error}"), at)
                .allowed(["%NAME% for the setting NAME", "%% for a percent sign"])
        }
    }
}

/// One key in two spellings.
pub(crate) fn twice(name: &str, second: &Origin, first: &Origin) -> Problem {
    Problem::error(Code::KeyTwice, format!("`{name}` is there twice"), second.clone())
        .also_at(first.clone(), "first here")
        .help("upper and lower case are the same: keep one of the two")
}
