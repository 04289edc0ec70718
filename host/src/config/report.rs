//! All problems of one reading of a function app.
//!
//! `app::load` fills one report for all files, so that the author corrects everything in one go. The same report is the
//! error of a failed start, part of every generation that serves, and the answer of `check`.

use std::collections::BTreeSet;
use std::fmt;

use super::problem::{Problem, Severity};
use super::render::{self, Style};

/// Problems in the order in which they are shown.
#[derive(Debug, Clone, Default, thiserror::Error)]
pub struct Report {
    problems: Vec<Problem>,
}

impl Report {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one problem.
    pub fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Adds all problems of another report.
    pub fn append(&mut self, mut other: Self) {
        self.problems.append(&mut other.problems);
    }

    /// Adds the problems of an iterator.
    pub fn extend(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.problems.extend(problems);
    }

    /// Drops the problems for which `keep` says no.
    pub fn retain(&mut self, keep: impl FnMut(&Problem) -> bool) {
        self.problems.retain(keep);
    }

    /// Brings the problems into reading order: the app's own before those of functions, then by file and line.
    pub fn sort(&mut self) {
        self.problems.sort_by(|a, b| Self::rank(a).cmp(&Self::rank(b)));
    }

    fn rank(problem: &Problem) -> (bool, Option<(u8, &str, usize)>, Severity, &str) {
        let place = problem.origin().map(super::origin::Origin::sort_key);
        (!problem.functions.is_empty(), place, problem.severity, problem.code.as_str())
    }

    /// The problems.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The problems, to do something with each.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Whether there is nothing to say at all.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many problems are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }

    /// Whether something concerns the whole app and must be corrected before it can start.
    pub fn is_fatal(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.functions.is_empty() && problem.severity == Severity::Error)
    }

    /// Whether `start --strict` and `check` refuse: every error and every warning counts, notes do not.
    pub fn is_fatal_in_strict_mode(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity != Severity::Note)
    }

    /// Whether an error of this function was reported.
    pub fn breaks(&self, function: &str) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error && problem.concerns(function))
    }

    /// Text for people: every problem with its snippet, and a closing line with the numbers.
    pub fn render(&self, style: Style) -> String {
        render::report(self, style)
    }

    /// The report as one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a report is made of text and numbers, which JSON always takes")
    }

    /// The closing line: `2 errors and 1 warning in host.toml, local.settings.toml`.
    pub fn summary(&self) -> String {
        let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
            .into_iter()
            .map(|severity| (self.count(severity), severity.as_str()))
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
            .collect();
        let counts = match counts.as_slice() {
            [] => return "no problems".to_owned(),
            [only] => only.clone(),
            [first, last] => format!("{first} and {last}"),
            more => more.join(", "),
        };
        let files: BTreeSet<&str> = self.problems.iter().filter_map(|p| p.origin()?.path()).collect();
        let files: Vec<&str> = files.into_iter().collect();
        match files.as_slice() {
            [] => counts,
            few if few.len() <= 3 => format!("{counts} in {}", few.join(", ")),
            many => format!("{counts} in {} files", many.len()),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Style::Plain))
    }
}

impl FromIterator<Problem> for Report {
    fn from_iter<T: IntoIterator<Item = Problem>>(problems: T) -> Self {
        Self { problems: problems.into_iter().collect() }
    }
}
