//! Text with `{…}` in it, taken apart: `{{` and `}}` are literal braces.

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {why}")]
pub struct BadText {
    /// Which character, from 1.
    pub at: usize,
    /// What is wrong there.
    pub why: String,
}

impl BadText {
    pub(super) fn new(at: usize, why: impl Into<String>) -> Self {
        Self { at, why: why.into() }
    }
}

/// A piece of such a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    /// What stands between braces, and at which character (from 1) that begins.
    Braced(String, usize),
}

/// Takes a text apart. Literals are never empty and never side by side.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, BadText> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut characters = (1..).zip(text.chars()).peekable();
    while let Some((at, character)) = characters.next() {
        let is_double = characters.peek().is_some_and(|(_, next)| *next == character);
        match character {
            '{' | '}' if is_double => {
                characters.next();
                literal.push(character);
            }
            '}' => return Err(BadText::new(at, "this `}` has no `{` before it; a literal brace is `}}`")),
            '{' => {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                let mut inside = String::new();
                loop {
                    match characters.next() {
                        None => {
                            let why = "this `{` has no `}` after it; a literal brace is `{{`";
                            return Err(BadText::new(at, why));
                        }
                        Some((at, '{')) => return Err(BadText::new(at, "a `{` stands between braces")),
                        Some((_, '}')) => break,
                        Some((_, character)) => inside.push(character),
                    }
                }
                if inside.trim().is_empty() {
                    return Err(BadText::new(at, "nothing stands between these braces"));
                }
                pieces.push(Piece::Braced(inside, at + 1));
            }
            other => literal.push(other),
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_apart() {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        let braced = |text: &str, at| Piece::Braced(text.to_owned(), at);
        for (text, expected) in [
            ("", vec![]),
            ("a/b", vec![literal("a/b")]),
            ("a/{b}.{c}", vec![literal("a/"), braced("b", 4), literal("."), braced("c", 8)]),
            ("{{a}}{b}", vec![literal("{a}"), braced("b", 7)]),
            ("ä{b:c d}", vec![literal("ä"), braced("b:c d", 3)]),
            ("{{}}", vec![literal("{}")]),
        ] {
            assert_eq!(pieces(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn errors_point_at_the_character() {
        for (text, at, why) in [
            ("a}b", 2, "no `{` before it"),
            ("ab{c", 3, "no `}` after it"),
            ("a{b{c}}", 4, "stands between braces"),
            ("a/{}", 3, "nothing stands"),
            ("a/{ }", 3, "nothing stands"),
            ("é{{{", 4, "no `}` after it"),
        ] {
            let error = pieces(text).unwrap_err();
            assert!(error.at == at && error.why.contains(why), "{text}: {error}");
        }
    }
}
