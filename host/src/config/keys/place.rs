//! The tables that keys stand in, as `walk` meets them and as messages call them.

use super::spec::{self, Doc, KeySpec};

/// A table of one of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A section by its dotted path; empty for the top level.
    Section(Doc, &'static str),
    /// An entry of `[[bindings]]` of this type.
    Binding(&'static str),
}

impl Place {
    /// Where a key belongs.
    pub(crate) fn of(spec: &KeySpec) -> Self {
        match spec.parent().strip_prefix("bindings.") {
            Some(binding) if spec.is_of_binding() => Self::Binding(binding),
            _ => Self::Section(spec.doc, spec.parent()),
        }
    }

    pub(crate) fn doc(self) -> Doc {
        match self {
            Self::Section(doc, _) => doc,
            Self::Binding(_) => Doc::Function,
        }
    }

    /// The keys that may stand here.
    pub(crate) fn keys(self) -> impl Iterator<Item = &'static KeySpec> {
        spec::of(self.doc()).filter(move |spec| self.holds(spec))
    }

    fn holds(self, spec: &KeySpec) -> bool {
        match self {
            Self::Section(_, path) => !spec.is_of_binding() && spec.parent() == path,
            Self::Binding(binding) => spec
                .parent()
                .strip_prefix("bindings.")
                .is_some_and(|of| spec.is_of_binding() && (of == "*" || of == binding)),
        }
    }

    /// The key of this name, without regard to case.
    pub(crate) fn key(self, name: &str) -> Option<&'static KeySpec> {
        self.keys().find(|spec| spec.name().eq_ignore_ascii_case(name))
    }

    /// "in `[extensions.http]`".
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Section(doc, "") => format!("at the top level of {}", doc.file_name()),
            Self::Section(_, path) => format!("in `[{path}]`"),
            Self::Binding("*") => "in a `[[bindings]]` entry".to_owned(),
            Self::Binding(binding) => format!("in a `[[bindings]]` entry of type `{binding}`"),
        }
    }

    /// The same, with the file's name.
    pub(crate) fn describe_with_file(self) -> String {
        match self {
            Self::Section(_, "") => self.describe(),
            _ => format!("{} of {}", self.describe(), self.doc().file_name()),
        }
    }
}
