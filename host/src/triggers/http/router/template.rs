//! Templates: reading them into segments, and what a template says of its own precedence.

use super::errors::Fault;
use super::mixed::Piece;
use super::parameter::{Absent, Mark, Parameter};

/// A route's template, read.
#[derive(Debug)]
pub(super) struct Template {
    /// As written.
    pub(super) text: String,
    pub(super) segments: Vec<Segment>,
}

/// What one segment of a path has to be.
#[derive(Debug, Clone)]
pub(super) enum Segment {
    Literal(String),
    Parameter(Parameter),
    /// Literals and parameters by turns, at least one of each.
    Mixed(Vec<Piece>),
}

impl Template {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let marked: Vec<Mark> = text.chars().enumerate().map(|(at, character)| (at + 1, character)).collect();
        let mut rest = match marked.split_first() {
            Some(((_, '/'), rest)) => rest,
            _ => &marked[..],
        };
        let mut segments = Vec::new();
        while !rest.is_empty() {
            let (segment, after) = segment(rest)?;
            segments.push(segment);
            rest = after;
        }
        let template = Self { text: text.to_owned(), segments };
        template.check_names()?;
        template.check_ends()?;
        Ok(template)
    }

    pub(super) fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.segments.iter().flat_map(|segment| {
            let (one, many) = match segment {
                Segment::Literal(_) => (None, &[][..]),
                Segment::Parameter(parameter) => (Some(parameter), &[][..]),
                Segment::Mixed(pieces) => (None, &pieces[..]),
            };
            one.into_iter().chain(many.iter().filter_map(Piece::parameter))
        })
    }

    /// How many segments a path must have at least.
    pub(super) fn least(&self) -> usize {
        let absent = self.segments.iter().rev().take_while(|segment| segment.may_be_absent()).count();
        self.segments.len() - absent
    }

    /// Precedence: compared digit by digit, the smaller goes first.
    pub(super) fn digits(&self) -> Vec<u8> {
        self.segments.iter().map(Segment::digit).collect()
    }

    fn check_names(&self) -> Result<(), Fault> {
        let mut seen: Vec<&str> = Vec::new();
        for parameter in self.parameters() {
            if seen.iter().any(|name| name.eq_ignore_ascii_case(&parameter.name)) {
                let found = format!("the name `{}` a second time", parameter.name);
                return Err(Fault::new(parameter.column, found, "each name once"));
            }
            seen.push(&parameter.name);
        }
        Ok(())
    }

    fn check_ends(&self) -> Result<(), Fault> {
        let least = self.least();
        for (index, segment) in self.segments.iter().enumerate() {
            let Segment::Parameter(parameter) = segment else { continue };
            if parameter.catch_all && index + 1 < self.segments.len() {
                return Err(Fault::new(
                    parameter.column,
                    "a catch-all before other segments",
                    "a catch-all at the end",
                ));
            }
            // A default before the end is harmless (the segment is just always there); a question mark is a mistake.
            if index < least && parameter.absent == Absent::NoValue {
                let allowed = "optional parameters at the end";
                return Err(Fault::new(
                    parameter.column,
                    "an optional parameter before segments that are not",
                    allowed,
                ));
            }
        }
        Ok(())
    }
}

impl Segment {
    pub(super) fn may_be_absent(&self) -> bool {
        matches!(self, Self::Parameter(parameter) if parameter.may_be_absent())
    }

    fn digit(&self) -> u8 {
        match self {
            Self::Literal(_) => 1,
            Self::Mixed(_) => 2,
            Self::Parameter(parameter) => {
                let digit = if parameter.catch_all { 5 } else { 3 };
                digit - u8::from(!parameter.constraints.is_empty())
            }
        }
    }

    /// Two segments of the same shape match the same texts: names and defaults do not count, letters of literals do
    /// not differ by case.
    pub(super) fn shape(&self) -> String {
        match self {
            Self::Literal(literal) => literal.to_ascii_lowercase(),
            Self::Parameter(parameter) => shape_of(parameter),
            Self::Mixed(pieces) => pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Literal(literal) => literal.to_ascii_lowercase(),
                    Piece::Parameter(parameter) => shape_of(parameter),
                })
                .collect(),
        }
    }
}

