//! The sample app's binary as a command: run to its end, or started as a host by [`Scene`](super::Scene).

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use super::{output::Output, reaper, wait::until_within};

/// What a command that ended left behind.
pub(crate) struct Finished {
    /// Its exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Fails the test unless the exit code is 0.
    #[track_caller]
    pub(crate) fn expect_success(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless the command ended by itself with another exit code than 0.
    #[track_caller]
    pub(crate) fn expect_failure(self) -> Self {
        let failed = self.code.is_some_and(|code| code != 0);
        assert!(failed, "code: {:?}\nstdout: {}\nstderr: {}", self.code, self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked at"), "a refusal is no panic: {}", self.stderr);
        self
    }
}

/// The folder of the sample app: the root of the repository.
pub(crate) fn app_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies below the root").to_owned()
}

/// The sample app.
pub(crate) const FUNCTIONS: &str = env!("CARGO_BIN_EXE_functions");

/// A binary, started by a command that becomes it (`exec`), such as a shell that changes what it will inherit.
pub(crate) fn binary_under(wrapper: &[String], binary: &str) -> Command {
    let mut command = match wrapper.split_first() {
        Some((program, arguments)) => {
            let mut command = Command::new(program);
            command.args(arguments).arg(binary);
            command
        }
        None => Command::new(binary),
    };
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for kept in ["PATH", "HOME", "TMPDIR", "LLVM_PROFILE_FILE", "RUST_BACKTRACE"] {
        if let Some(value) = env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command.env("NO_COLOR", "1");
    command
}

/// Runs the binary at the root of the repository to its end.
pub(crate) fn functions<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Finished {
    run(FUNCTIONS, arguments)
}

/// Runs a binary at the root of the repository to its end.
pub(crate) fn run<A: AsRef<OsStr>>(binary: &str, arguments: impl IntoIterator<Item = A>) -> Finished {
    let mut command = binary_under(&[], binary);
    command.current_dir(app_root()).args(arguments);
    finish(command)
}

/// Runs a command to its end; one that does not end is killed and fails the test.
pub(crate) fn finish(mut command: Command) -> Finished {
    let mut child = command.spawn().expect("the binary can be started");
    reaper::watch(child.id());
    let stdout = Output::of_stdout(child.stdout.take().expect("stdout is piped"));
    let stderr = Output::of_stderr(child.stderr.take().expect("stderr is piped"));
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        until_within(Duration::from_secs(30), "the command to end", || {
            let status = child.try_wait().expect("a child can be asked");
            status.ok_or_else(|| format!("still running; stderr: {}", stderr.tail()))
        })
    }));
    // Harmless for a process that has ended.
    child.kill().ok();
    child.wait().expect("a child can be waited for");
    reaper::forget(child.id());
    match ended {
        Ok(status) => Finished { code: status.code(), stdout: stdout.whole(), stderr: stderr.whole() },
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
