//! Servers in processes of their own: started from this executable, ready when they say so, gone when dropped.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::place::Place;

/// A server that answers.
pub(crate) struct Server {
    child: Child,
    url: String,
    ready_after: Duration,
}

/// The line that says so; the host writes the same.
#[derive(Serialize, Deserialize)]
struct Ready {
    event: String,
    url: String,
}

/// Says that a server answers.
pub(crate) fn announce(url: &str) -> anyhow::Result<()> {
    let ready = Ready { event: "ready".to_owned(), url: url.to_owned() };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(&ready)?)?;
    Ok(out.flush()?)
}

impl Server {
    /// The bare server.
    pub(crate) fn bare(scratch: &Path) -> anyhow::Result<Self> {
        Self::start(&["bare".as_ref()], scratch)
    }

    /// The host at a place; a second one there goes on with what the first has left.
    pub(crate) fn host(place: &Place) -> anyhow::Result<Self> {
        let database = place.url();
        let arguments = ["host", "start", "--json", "--port", "0", "--database", &database, "--app"];
        let arguments: Vec<&Path> = arguments.into_iter().map(Path::new).chain([place.folder()]).collect();
        Self::start(&arguments, place.folder())
    }

    fn start(arguments: &[&Path], scratch: &Path) -> anyhow::Result<Self> {
        let log = scratch.join("server.log");
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?);
        let begun = Instant::now();
        let mut child = command.spawn()?;
        let out = child.stdout.take().context("a piped stdout is there")?;
        let mut server = Self { child, url: String::new(), ready_after: Duration::ZERO };
        server.url = wait_until_ready(out).with_context(|| fs::read_to_string(&log).unwrap_or_default())?;
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    /// Scheme and authority.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// From its start to the line that says that it answers.
    pub(crate) fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// Ends it as an operator does, and waits until it is gone.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the host did not stop cleanly: {status}");
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn wait_until_ready(out: ChildStdout) -> anyhow::Result<String> {
    let mut lines = BufReader::new(out).lines();
    loop {
        let line = lines.next().context("the server ended before it was ready")??;
        if let Ok(Ready { event, url }) = serde_json::from_str(&line)
            && event == "ready"
        {
            // What is written later must not fill the pipe.
            thread::spawn(move || lines.for_each(drop));
            return Ok(url);
        }
    }
}
