//! The path of a blob trigger: a container, and a pattern for names in it.

use std::sync::Arc;

use regex::Regex;

use super::braces::{BadText, Piece, pieces};

/// A path such as `samples/{name}.{ext}`. A capture takes as much as it can, also `/`, and may be empty; literals are told
/// apart by case.
#[derive(Debug, Clone)]
pub struct PathPattern {
    text: String,
    container: String,
    /// What every name that matches begins with.
    prefix: String,
    captures: Vec<Arc<str>>,
    names: Regex,
}

impl PathPattern {
    /// Reads a path.
    ///
    /// # Errors
    /// Where and why it is none.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let Some((container, name)) = text.split_once('/') else {
            let at = text.chars().count().max(1);
            return Err(BadText::new(at, "a `/` and a pattern for names are missing, such as `/{name}`"));
        };
        // Positions count from the beginning of the text.
        let before = container.chars().count() + 1;
        let shifted = |error: BadText| BadText { at: error.at + before, ..error };
        if let Some(at) = container.chars().position(|c| c == '{' || c == '}') {
            return Err(BadText::new(at + 1, "the container cannot be a pattern"));
        }
        if container.is_empty() {
            return Err(BadText::new(1, "the container is missing before `/`"));
        }
        if name.is_empty() {
            return Err(BadText::new(before, "a pattern for names is missing after `/`, such as `{name}`"));
        }
        let pieces = pieces(name).map_err(shifted)?;
        let mut captures: Vec<Arc<str>> = Vec::new();
        let mut regex = String::from("(?s)^");
        let mut prefix = None;
        let mut was_capture = false;
        for (index, piece) in pieces.into_iter().enumerate() {
            match piece {
                Piece::Literal(literal) => {
                    regex.push_str(&regex::escape(&literal));
                    if index == 0 {
                        prefix = Some(literal);
                    }
                    was_capture = false;
                }
                Piece::Braced(capture, at) => {
                    check_capture(&capture, &captures).map_err(|why| shifted(BadText::new(at, why)))?;
                    if was_capture {
                        let why = "two captures side by side: nothing tells where the first one ends";
                        return Err(shifted(BadText::new(at, why)));
                    }
                    captures.push(capture.as_str().into());
                    regex.push_str("(.*)");
                    was_capture = true;
                }
            }
        }
        regex.push('$');
        let names = Regex::new(&regex)
            .map_err(|error| BadText::new(before + 1, format!("the pattern is too large ({error})")))?;
        let (text, container) = (text.to_owned(), container.to_owned());
        Ok(Self { text, container, prefix: prefix.unwrap_or_default(), captures, names })
    }

    /// The container.
    pub fn container(&self) -> &str {
        &self.container
    }

    /// What every name that matches begins with; may be empty.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The names of its captures, in order.
    pub fn captures(&self) -> &[Arc<str>] {
        &self.captures
    }

    /// Whether a name in the container matches.
    pub fn matches(&self, name: &str) -> bool {
        self.names.is_match(name)
    }

    /// What the captures take of a name in the container; `None` when it does not match.
    pub fn capture(&self, name: &str) -> Option<Vec<(Arc<str>, String)>> {
        let found = self.names.captures(name)?;
        let texts = found.iter().skip(1).map(|text| text.map_or("", |text| text.as_str()).to_owned());
        Some(self.captures.iter().cloned().zip(texts).collect())
    }
}

/// As it was written.
impl std::fmt::Display for PathPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn check_capture(name: &str, others: &[Arc<str>]) -> Result<(), String> {
    let mut letters = name.chars();
    let is_name = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        let name = name.escape_debug();
        return Err(format!(
            "`{name}` is no name of a capture; allowed: a letter, then letters, digits and `_`"
        ));
    }
    if others.iter().any(|other| other.eq_ignore_ascii_case(name)) {
        return Err(format!("the capture `{name}` is there twice"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(pattern: &str, name: &str) -> Option<Vec<String>> {
        let pattern = PathPattern::parse(pattern).unwrap();
        assert_eq!(pattern.matches(name), pattern.capture(name).is_some());
        Some(pattern.capture(name)?.into_iter().map(|(name, text)| format!("{name}={text}")).collect())
    }

    #[test]
    fn captures_take_as_much_as_they_can() {
        for (pattern, name, expected) in [
            ("c/{name}", "a", Some(vec!["name=a"])),
            ("c/{name}", "a/b.txt", Some(vec!["name=a/b.txt"])),
            ("c/{name}.{ext}", "a.b.c", Some(vec!["name=a.b", "ext=c"])),
            ("c/{name}.{ext}", "nodot", None),
            ("c/{dir}/{name}.png", "x/y/z.png", Some(vec!["dir=x/y", "name=z"])),
            ("c/in/{name}", "in/", Some(vec!["name="])),
            ("c/in/{name}", "out/a", None),
            ("c/fixed.txt", "fixed.txt", Some(vec![])),
            ("c/fixed.txt", "fixed_txt", None),
            ("c/{name}.TXT", "a.txt", None),
            ("c/{{{name}}}", "{a}", Some(vec!["name=a"])),
            ("c/a+b[{x}]", "a+b[1]", Some(vec!["x=1"])),
            ("c/{name}", "line\nbreak", Some(vec!["name=line\nbreak"])),
        ] {
            let expected = expected.map(|all| all.into_iter().map(str::to_owned).collect());
            assert_eq!(captured(pattern, name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn what_names_begin_with_is_known() {
        for (pattern, prefix) in [("c/{a}", ""), ("c/x/y-{a}.z", "x/y-"), ("c/{{a", "{a"), ("c/x", "x")] {
            let pattern = PathPattern::parse(pattern).unwrap();
            assert_eq!((pattern.container(), pattern.prefix()), ("c", prefix));
        }
    }

    #[test]
    fn errors_point_into_the_path() {
        for (path, at, why) in [
            ("samples", 7, "`/` and a pattern for names are missing"),
            ("", 1, "`/` and a pattern"),
            ("/a", 1, "the container is missing"),
            ("c/", 2, "a pattern for names is missing"),
            ("{c}/a", 1, "the container cannot be a pattern"),
            ("c/{name", 3, "no `}` after it"),
            ("c/a}b", 4, "no `{` before it"),
            ("c/{a}{b}", 7, "side by side"),
            ("c/{a}-{A}", 8, "there twice"),
            ("c/{a-b}", 4, "is no name of a capture"),
            ("c/{1a}", 4, "is no name of a capture"),
            ("c/{}", 3, "nothing stands"),
        ] {
            let error = PathPattern::parse(path).unwrap_err();
            assert!(error.at == at && error.why.contains(why), "{path}: {error}");
        }
    }
}
