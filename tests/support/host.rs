//! One running host process: where it listens, what it says, and every way to end it.

use std::{
    net::SocketAddr,
    process::{Child, Command, ExitStatus},
    sync::Arc,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{
    client::{Client, connect},
    command::Finished,
    durable::Durable,
    output::Output,
    reaper,
    request::Request,
    response::Response,
    scene::{MASTER_KEY, Stage},
    wait::{until, until_within},
};

/// A host that is ready. Dropping it kills it, and fails the test when it had panicked or ended by itself.
pub(crate) struct Host {
    child: Child,
    address: SocketAddr,
    ready: Value,
    stdout: Output,
    stderr: Output,
    /// Set once the test has ended it on purpose.
    ended: bool,
    /// Keeps the data until the process is gone.
    _stage: Arc<Stage>,
}

impl Host {
    /// Starts the process and waits for its `ready` line.
    pub(super) fn spawn(
        mut command: Command,
        stage: Arc<Stage>,
        patience: Duration,
    ) -> Result<Self, Finished> {
        let mut child = command.spawn().expect("the binary can be started");
        reaper::watch(child.id());
        let stdout = Output::of_stdout(child.stdout.take().expect("stdout is piped"));
        let stderr = Output::of_stderr(child.stderr.take().expect("stderr is piped"));
        let ready = stdout.event("ready", patience);
        let address = ready.as_ref().and_then(|ready| {
            ready["url"].as_str()?.trim_end_matches('/').strip_prefix("http://")?.parse().ok()
        });
        match (ready, address) {
            (Some(ready), Some(address)) => {
                Ok(Self { child, address, ready, stdout, stderr, ended: false, _stage: stage })
            }
            _ => {
                // One that waits for its own end gets a moment for it; one that hangs is killed.
                let status = (0..50).find_map(|_| {
                    thread::sleep(Duration::from_millis(20));
                    child.try_wait().expect("a child can be asked")
                });
                child.kill().ok();
                child.wait().expect("a child can be waited for");
                reaper::forget(child.id());
                let code = status.and_then(|status| status.code());
                Err(Finished { code, stdout: stdout.whole(), stderr: stderr.whole() })
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The line that said it was ready.
    pub(crate) fn ready(&self) -> &Value {
        &self.ready
    }

    /// What it has told people.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits until it has told people this; answers all that it has told them. A pipe may be slower than an answer.
    #[track_caller]
    pub(crate) fn wait_to_say(&self, text: &str) -> String {
        until(&format!("the host to say {text:?}"), || {
            let said = self.stderr.text();
            if said.contains(text) { Ok(said) } else { Err(said) }
        })
    }

    /// What it has told programs.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// A GET.
    pub(crate) fn get(&self, path: impl Into<String>) -> Request {
        self.request("GET", path)
    }

    /// A POST, without body until one is given.
    pub(crate) fn post(&self, path: impl Into<String>) -> Request {
        self.request("POST", path)
    }

    /// Any method.
    pub(crate) fn request(&self, method: &str, path: impl Into<String>) -> Request {
        Request::new(self.address, method, path)
    }

    /// A client that keeps its connection.
    pub(crate) fn client(&self) -> Client {
        Client::to(self.address)
    }

    /// Writes bytes as they are and reads one answer.
    pub(crate) fn raw(&self, bytes: &[u8]) -> std::io::Result<Response> {
        use std::io::Write;

        let mut stream = connect(self.address)?;
        stream.write_all(bytes)?;
        Response::read(&mut std::io::BufReader::new(stream), "raw bytes".to_owned(), false)
    }

    /// A connection for a test that writes byte by byte.
    pub(crate) fn connect(&self) -> std::net::TcpStream {
        connect(self.address).expect("the host accepts connections")
    }

    /// The management API, with the master key.
    pub(crate) fn durable(&self) -> Durable<'_> {
        Durable::new(self)
    }

    /// Moves the virtual clock; what became due has happened when this returns.
    #[track_caller]
    pub(crate) fn advance(&self, by: &str) {
        let response = self.post("/admin/clock/advance").key(MASTER_KEY).json(&json!({ "by": by })).send();
        assert!((200..300).contains(&response.status), "the clock did not move: {response}");
    }

    /// Fails the test unless it still serves.
    #[track_caller]
    pub(crate) fn expect_alive(&self) {
        self.get("/admin/health/live").send().expect(200);
    }

    /// kill −9, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.ended = true;
        self.signal(Signal::KILL);
        self.child.wait().expect("a child can be waited for");
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("an own child can be signalled");
    }

    /// Whether it has ended by an abort of its own, as the test expects.
    pub(crate) fn has_aborted(&mut self) -> bool {
        use std::os::unix::process::ExitStatusExt;

        let status = self.child.try_wait().expect("a child can be asked");
        self.ended |= status.is_some_and(|status| status.signal() == Some(Signal::ABORT.as_raw()));
        self.ended
    }

    /// Waits until it has ended by itself; the test has asked for that.
    #[track_caller]
    pub(crate) fn wait_for_end(&mut self, patience: Duration) -> ExitStatus {
        self.ended = true;
        until_within(patience, "the host to end", || {
            self.child.try_wait().expect("a child can be asked").ok_or_else(|| "still running".to_owned())
        })
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let by_itself = match self.child.try_wait() {
            Ok(Some(status)) if !self.ended => Some(status),
            _ => None,
        };
        // Both are harmless for a process that has ended.
        self.child.kill().ok();
        self.child.wait().ok();
        reaper::forget(self.child.id());
        if thread::panicking() {
            eprintln!("──── stderr of host {} ────\n{}────", self.child.id(), self.stderr.tail());
            return;
        }
        let stderr = self.stderr.whole();
        assert!(by_itself.is_none(), "the host ended by itself with {by_itself:?}: {stderr}");
        assert!(!stderr.contains("panicked at"), "the host panicked during this test: {stderr}");
    }
}
