//! A function as needed: discovered, valid, with a compiled handler.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fnhost_protocol::retry::RetryPolicy;

use super::binding::Binding;
use super::trigger::Trigger;

/// One function.
#[derive(Debug, Clone)]
pub struct Function {
    name: Arc<str>,
    dir: PathBuf,
    file: String,
    trigger: Trigger,
    bindings: Vec<Binding>,
    disabled: bool,
    retry: Option<RetryPolicy>,
    entry_point: Arc<str>,
}

impl Function {
    /// A function of this name with nothing but a trigger; its handler has its name.
    pub fn new(name: impl Into<Arc<str>>, dir: impl Into<PathBuf>, trigger: Trigger) -> Self {
        let name = name.into();
        Self {
            entry_point: name.clone(),
            file: String::new(),
            dir: dir.into(),
            bindings: Vec::new(),
            disabled: false,
            retry: None,
            name,
            trigger,
        }
    }

    /// The same with these other bindings.
    #[must_use]
    pub fn with_bindings(mut self, bindings: Vec<Binding>) -> Self {
        self.bindings = bindings;
        self
    }

    /// The same, switched off or on.
    #[must_use]
    pub fn with_disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// The same with a retry policy.
    #[must_use]
    pub fn with_retry(mut self, retry: Option<RetryPolicy>) -> Self {
        self.retry = retry;
        self
    }

    /// The same with another handler.
    #[must_use]
    pub fn with_entry_point(mut self, entry_point: impl Into<Arc<str>>) -> Self {
        self.entry_point = entry_point.into();
        self
    }

    /// The same, read from this file.
    #[must_use]
    pub(super) fn with_file(mut self, file: &str) -> Self {
        self.file = file.to_owned();
        self
    }

    /// The folder's name, which is unique without regard to case.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The function's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its file, relative to the app's folder.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What starts it.
    pub fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    /// Its other inputs and outputs.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// Whether it is switched off: then it answers nothing, as if it were not there.
    pub fn is_disabled(&self) -> bool {
        self.disabled
    }

    /// What happens after a failed invocation. For activities and orchestrations: the policy of calls whose code names
    /// none.
    pub fn retry(&self) -> Option<&RetryPolicy> {
        self.retry.as_ref()
    }

    /// The name of its handler, exactly as the handler was registered.
    pub fn entry_point(&self) -> &Arc<str> {
        &self.entry_point
    }
}

/// The functions of an app, by name.
#[derive(Debug, Clone, Default)]
pub struct Functions(Vec<Arc<Function>>);

impl Functions {
    /// The function of this name, without regard to case.
    pub fn get(&self, name: &str) -> Option<&Arc<Function>> {
        self.0.iter().find(|function| function.name.eq_ignore_ascii_case(name))
    }

    /// All functions, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a function out.
    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|function| !function.name.eq_ignore_ascii_case(name));
    }
}

impl FromIterator<Function> for Functions {
    fn from_iter<T: IntoIterator<Item = Function>>(functions: T) -> Self {
        let mut functions: Vec<Arc<Function>> = functions.into_iter().map(Arc::new).collect();
        functions.sort_by_key(|function| function.name.to_ascii_lowercase());
        Self(functions)
    }
}
