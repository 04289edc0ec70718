//! One parameter of a template: what stands between its braces.
//!
//! ```text
//! {name}  {name:int:min(1)}  {name=default}  {name?}  {*rest}  {**rest}
//! ```

use super::constraint::Constraint;
use super::errors::Fault;

/// A value's name and conditions.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) constraints: Vec<Constraint>,
    pub(super) absent: Absent,
    pub(super) catch_all: bool,
    /// Where its brace opens, for messages.
    pub(super) column: usize,
}

/// What a path without this parameter's segment means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Absent {
    NoMatch,
    NoValue,
    Default(String),
}

/// A character with the column that it has in the template.
pub(super) type Mark = (usize, char);

impl Parameter {
    /// Reads what stands between the braces, the inner ones of which are single again. `column` is that of the
    /// opening brace.
    pub(super) fn parse(inside: &[Mark], column: usize) -> Result<Self, Fault> {
        let stars = inside.iter().take_while(|(_, character)| *character == '*').count();
        if stars > 2 {
            return Err(Fault::new(column, "a catch-all of more than two stars", "{*name} or {**name}"));
        }
        let (mut rest, catch_all) = (&inside[stars..], stars > 0);
        let optional = matches!(rest.last(), Some((_, '?')));
        if optional {
            rest = &rest[..rest.len() - 1];
        }
        let name_end = position(rest, &[':', '=']);
        let name = name(&rest[..name_end], column)?;
        rest = &rest[name_end..];
        let mut constraints = Vec::new();
        while let Some(((_, ':'), after)) = rest.split_first() {
            let (constraint, after) = constraint(after, column)?;
            constraints.push(constraint);
            rest = after;
        }
        let absent = match rest.split_first() {
            Some(((at, _), _)) if optional => {
                return Err(Fault::new(*at, "a default and a question mark", "one of them"));
            }
            Some((_, default)) => Absent::Default(text(default)),
            None if optional => Absent::NoValue,
            None => Absent::NoMatch,
        };
        let parameter = Self { name, constraints, absent, catch_all, column };
        parameter.check_absence()?;
        Ok(parameter)
    }

    /// Whether a decoded value meets all conditions.
    pub(super) fn allows(&self, value: &str) -> bool {
        self.constraints.iter().all(|constraint| constraint.allows(value))
    }

    /// Whether a catch-all takes `rest`, decoded. Its default, if it has one, stands for nothing at all.
    pub(super) fn allows_rest(&self, rest: &str) -> bool {
        (rest.is_empty() && matches!(self.absent, Absent::Default(_))) || self.allows(rest)
    }

    /// Whether a path may lack it.
    pub(super) fn may_be_absent(&self) -> bool {
        if self.catch_all { self.allows_rest("") } else { self.absent != Absent::NoMatch }
    }

    fn check_absence(&self) -> Result<(), Fault> {
        match &self.absent {
            Absent::NoValue if self.catch_all => Err(Fault::new(
                self.column,
                "an optional catch-all",
                "a catch-all, which may be empty anyway",
            )),
            Absent::Default(default) if !self.allows(default) => {
                let found = format!("the default `{default}`");
                Err(Fault::new(self.column, found, "a default that meets the parameter's own constraints"))
            }
            _ => Ok(()),
        }
    }
}

fn name(marked: &[Mark], column: usize) -> Result<String, Fault> {
    let allowed = "a name without any of {}/?*:=";
    if marked.is_empty() {
        return Err(Fault::new(column, "a parameter without a name", allowed));
    }
    match marked.iter().find(|(_, character)| "{}/?*".contains(*character)) {
        Some((at, character)) => Err(Fault::new(*at, format!("`{character}` in a name"), allowed)),
        None => Ok(text(marked)),
    }
}

/// The constraint that `marked` begins with, and what follows it.
fn constraint(marked: &[Mark], column: usize) -> Result<(Constraint, &[Mark]), Fault> {
    let at = marked.first().map_or(column, |(at, _)| *at);
    let name_end = position(marked, &['(', ':', '=']);
    let name = text(&marked[..name_end]);
    let (arguments, end) = match marked.get(name_end) {
        Some((open, '(')) => {
            let close = closing(&marked[name_end..]).ok_or_else(|| {
                Fault::new(*open, "`(` without its `)`", "`)` before the next `:`, `=` or `}`")
            })?;
            (Some(text(&marked[name_end + 1..name_end + close])), name_end + close + 1)
        }
        _ => (None, name_end),
    };
    let constraint = Constraint::parse(&name, arguments.as_deref())
        .map_err(|(found, allowed)| Fault::new(at, found, allowed))?;
    Ok((constraint, &marked[end..]))
}

/// Where the parenthesis closes that `marked` opens with. Expressions may hold parentheses of their own: the one that
/// counts is followed by the end of the constraint and, if any is, balanced.
fn closing(marked: &[Mark]) -> Option<usize> {
    let (mut depth, mut first, mut escaped) = (0i32, None, false);
    for (index, (_, character)) in marked.iter().enumerate() {
        match character {
            _ if escaped => {
                escaped = false;
                continue;
            }
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => continue,
        }
        let ends = matches!(marked.get(index + 1), None | Some((_, ':' | '=')));
        if *character == ')' && ends {
            if depth == 0 {
                return Some(index);
            }
            first = first.or(Some(index));
        }
    }
    first
}

fn position(marked: &[Mark], ends: &[char]) -> usize {
    marked.iter().position(|(_, character)| ends.contains(character)).unwrap_or(marked.len())
}

fn text(marked: &[Mark]) -> String {
    marked.iter().map(|(_, character)| character).collect()
}
