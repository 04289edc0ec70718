//! The app of the tests of timers, and what its timers have written down.

use std::{fs, path::PathBuf};

use serde::Deserialize;

use crate::support::{Scene, until};

/// The host with these timers in it.
pub(super) const BINARY: &str = env!("CARGO_BIN_EXE_ticker");
const FUNCTIONS: [&str; 5] = ["A", "B", "C", "Hold", "Fail"];

/// A scene, and the file that runs are written to.
pub(super) struct Stage {
    pub(super) scene: Scene,
    log: PathBuf,
    gate: PathBuf,
    pub(super) app: PathBuf,
}

/// A line of that file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Run {
    pub(super) function: String,
    pub(super) what: String,
    pub(super) slot: String,
    pub(super) late: bool,
    pub(super) attempt: u32,
    pub(super) last: Option<String>,
    pub(super) pid: u32,
}

impl Stage {
    /// Timers by name, with what stands in their files after the name of the binding; the others are switched off.
    pub(super) fn new(timers: &[(&str, &str)]) -> Self {
        Self::on(Scene::new(), timers)
    }

    /// The same in this scene.
    pub(super) fn on(scene: Scene, timers: &[(&str, &str)]) -> Self {
        let folder = scene.folder().to_owned();
        let (app, log, gate) = (folder.join("app"), folder.join("runs.log"), folder.join("gate"));
        fs::create_dir_all(&app).expect("the folder takes folders");
        let host = "version = \"2.0\"\n[extensions.timers]\ntimeZone = \"UTC\"\n";
        fs::write(app.join("host.toml"), host).expect("the folder takes files");
        let scene = scene
            .binary(BINARY)
            .app(&app)
            .setting("TickerLog", log.display())
            .setting("TickerGate", gate.display());
        let stage = Self { scene, log, gate, app };
        for name in FUNCTIONS {
            let rest = timers.iter().find(|(timer, _)| *timer == name);
            stage.write(name, rest.map(|(_, rest)| *rest));
        }
        stage
    }

    /// The same at another time.
    pub(super) fn at(self, time: &str) -> Self {
        Self { scene: self.scene.clock_at(time), ..self }
    }

    /// Writes the file of a timer; `None` switches it off.
    pub(super) fn write(&self, name: &str, rest: Option<&str>) {
        let (off, rest) = match rest {
            Some(rest) => ("", rest),
            None => ("disabled = true\n", "schedule = \"1.00:00:00\""),
        };
        let text = format!("{off}[[bindings]]\ntype = \"timerTrigger\"\nname = \"timer\"\n{rest}\n");
        fs::create_dir_all(self.app.join(name)).expect("the folder takes folders");
        fs::write(self.app.join(name).join("function.toml"), text).expect("the folder takes files");
    }

    /// What was run so far, in the order in which it was written down. A line that is being written is not there yet.
    pub(super) fn runs(&self) -> Vec<Run> {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    /// What was run so far, in short: `A 03:00:00`, with what is unusual about it.
    pub(super) fn told(&self) -> Vec<String> {
        self.runs().iter().map(Run::in_short).collect()
    }

    /// Forgets what was run so far.
    pub(super) fn forget(&self) {
        fs::remove_file(&self.log).expect("something was run");
    }

    /// Waits until so many lines are there.
    #[track_caller]
    pub(super) fn wait_for_runs(&self, count: usize) -> Vec<Run> {
        until(&format!("{count} runs"), || {
            let runs = self.runs();
            if runs.len() >= count { Ok(runs) } else { Err(format!("{runs:?}")) }
        })
    }

    /// Lets `Hold` end.
    pub(super) fn open_gate(&self) {
        fs::write(&self.gate, "").expect("the folder takes files");
    }
}

impl Run {
    fn in_short(&self) -> String {
        let late = if self.late { " late" } else { "" };
        let again = if self.attempt > 1 { format!(" attempt {}", self.attempt) } else { String::new() };
        format!("{} {}{late}{again}", self.function, &self.slot[11..19])
    }
}
