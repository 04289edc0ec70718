//! What happened, in order: as a number that is the same whenever the same happened, and as a text for a seed that
//! failed.

use std::{
    collections::hash_map::DefaultHasher,
    fmt::{self, Debug, Write},
    hash::{Hash, Hasher},
    time::Duration,
};

use crate::world::OUTSIDE;

/// How much is told of a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// What it came to, and a digest of when what kind of thing happened where.
    Brief,
    /// The digest is of every question to the store and every answer, in full.
    Whole,
    /// As `Whole`, and line by line what happened.
    Aloud,
}

/// The trace of one simulation.
pub(crate) struct Trace {
    told: Told,
    digest: DefaultHasher,
    log: Vec<String>,
}

impl Trace {
    pub(crate) fn new(told: Told) -> Self {
        Self { told, digest: DefaultHasher::new(), log: Vec::new() }
    }

    pub(crate) fn event(
        &mut self,
        now: Duration,
        kind: &'static str,
        host: usize,
        text: impl FnOnce() -> String,
    ) {
        (kind, host, now).hash(&mut self.digest);
        if self.told == Told::Brief {
            return;
        }
        let text = text();
        text.hash(&mut self.digest);
        if self.told == Told::Aloud {
            let place = if host == OUTSIDE { "outside".to_owned() } else { format!("host {host}") };
            self.log.push(format!("{:>7.3}s {place} {kind}: {text}", now.as_secs_f64()));
        }
    }

    pub(crate) fn detail(&mut self, what: &impl Debug) {
        if self.told != Told::Brief {
            write!(Hashed(&mut self.digest), "{what:?}").expect("a hasher takes everything");
        }
    }

    pub(crate) fn digest(&self) -> u64 {
        self.digest.finish()
    }

    pub(crate) fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }
}

/// A hasher that is written to.
struct Hashed<'a>(&'a mut DefaultHasher);

impl Write for Hashed<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
