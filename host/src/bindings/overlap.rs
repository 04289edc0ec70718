//! Whether what a template may become can match a pattern: an output in its own trigger's path starts the function for
//! ever.

use super::{
    braces::{Piece, pieces},
    pattern::PathPattern,
    template::{Part, Template},
};

/// A character, or any text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Is(char),
    Any,
}

/// Whether some blob could be named by both. Values may be any text, so it may say yes too often and never no too often.
pub fn may_overlap(output: &Template, trigger: &PathPattern) -> bool {
    let output: Vec<Sign> = output
        .parts()
        .iter()
        .flat_map(|part| match part {
            Part::Literal(text) => text.chars().map(Sign::Is).collect(),
            Part::Value(..) => vec![Sign::Any],
        })
        .collect();
    let trigger: Vec<Sign> = pieces(&trigger.to_string())
        .unwrap_or_default()
        .into_iter()
        .flat_map(|piece| match piece {
            Piece::Literal(text) => text.chars().map(Sign::Is).collect(),
            Piece::Braced(..) => vec![Sign::Any],
        })
        .collect();
    meet(&output, &trigger)
}

/// Whether there is a text that both describe. `row[j]` says so of what is left of `a` and of `b` from `j` on.
fn meet(a: &[Sign], b: &[Sign]) -> bool {
    let mut below = vec![false; b.len() + 1];
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            row[j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                // Any text takes nothing more, or one more sign of the other side.
                (Some(Sign::Any), other) => below[j] || other.is_some() && row[j + 1],
                (other, Some(Sign::Any)) => row[j + 1] || other.is_some() && below[j],
                (Some(Sign::Is(x)), Some(Sign::Is(y))) => x == y && below[j + 1],
                (Some(Sign::Is(_)), None) | (None, Some(Sign::Is(_))) => false,
            };
        }
        below = row;
    }
    below[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_seen() {
        for (output, trigger, expected) in [
            ("samples/{name}-small.png", "samples/{name}.png", true),
            ("samples/{name}.txt", "samples/{name}.png", false),
            ("small/{name}", "samples/{name}", false),
            ("samples/out/{name}", "samples/in/{name}", false),
            ("samples/out/{name}", "samples/{name}", true),
            ("{container}/x", "samples/{name}", true),
            ("samples/x", "samples/x", true),
            ("samples/x", "samples/y", false),
            ("samples/{a}", "samples/{{a}}", true),
            ("samples/a{rand-guid}", "samples/b{name}", false),
            ("samples/{a}b", "samples/a{b}", true),
            ("samples", "samples/{b}", false),
        ] {
            let (output, trigger) = (Template::parse(output).unwrap(), PathPattern::parse(trigger).unwrap());
            assert_eq!(may_overlap(&output, &trigger), expected, "{output} and {trigger}");
        }
    }
}
