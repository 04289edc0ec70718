//! What a host writes: stderr is kept for the report of a failed test, stdout is read as JSON lines.

use std::{
    io::{BufRead, BufReader, Read},
    process::{ChildStderr, ChildStdout},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// How much of a long stderr a failed test shows.
const SHOWN: usize = 64 * 1024;

#[derive(Default)]
struct Gathered {
    text: String,
    ended: bool,
}

/// One output stream, gathered by a thread that ends with the stream.
#[derive(Clone, Default)]
pub(crate) struct Output(Arc<(Mutex<Gathered>, Condvar)>);

impl Output {
    /// Gathers stderr.
    pub(crate) fn of_stderr(stream: ChildStderr) -> Self {
        Self::of(stream)
    }

    /// Gathers stdout.
    pub(crate) fn of_stdout(stream: ChildStdout) -> Self {
        Self::of(stream)
    }

    fn of(stream: impl Read + Send + 'static) -> Self {
        let output = Self::default();
        let gathered = output.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
                gathered.lock().text.push_str(&String::from_utf8_lossy(&line));
                gathered.0.1.notify_all();
                line.clear();
            }
            gathered.lock().ended = true;
            gathered.0.1.notify_all();
        });
        output
    }

    /// Everything so far.
    pub(crate) fn text(&self) -> String {
        self.lock().text.clone()
    }

    /// Everything, once the stream has ended: what a process wrote last is not missed.
    pub(crate) fn whole(&self) -> String {
        let mut gathered = self.lock();
        let deadline = Instant::now() + Duration::from_secs(5);
        while !gathered.ended && Instant::now() < deadline {
            gathered = self.wait(gathered);
        }
        gathered.text.clone()
    }

    /// The end of it, for people.
    pub(crate) fn tail(&self) -> String {
        let text = self.text();
        let mut from = text.len().saturating_sub(SHOWN);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        text[from..].to_owned()
    }

    /// The first JSON line with this `event`; `None` when the stream ended or the time is over.
    pub(crate) fn event(&self, name: &str, patience: Duration) -> Option<Value> {
        let deadline = Instant::now() + patience;
        let mut gathered = self.lock();
        loop {
            let found = gathered
                .text
                .lines()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok())
                .find(|line| line["event"] == name);
            if found.is_some() {
                return found;
            }
            if gathered.ended || Instant::now() >= deadline {
                return None;
            }
            gathered = self.wait(gathered);
        }
    }

    fn wait<'a>(&'a self, gathered: MutexGuard<'a, Gathered>) -> MutexGuard<'a, Gathered> {
        let tick = Duration::from_millis(100);
        self.0.1.wait_timeout(gathered, tick).unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
