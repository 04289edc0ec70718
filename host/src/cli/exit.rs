//! Exit codes, the same for every command.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// All went well. 0
    Success,
    /// The command ran and its answer is no: a check found problems, an invoked function failed. 1
    Failed,
    /// The arguments make no sense. 2 (also what the argument parser uses)
    Usage,
    /// The app cannot run: problems in the host file or the settings, or any problem with `--strict`. 3
    InvalidApp,
    /// The machine does not let it: port taken, database locked or unreadable. 4
    CannotStart,
    /// The host stopped and had to cut work off. 5
    CutOff,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        ExitCode::from(match status {
            ExitStatus::Success => 0,
            ExitStatus::Failed => 1,
            ExitStatus::Usage => 2,
            ExitStatus::InvalidApp => 3,
            ExitStatus::CannotStart => 4,
            ExitStatus::CutOff => 5,
        })
    }
}
