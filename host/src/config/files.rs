//! Reading one configuration file: which of its two spellings is there, and is it text.
//!
//! TOML is the spelling that this version reads. The JSON twin is looked for all the same, because a `host.json` that
//! nobody reads looks exactly like a host that ignores its settings.

use std::io::ErrorKind;
use std::path::Path;

use super::code::Code;
use super::origin::Origin;
use super::problem::Problem;
use super::report::Report;
use super::toml_doc::{self, Document, Secrecy};

/// The file `<stem>.toml` in `folder`, parsed, or `None` when it is not there or cannot be used.
///
/// `shown` is the folder's path relative to the app (empty for the app itself), for messages.
pub(crate) fn read(
    folder: &Path,
    shown: &str,
    stem: &str,
    secrecy: Secrecy,
    report: &mut Report,
) -> Option<Document> {
    let at = |extension: &str| join(shown, &format!("{stem}.{extension}"));
    let json = folder.join(format!("{stem}.json")).is_file();
    let path = folder.join(format!("{stem}.toml"));
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if json {
                report.push(
                    Problem::error(
                        Code::JsonOnly,
                        format!("{} is JSON", at("json")),
                        Origin::Path(at("json")),
                    )
                    .allowed([format!("{stem}.toml (this version reads TOML)")])
                    .help(format!(
                        "write the same keys with the same nesting as TOML to {} and remove {stem}.json",
                        at("toml")
                    )),
                );
            }
            return None;
        }
        Err(error) => {
            let message = format!("{} cannot be read", at("toml"));
            let problem = Problem::error(Code::Unreadable, message, Origin::Path(at("toml")));
            report.push(problem.found(error.to_string()));
            return None;
        }
    };
    if json {
        let message = format!("both {} and {} are there", at("toml"), at("json"));
        let problem = Problem::error(Code::TwoSpellings, message, Origin::Path(at("toml")));
        report.push(
            problem
                .also_at(Origin::Path(at("json")), "the other spelling")
                .allowed(["one file for one thing"])
                .help(format!("remove {}: this version reads TOML", at("json"))),
        );
    }
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            let message = format!("{} is not UTF-8 text", at("toml"));
            let problem = Problem::error(Code::NotUtf8, message, Origin::Path(at("toml")));
            report.push(
                problem.found(format!("bytes in line {line} that are no UTF-8")).help("save it as UTF-8"),
            );
            return None;
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Some(toml_doc::parse(&at("toml"), text, secrecy, report))
}

/// A relative path with `/` between its parts.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_dir(files: &[(&str, &[u8])]) -> (Option<Document>, Report) {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let mut report = Report::new();
        let document = read(folder.path(), "a/b", "host", Secrecy::Open, &mut report);
        (document, report)
    }

    fn codes(report: &Report) -> Vec<Code> {
        report.problems().iter().map(Problem::code).collect()
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let (document, report) = read_dir(&[("host.toml", b"\xef\xbb\xbfa = 1")]);
        assert!(report.is_empty());
        assert_eq!(document.unwrap().file.text(), "a = 1");
    }

    #[test]
    fn nothing_there_is_no_problem_of_this_file() {
        assert!(matches!(read_dir(&[]), (None, report) if report.is_empty()));
    }

    #[test]
    fn json_is_named() {
        assert_eq!(codes(&read_dir(&[("host.json", b"{}")]).1), [Code::JsonOnly]);
        let (document, report) = read_dir(&[("host.json", b"{}"), ("host.toml", b"")]);
        assert!(document.is_some());
        assert_eq!(codes(&report), [Code::TwoSpellings]);
        assert!(report.to_string().contains("both a/b/host.toml and a/b/host.json"));
    }

    #[test]
    fn bytes_that_are_no_text_name_the_line() {
        let (document, report) = read_dir(&[("host.toml", b"a = 1\nb = \"\xff\"")]);
        assert!(document.is_none());
        assert!(report.to_string().contains("line 2"), "{report}");
    }
}
