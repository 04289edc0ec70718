//! Kills the hosts of a test run that itself was killed.
//!
//! `Drop` covers tests that pass and tests that panic. When the test process is ended from outside, only the
//! kernel still acts: it closes the pipe to a small shell, which then kills every process that was not taken
//! off its list. The shell ignores the interrupt that a terminal sends to the whole group.

use std::{
    io::Write,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

const SCRIPT: &str = r#"
trap "" INT
live=""
while read -r sign pid; do
  case "$sign" in
    +) live="$live $pid" ;;
    -) kept=""; for p in $live; do [ "$p" = "$pid" ] || kept="$kept $p"; done; live="$kept" ;;
  esac
done
for p in $live; do kill -9 "$p" 2>/dev/null; done
"#;

/// The one shell of this test process; never waited for, it ends by itself after this process.
static SHELL: OnceLock<Mutex<Option<(Child, ChildStdin)>>> = OnceLock::new();

/// From now on this process must not outlive the tests.
pub(crate) fn watch(pid: u32) {
    tell('+', pid);
}

/// This process has been waited for; its number may be given to another one.
pub(crate) fn forget(pid: u32) {
    tell('-', pid);
}

fn tell(sign: char, pid: u32) {
    let shell = SHELL.get_or_init(|| Mutex::new(spawn()));
    let mut shell = shell.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, stdin)) = shell.as_mut() {
        // A lost line costs tidiness in a case that is already broken, never the result of a test.
        if let Err(error) = writeln!(stdin, "{sign} {pid}") {
            eprintln!("the reaper shell does not listen: {error}");
        }
    }
}

fn spawn() -> Option<(Child, ChildStdin)> {
    let mut child = Command::new("sh")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let stdin = child.stdin.take()?;
    Some((child, stdin))
}
