//! A matcher that tries all templates in order of precedence, written without a look at the real one.
//!
//! It shares the reading of templates and the constraints with the router, but neither the trie, nor the walk, nor the
//! splitting of paths and segments.

use super::super::mixed::Piece;
use super::super::parameter::{Absent, Parameter};
use super::super::template::{Segment, Template};

pub(super) type Values = Vec<(String, String)>;

/// The index of the template that answers, and its values.
pub(super) fn find(templates: &[&str], path: &str) -> Option<(usize, Values)> {
    let mut order: Vec<(Vec<u8>, usize, Template)> = templates
        .iter()
        .enumerate()
        .map(|(index, text)| {
            Template::parse(text).map(|template| (digits(&template), index, template)).unwrap()
        })
        .collect();
    order.sort_by(|one, two| (&one.0, one.1).cmp(&(&two.0, two.1)));
    let path = path.strip_prefix('/')?;
    order.iter().find_map(|(_, index, template)| Some((*index, matches(&template.segments, path)?)))
}

fn digits(template: &Template) -> Vec<u8> {
    let digit = |segment: &Segment| match segment {
        Segment::Literal(_) => 1,
        Segment::Mixed(_) => 2,
        Segment::Parameter(parameter) => match (parameter.catch_all, parameter.constraints.is_empty()) {
            (false, false) => 2,
            (false, true) => 3,
            (true, false) => 4,
            (true, true) => 5,
        },
    };
    template.segments.iter().map(digit).collect()
}

fn matches(segments: &[Segment], rest: &str) -> Option<Values> {
    let Some((segment, others)) = segments.split_first() else {
        return rest.is_empty().then(Vec::new);
    };
    if rest.is_empty() {
        return absent(segments);
    }
    if let Segment::Parameter(parameter) = segment
        && parameter.catch_all
    {
        let fits = !rest.starts_with('/') && parameter.allows(&decoded(rest));
        return fits.then(|| vec![(parameter.name.clone(), decoded(rest))]);
    }
    let end = rest.find('/').unwrap_or(rest.len());
    let text = decoded(&rest[..end]);
    let mut values = match segment {
        _ if text.is_empty() => return None,
        Segment::Literal(literal) => literal.eq_ignore_ascii_case(&text).then(Vec::new)?,
        Segment::Parameter(parameter) => {
            parameter.allows(&text).then(|| vec![(parameter.name.clone(), text.clone())])?
        }
        Segment::Mixed(pieces) => {
            let (values, fits) = split(pieces, &text.chars().collect::<Vec<_>>())?;
            fits.then_some(values)?
        }
    };
    values.extend(matches(others, rest.get(end + 1..).unwrap_or(""))?);
    Some(values)
}

/// All segments must be such that may be absent.
fn absent(segments: &[Segment]) -> Option<Values> {
    let mut values = Vec::new();
    for segment in segments {
        let Segment::Parameter(Parameter { name, absent, catch_all, .. }) = segment else { return None };
        match (absent, segment) {
            (Absent::Default(default), _) => values.push((name.clone(), default.clone())),
            (_, Segment::Parameter(parameter)) if *catch_all && parameter.allows("") => {
                values.push((name.clone(), String::new()));
            }
            (Absent::NoValue, _) => {}
            _ => return None,
        }
    }
    Some(values)
}

/// Tries every way to cut the text, the longest first values first; says too whether the first way found meets the
/// constraints.
fn split(pieces: &[Piece], text: &[char]) -> Option<(Values, bool)> {
    let Some((piece, others)) = pieces.split_first() else {
        return text.is_empty().then(|| (Vec::new(), true));
    };
    match piece {
        Piece::Literal(literal) => {
            let length = literal.chars().count();
            let start: String = text.get(..length)?.iter().collect();
            if start.eq_ignore_ascii_case(literal) { split(others, &text[length..]) } else { None }
        }
        Piece::Parameter(parameter) => (1..=text.len()).rev().find_map(|length| {
            let (mut values, fits) = split(others, &text[length..])?;
            let value: String = text[..length].iter().collect();
            let fits = fits && parameter.allows(&value);
            values.insert(0, (parameter.name.clone(), value));
            Some((values, fits))
        }),
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}
