//! What can be wrong with a set of routes, in words for the author of a function.

/// A route that cannot be taken. All of a table's are reported at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// The template does not read as one.
    #[error("read the route `{template}`: at column {column} there is {found}; allowed is {allowed}")]
    Template {
        /// Which call of `add` it came from, counted from 0.
        index: usize,
        /// The template as written.
        template: String,
        /// Where, counted in characters from 1.
        column: usize,
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: String,
    },
    /// Two routes would answer the same requests, so the second would never be called.
    #[error("add the route `{template}`: {method} of the same paths belongs to `{other_template}` already")]
    Duplicate {
        /// Which call of `add` the later route came from, counted from 0.
        index: usize,
        /// The later route.
        template: String,
        /// A method that both answer, or `every method`.
        method: String,
        /// Which call of `add` the earlier route came from.
        other: usize,
        /// The earlier route.
        other_template: String,
    },
}

impl RouteError {
    /// Which call of `add` brought the route that cannot be taken, counted from 0.
    pub fn index(&self) -> usize {
        match self {
            Self::Template { index, .. } | Self::Duplicate { index, .. } => *index,
        }
    }
}

/// What is wrong with a template, before it is known whose template it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) column: usize,
    pub(super) found: String,
    pub(super) allowed: String,
}

impl Fault {
    pub(super) fn new(column: usize, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { column, found: found.into(), allowed: allowed.into() }
    }
}
