//! The values of all keys that nobody set: two real files, embedded, read through the same door as the user's.

use std::sync::Arc;

use super::entry::Entries;
use super::keys::place::Place;
use super::keys::spec::Doc;
use super::report::Report;
use super::toml_doc::{self, Secrecy};
use super::walk::Walker;

/// The embedded file of defaults; function files have theirs in words.
pub(crate) const fn text(doc: Doc) -> &'static str {
    match doc {
        Doc::Host => include_str!("defaults/host.toml"),
        Doc::Local => include_str!("defaults/local.settings.toml"),
        Doc::Function => "",
    }
}

/// The defaults of one file. A mistake in them would be a bug of ours; it goes to the report like any other.
pub(crate) fn entries(doc: Doc, report: &mut Report) -> Entries {
    let path = format!("(built-in) {}", doc.file_name());
    let document = toml_doc::parse(&path, text(doc), Secrecy::Open, report);
    let file = Arc::clone(&document.file);
    let mut walker = Walker { file: &file, settings: None, function: None, report };
    walker.walk(&document.root, Place::Section(doc, ""))
}

#[cfg(test)]
mod tests {
    use super::super::keys::kind::Kind;
    use super::super::keys::spec;
    use super::*;

    /// The getters of `HostConfig` rely on this.
    #[test]
    fn every_used_key_has_a_default_in_the_file_or_in_words_but_not_both() {
        for doc in [Doc::Host, Doc::Local] {
            let mut report = Report::new();
            let entries = entries(doc, &mut report);
            assert!(report.is_empty(), "{report}");
            for spec in spec::of(doc).filter(|spec| spec.is_used() && !matches!(spec.kind, Kind::Section)) {
                let required = spec.path == "version";
                let in_file = entries.get(spec.path).is_some() && !required;
                assert_ne!(in_file, !spec.default.is_empty(), "{}", spec.path);
            }
        }
    }
}