fn shape_of(parameter: &Parameter) -> String {
    // A slash cannot stand in a segment's literal, so shapes of different kinds never coincide.
    let constraints: String =
        parameter.constraints.iter().map(|constraint| format!(":{}", constraint.text())).collect();
    format!("/{}{constraints}/", if parameter.catch_all { "*" } else { "" })
}

/// Reads one segment and the slash that ends it.
fn segment(mut rest: &[Mark]) -> Result<(Segment, &[Mark]), Fault> {
    let mut pieces: Vec<Piece> = Vec::new();
    let start = rest[0].0;
    loop {
        match rest {
            [] => break,
            [(_, '/'), after @ ..] => {
                rest = after;
                break;
            }
            [(_, '{'), (_, '{'), after @ ..] => {
                push_literal(&mut pieces, '{');
                rest = after;
            }
            [(_, '}'), (_, '}'), after @ ..] => {
                push_literal(&mut pieces, '}');
                rest = after;
            }
            [(column, '{'), after @ ..] => {
                let (inside, after) = inside(after, *column)?;
                if matches!(pieces.last(), Some(Piece::Parameter(_))) {
                    return Err(Fault::new(
                        *column,
                        "a parameter right after another",
                        "a literal between them",
                    ));
                }
                pieces.push(Piece::Parameter(Parameter::parse(&inside, *column)?));
                rest = after;
            }
            [(column, '}'), ..] => {
                return Err(Fault::new(*column, "`}` without its `{`", "`}}` for a brace itself"));
            }
            [(column, '?'), ..] => {
                return Err(Fault::new(*column, "`?`", "a path; a query is not part of a route"));
            }
            [(_, character), after @ ..] => {
                push_literal(&mut pieces, *character);
                rest = after;
            }
        }
    }
    Ok((finish(pieces, start)?, rest))
}

/// What stands between a brace that was just opened and its end, with doubled braces made single.
fn inside(mut rest: &[Mark], column: usize) -> Result<(Vec<Mark>, &[Mark]), Fault> {
    let mut inside = Vec::new();
    loop {
        match rest {
            [] => return Err(Fault::new(column, "`{` without its `}`", "`}` at the end of the parameter")),
            [(at, '{'), (_, '{'), after @ ..] => {
                inside.push((*at, '{'));
                rest = after;
            }
            [(at, '{'), ..] => return Err(Fault::new(*at, "`{` in a parameter", "`{{` for a brace itself")),
            [(at, '}'), (_, '}'), after @ ..] => {
                inside.push((*at, '}'));
                rest = after;
            }
            [(_, '}'), after @ ..] => return Ok((inside, after)),
            [marked, after @ ..] => {
                inside.push(*marked);
                rest = after;
            }
        }
    }
}

fn push_literal(pieces: &mut Vec<Piece>, character: char) {
    match pieces.last_mut() {
        Some(Piece::Literal(literal)) => literal.push(character),
        _ => pieces.push(Piece::Literal(character.to_string())),
    }
}

fn finish(mut pieces: Vec<Piece>, start: usize) -> Result<Segment, Fault> {
    if pieces.len() > 1 {
        let alone = |parameter: &&Parameter| parameter.catch_all || parameter.may_be_absent();
        return match pieces.iter().filter_map(Piece::parameter).find(alone) {
            Some(parameter) => Err(Fault::new(
                parameter.column,
                "an optional, default or catch-all parameter beside other text",
                "such a parameter as a segment of its own",
            )),
            None => Ok(Segment::Mixed(pieces)),
        };
    }
    match pieces.pop() {
        None => Err(Fault::new(start, "an empty segment", "something between two slashes")),
        Some(Piece::Literal(literal)) => Ok(Segment::Literal(literal)),
        Some(Piece::Parameter(parameter)) => Ok(Segment::Parameter(parameter)),
    }
}
