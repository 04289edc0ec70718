//! Operating system signals as stages: the first SIGTERM or Ctrl-C is graceful, the second one means now.
//!
//! Called once by the binary. Handlers are installed before the function returns, so no signal that arrives later
//! can kill the process the default way, and a failure to install them is seen at start.

use std::io;

use tokio::task::JoinHandle;

use super::stages::{Shutdown, Stage};

/// Installs the handlers and moves `shutdown` on with every signal. The task ends after the second one; aborting it
/// means that further signals are swallowed (the process keeps its handlers).
///
/// # Errors
/// When the operating system refuses to install a handler. Must be called inside a tokio runtime.
#[cfg(unix)]
pub fn listen_for_signals(shutdown: Shutdown) -> io::Result<JoinHandle<()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::spawn(async move {
        while shutdown.stage() < Stage::Now {
            // A stream of signals never ends while the runtime lives, so the answers need no look.
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            announce(name, shutdown.escalate());
        }
    }))
}

/// Installs the handler and moves `shutdown` on with every Ctrl-C.
///
/// # Errors
/// When the operating system refuses to install the handler. Must be called inside a tokio runtime.
#[cfg(not(unix))]
pub fn listen_for_signals(shutdown: Shutdown) -> io::Result<JoinHandle<()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(tokio::spawn(async move {
        while shutdown.stage() < Stage::Now {
            interrupt.recv().await;
            announce("Ctrl-C", shutdown.escalate());
        }
    }))
}

fn announce(signal: &str, stage: Stage) {
    match stage {
        Stage::Now => tracing::warn!(signal, "stopping now: what is in flight is dropped"),
        Stage::Running | Stage::Graceful => {
            tracing::info!(signal, "stopping: finishing what is in flight; the same signal again stops now");
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use rustix::process::{Signal, getpid, kill_process};

    #[tokio::test]
    async fn first_signal_is_graceful_and_second_is_now() {
        let shutdown = Shutdown::new();
        // The handlers stand before the first signal is sent, so the test process survives it.
        let task = listen_for_signals(shutdown.clone()).unwrap();

        kill_process(getpid(), Signal::TERM).unwrap();
        shutdown.graceful().await;
        assert_eq!(shutdown.stage(), Stage::Graceful);

        kill_process(getpid(), Signal::INT).unwrap();
        shutdown.now().await;
        task.await.unwrap();
    }
}
