//! Segments made of literals and parameters by turns, such as `{name}.{extension}` or `v{major}-{minor}`.
//!
//! As in the original, literals are looked for from the right, each at its last place that leaves at least one
//! character for the parameter after it; what is between them are the values.

use std::ops::Range;

use super::parameter::Parameter;

/// A part of a mixed segment.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Literal(String),
    Parameter(Parameter),
}

impl Piece {
    pub(super) fn parameter(&self) -> Option<&Parameter> {
        match self {
            Self::Literal(_) => None,
            Self::Parameter(parameter) => Some(parameter),
        }
    }
}

/// Whether a decoded segment fits, constraints included.
pub(super) fn matches(pieces: &[Piece], text: &str) -> bool {
    split(pieces, text, |parameter, value| parameter.allows(&text[value]))
}

/// Where the values of the parameters lie, last parameter first. The text must match.
pub(super) fn values(pieces: &[Piece], text: &str) -> Vec<Range<usize>> {
    let mut values = Vec::new();
    split(pieces, text, |_, value| {
        values.push(value);
        true
    });
    values
}

/// Calls `take` for each parameter from the right; false as soon as something does not fit.
fn split(pieces: &[Piece], text: &str, mut take: impl FnMut(&Parameter, Range<usize>) -> bool) -> bool {
    let mut end = text.len();
    let mut waiting: Option<&Parameter> = None;
    for (index, piece) in pieces.iter().enumerate().rev() {
        let literal = match piece {
            Piece::Parameter(parameter) => {
                waiting = Some(parameter);
                continue;
            }
            Piece::Literal(literal) => literal,
        };
        let window = &text[..end];
        // The first literal begins the text and the last one ends it; only those between have a choice.
        let found = if index == 0 {
            starts_with(window, literal).then_some(0)
        } else if waiting.is_none() {
            ends_with(window, literal).then(|| end - literal.len())
        } else {
            last_before_a_character(window, literal)
        };
        let Some(start) = found else { return false };
        let after = start + literal.len();
        if let Some(parameter) = waiting.take()
            && (after >= end || !take(parameter, after..end))
        {
            return false;
        }
        end = start;
    }
    match waiting {
        Some(parameter) => end > 0 && take(parameter, 0..end),
        None => end == 0,
    }
}

fn starts_with(text: &str, literal: &str) -> bool {
    text.as_bytes().get(..literal.len()).is_some_and(|start| start.eq_ignore_ascii_case(literal.as_bytes()))
}

fn ends_with(text: &str, literal: &str) -> bool {
    let start = text.len().checked_sub(literal.len());
    start.is_some_and(|start| text.as_bytes()[start..].eq_ignore_ascii_case(literal.as_bytes()))
}

/// The last place of `literal` in `text` that has something after it.
fn last_before_a_character(text: &str, literal: &str) -> Option<usize> {
    let places = text.as_bytes().windows(literal.len());
    // Whole characters only begin where characters begin, so a hit is never inside of one.
    let hit = |window: &[u8]| window.eq_ignore_ascii_case(literal.as_bytes());
    places.enumerate().rev().skip(1).find(|(_, window)| hit(window)).map(|(start, _)| start)
}

#[cfg(test)]
mod tests {
    use super::super::template::{Segment, Template};
    use super::*;

    fn split_into(template: &str, text: &str) -> Option<Vec<String>> {
        let Segment::Mixed(pieces) = Template::parse(template).unwrap().segments.remove(0) else {
            panic!("{template} is not mixed")
        };
        matches(&pieces, text)
            .then(|| values(&pieces, text).into_iter().rev().map(|value| text[value].to_owned()).collect())
    }

    fn is(values: &[&str]) -> Option<Vec<String>> {
        Some(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn values_are_what_is_between_the_literals() {
        assert_eq!(split_into("{a}-{b}", "x-y"), is(&["x", "y"]));
        assert_eq!(split_into("{a}-{b}", "x-y-z"), is(&["x-y", "z"]));
        assert_eq!(split_into("{a}-{b}", "x-y-"), is(&["x", "y-"]));
        assert_eq!(split_into("{a}-{b}", "--y"), is(&["-", "y"]));
        assert_eq!(split_into("{a}--{b}", "x---y"), is(&["x-", "y"]));
        assert_eq!(split_into("v{a}.{b}", "V1.2"), is(&["1", "2"]));
        assert_eq!(split_into("x{a}", "xax"), is(&["ax"]));
        assert_eq!(split_into("x{a}", "xaxb"), is(&["axb"]));
        assert_eq!(split_into("{a}.txt", "a.TXT"), is(&["a"]));
        assert_eq!(split_into("{a}.txt", "a.txt.txt"), is(&["a.txt"]));
        assert_eq!(split_into("({a})", "(ä)"), is(&["ä"]));
        assert_eq!(split_into("{a}ä{b}", "öäü"), is(&["ö", "ü"]));
        assert_eq!(split_into("{a}-{b}-{c}", "1-2-3-4"), is(&["1-2", "3", "4"]));
    }

    #[test]
    fn no_value_is_empty() {
        for (template, text) in [
            ("{a}-{b}", "-"),
            ("{a}-{b}", "x-"),
            ("{a}-{b}", "-y"),
            ("{a}-{b}", "xy"),
            ("{a}-{b}", ""),
            ("x{a}", "x"),
            ("x{a}", "ax"),
            ("{a}x", "x"),
            ("{a}x", "xa"),
            ("aa{b}aa", "aaa"),
            ("aa{b}aa", "aaaa"),
            ("{a}-{b}-{c}", "1-2"),
        ] {
            assert_eq!(split_into(template, text), None, "{template} {text}");
        }
    }

    #[test]
    fn constraints_are_asked_after_the_split() {
        assert_eq!(split_into("{a:int}-{b:alpha}", "12-ab"), is(&["12", "ab"]));
        assert_eq!(split_into("{a:int}-{b:alpha}", "ab-12"), None);
        assert_eq!(split_into("{a:int}-{b}", "1-2-3"), None);
    }
}
