//! A report as text for people, in the shape that Rust programmers know from their compiler.
//!
//! ```text
//! error[FN0201]: unknown key `routePrefx` in `[extensions.http]`
//!   --> host.toml:4:1
//!    |
//!  4 | routePrefx = "api"
//!    | ^^^^^^^^^^
//!    = help: did you mean `routePrefix`?
//! ```

use std::fmt::Write as _;

use super::origin::Origin;
use super::problem::{Label, Problem, Severity};
use super::report::Report;
use super::snippet::Snippet;

/// Lists of allowed values are broken at about this column.
const WIDTH: usize = 100;

/// With or without terminal colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Plain text, for files, tests and pipes.
    Plain,
    /// ANSI colours, for terminals.
    Colour,
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy)]
enum Ink {
    Severity(Severity),
    Frame,
    Bold,
}

impl Style {
    fn paint(self, ink: Ink, text: &str) -> String {
        if self == Self::Plain || text.is_empty() {
            return text.to_owned();
        }
        let colour = match ink {
            Ink::Severity(Severity::Error) => "1;31",
            Ink::Severity(Severity::Warning) => "1;33",
            Ink::Severity(Severity::Note) => "1;36",
            Ink::Frame => "34",
            Ink::Bold => "1",
        };
        format!("\u{1b}[{colour}m{text}\u{1b}[0m")
    }
}

/// The whole report: problems parted by empty lines, then the numbers.
pub(super) fn report(report: &Report, style: Style) -> String {
    let mut text: String = report.problems().iter().map(|p| problem(p, style) + "\n").collect();
    if !report.is_empty() {
        let worst = report.problems().iter().map(Problem::severity).min().unwrap_or(Severity::Note);
        let word = style.paint(Ink::Severity(worst), worst.as_str());
        let _infallible = writeln!(text, "{word}: {}", report.summary());
    }
    text
}

/// One problem, ending in a line break.
pub(super) fn problem(problem: &Problem, style: Style) -> String {
    let head = format!("{}[{}]", problem.severity.as_str(), problem.code);
    let mut lines = vec![format!(
        "{}{}",
        style.paint(Ink::Severity(problem.severity), &head),
        style.paint(Ink::Bold, &format!(": {}", problem.message))
    )];
    let snippets: Vec<Option<Snippet>> = problem.labels.iter().map(snippet).collect();
    let gutter = snippets.iter().flatten().map(|s| s.line.to_string().len()).max().unwrap_or(1);
    let bar = style.paint(Ink::Frame, &format!("{:gutter$} |", ""));
    for (index, (label, snippet)) in problem.labels.iter().zip(&snippets).enumerate() {
        let arrow = if index == 0 { "-->" } else { ":::" };
        let place = format!("{:gutter$}{} {}", "", style.paint(Ink::Frame, arrow), label.at);
        match snippet {
            Some(snippet) => {
                lines.push(place);
                lines.push(bar.clone());
                let number = style.paint(Ink::Frame, &format!("{:>gutter$} |", snippet.line));
                lines.push(format!("{number} {}", snippet.text).trim_end().to_owned());
                let carets = format!("{} {}", "^".repeat(snippet.width), label.note);
                let carets = style.paint(Ink::Severity(problem.severity), carets.trim_end());
                lines.push(format!("{bar} {:before$}{carets}", "", before = snippet.before));
            }
            None if label.note.is_empty() => lines.push(place),
            None => lines.push(format!("{place}: {}", label.note)),
        }
    }
    let mut remark = |word: &str, text: &str| {
        let sign = style.paint(Ink::Frame, &format!("{:gutter$} =", ""));
        let indent = format!("{:1$}", "", gutter + 5 + word.len());
        let text = fold(text, WIDTH.saturating_sub(indent.len()));
        lines.push(format!("{sign} {}: {}", style.paint(Ink::Bold, word), text.join(&format!("\n{indent}"))));
    };
    if let Some(found) = &problem.found {
        remark("found", found);
    }
    if !problem.allowed.is_empty() {
        remark("allowed", &problem.allowed.join(", "));
    }
    for help in &problem.help {
        remark("help", help);
    }
    lines.join("\n") + "\n"
}

fn snippet(label: &Label) -> Option<Snippet> {
    match &label.at {
        Origin::File(span) => Some(Snippet::of(span)),
        _ => None,
    }
}

/// Breaks text at blanks so that no line is longer than `width` unless a single word is.
fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::code::Code;
    use super::super::origin::SourceFile;
    use super::*;

    fn example() -> Problem {
        let file = Arc::new(SourceFile::new("host.toml", "\n\n\nroutePrefx = \"api\"\n"));
        Problem::error(Code::UnknownKey, "unknown key `routePrefx`", Origin::file(&file, 3..13))
            .saying("here")
            .also_at(Origin::Path("host.json".into()), "and there")
            .found("`routePrefx`")
            .allowed(["a", "b"])
            .help("did you mean `routePrefix`?")
    }

    #[test]
    fn plain_text_has_place_snippet_found_allowed_and_help() {
        let expected = "\
error[FN0201]: unknown key `routePrefx`
 --> host.toml:4:1
  |
4 | routePrefx = \"api\"
  | ^^^^^^^^^^ here
 ::: host.json: and there
  = found: `routePrefx`
  = allowed: a, b
  = help: did you mean `routePrefix`?

error: 1 error in host.toml
";
        assert_eq!(Report::from_iter([example()]).render(Style::Plain), expected);
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let report = Report::from_iter([example()]);
        let coloured = report.render(Style::Colour);
        assert!(coloured.contains('\u{1b}'));
        let stripped =
            regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&coloured, "").into_owned();
        assert_eq!(stripped, report.render(Style::Plain));
    }

    #[test]
    fn long_lists_are_folded() {
        assert_eq!(fold("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(fold("aaaaaaaa b", 5), ["aaaaaaaa", "b"]);
    }
}
