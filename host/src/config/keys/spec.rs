//! One row of the table, and the ways to look rows up.

use super::kind::Kind;
use super::{azure, bindings, blobs, durable, function, host, http, local, timers};

/// Which file a key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doc {
    Host,
    Local,
    Function,
}

impl Doc {
    pub(crate) const fn file_name(self) -> &'static str {
        match self {
            Self::Host => "host.toml",
            Self::Local => "local.settings.toml",
            Self::Function => "function.toml",
        }
    }
}

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Read and used.
    Used,
    /// Known from Azure, accepted, without effect; says why.
    Ignored(&'static str),
    /// Accepted, without effect until a later version; says what is missing.
    NotYet(&'static str),
    /// Refused; says what to write instead.
    Refused(&'static str),
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeySpec {
    pub(crate) doc: Doc,
    /// Dotted, in canonical spelling. Keys of bindings: `bindings.<type>.<key>`, or `bindings.*.<key>` for all types.
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    pub(crate) meaning: &'static str,
    /// The default in words, where `defaults/*.toml` cannot state it.
    pub(crate) default: &'static str,
    pub(crate) standing: Standing,
    /// A setting that has the same effect.
    pub(crate) setting: Option<&'static str>,
}

impl KeySpec {
    pub(crate) const fn new(doc: Doc, path: &'static str, kind: Kind, meaning: &'static str) -> Self {
        Self { doc, path, kind, meaning, default: "", standing: Standing::Used, setting: None }
    }

    pub(crate) const fn default(mut self, words: &'static str) -> Self {
        self.default = words;
        self
    }

    pub(crate) const fn standing(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    pub(crate) const fn setting(mut self, name: &'static str) -> Self {
        self.setting = Some(name);
        self
    }

    /// The last part of the path.
    pub(crate) fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The path of the table that the key stands in; empty for the top level.
    pub(crate) fn parent(&self) -> &'static str {
        self.path.rfind('.').map_or("", |dot| &self.path[..dot])
    }

    /// Whether the key stands in a `[[bindings]]` entry.
    pub(crate) fn is_of_binding(&self) -> bool {
        self.doc == Doc::Function && self.path.starts_with("bindings.")
    }

    /// Whether the key has an effect and may be suggested.
    pub(crate) fn is_used(&self) -> bool {
        self.standing == Standing::Used
    }
}

/// The keys of one file.
pub(crate) fn of(doc: Doc) -> impl Iterator<Item = &'static KeySpec> {
    let tables: &'static [&'static [KeySpec]] = match doc {
        Doc::Host => &[host::KEYS, http::KEYS, blobs::KEYS, timers::KEYS, durable::KEYS, azure::KEYS],
        Doc::Local => &[local::KEYS],
        Doc::Function => &[function::KEYS, bindings::KEYS],
    };
    tables.iter().copied().flatten()
}

/// The key of this path, without regard to case.
pub(crate) fn find(doc: Doc, path: &str) -> Option<&'static KeySpec> {
    of(doc).find(|spec| spec.path.eq_ignore_ascii_case(path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_key_is_there_once_and_has_its_table() {
        for doc in [Doc::Host, Doc::Local, Doc::Function] {
            let mut seen = BTreeSet::new();
            for spec in of(doc) {
                assert!(seen.insert(spec.path.to_ascii_lowercase()), "{} is there twice", spec.path);
                assert_eq!(spec.doc, doc, "{} stands in the wrong table", spec.path);
                assert!(
                    !spec.meaning.is_empty() || spec.standing != Standing::Used,
                    "{} says nothing",
                    spec.path
                );
                let parent = spec.parent();
                if !parent.is_empty() && !spec.is_of_binding() {
                    let parent = find(doc, parent).unwrap_or_else(|| panic!("{} has no table", spec.path));
                    assert!(matches!(parent.kind, Kind::Section), "{} is no table", parent.path);
                }
            }
        }
    }
}
