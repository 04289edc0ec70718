//! A report as JSON, for editors, CI and the management API.
//!
//! ```json
//! {"errors":1,"warnings":0,"notes":0,"problems":[{"code":"FN0201","severity":"error","message":"unknown key …",
//!   "file":"host.toml","line":4,"column":1,"snippet":"routePrefx = \"api\"","found":"…","allowed":["…"],"help":["…"]}]}
//! ```

use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::origin::Origin;
use super::problem::{Label, Problem, Severity};
use super::report::Report;
use super::snippet::Snippet;

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Report", 4)?;
        out.serialize_field("errors", &self.count(Severity::Error))?;
        out.serialize_field("warnings", &self.count(Severity::Warning))?;
        out.serialize_field("notes", &self.count(Severity::Note))?;
        out.serialize_field("problems", self.problems())?;
        out.end()
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("code", self.code.as_str())?;
        out.serialize_entry("severity", self.severity.as_str())?;
        out.serialize_entry("message", &self.message)?;
        if !self.functions.is_empty() {
            out.serialize_entry("functions", &self.functions)?;
        }
        let (first, others) = match self.labels.split_first() {
            Some((first, others)) => (Some(first), others),
            None => (None, &[][..]),
        };
        if let Some(first) = first {
            place(&mut out, first)?;
        }
        if let Some(found) = &self.found {
            out.serialize_entry("found", found)?;
        }
        if !self.allowed.is_empty() {
            out.serialize_entry("allowed", &self.allowed)?;
        }
        if !self.help.is_empty() {
            out.serialize_entry("help", &self.help)?;
        }
        if !others.is_empty() {
            out.serialize_entry("related", others)?;
        }
        out.end()
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        place(&mut out, self)?;
        out.end()
    }
}

/// The fields that say where; the first place of a problem has them at the top level.
fn place<M: SerializeMap>(out: &mut M, label: &Label) -> Result<(), M::Error> {
    match &label.at {
        Origin::File(span) => {
            let (line, column) = span.line_column();
            out.serialize_entry("file", span.file.path())?;
            out.serialize_entry("line", &line)?;
            out.serialize_entry("column", &column)?;
            out.serialize_entry("snippet", Snippet::of(span).text.trim_end())?;
        }
        Origin::Path(path) => out.serialize_entry("file", path)?,
        Origin::Environment(name) => out.serialize_entry("environmentVariable", name)?,
        Origin::Argument(name) => out.serialize_entry("argument", name)?,
        Origin::Handler(at) => out.serialize_entry("handler", at)?,
    }
    if !label.note.is_empty() {
        out.serialize_entry("label", &label.note)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::code::Code;
    use super::super::origin::SourceFile;
    use super::*;

    #[test]
    fn every_part_has_its_field() {
        let file = Arc::new(SourceFile::new("host.toml", "a = 1"));
        let problem = Problem::error(Code::SameRoute, "two", Origin::file(&file, 4..5))
            .also_at(Origin::Environment("X".into()), "there")
            .found("1")
            .allowed(["2"])
            .help("do")
            .of_function(&"Fn".into());
        let expected = serde_json::json!({"errors": 1, "warnings": 0, "notes": 0, "problems": [{
            "code": "FN0603", "severity": "error", "message": "two", "functions": ["Fn"],
            "file": "host.toml", "line": 1, "column": 5, "snippet": "a = 1",
            "found": "1", "allowed": ["2"], "help": ["do"],
            "related": [{"environmentVariable": "X", "label": "there"}]}]});
        assert_eq!(serde_json::to_value(Report::from_iter([problem])).unwrap(), expected);
    }
}
