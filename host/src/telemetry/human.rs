//! How the message and the fields of a log line look to people.
//!
//! Much of what is logged comes from strangers: names in paths, texts of errors. So that nobody forges a line or steers
//! a terminal, lines after the first are indented and control characters are written out.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing_subscriber::{
    field::RecordFields,
    fmt::format::{FormatFields, Writer},
};

/// The message first, then ` name=value` for each field.
pub(super) struct HumanFields;

impl<'writer> FormatFields<'writer> for HumanFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = Visitor { out: Tame(writer), is_first: true, result: Ok(()) };
        fields.record(&mut visitor);
        visitor.result
    }
}

struct Visitor<W> {
    out: Tame<W>,
    is_first: bool,
    result: fmt::Result,
}

impl<W: Write> Visit for Visitor<W> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.result.is_err() {
            return;
        }
        let space = if std::mem::take(&mut self.is_first) { "" } else { " " };
        self.result = match field.name() {
            "message" => write!(self.out, "{space}{value:?}"),
            name => write!(self.out, "{space}{name}={value:?}"),
        };
    }
}

/// Writes text so that it stays within its own log line.
struct Tame<W>(W);

impl<W: Write> Write for Tame<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_control() && c != '\t') {
            let (plain, from) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut characters = from.chars();
            match characters.next() {
                Some('\n') => self.0.write_str("\n    ")?,
                Some(control) => write!(self.0, "{}", control.escape_default())?,
                None => {}
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_forges_a_line_or_steers_the_terminal() {
        for (text, written) in [
            ("plain \u{fc}\ttext", "plain \u{fc}\ttext"),
            ("a\n2026-01-01 INFO forged", "a\n    2026-01-01 INFO forged"),
            ("\u{1b}[31mred\r\u{9b}x", "\\u{1b}[31mred\\r\\u{9b}x"),
        ] {
            let mut out = Tame(String::new());
            out.write_str(text).unwrap();
            assert_eq!(out.0, written);
        }
    }
}
