//! The folder of the app, the folder of its blobs, and the ledger that its functions write.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::Signal;

use crate::support::{Finished, Host, Scene, run, until_within};

const BINARY: &str = env!("CARGO_BIN_EXE_catcher");

/// Everything quick: files settle soon, scans come often, and nobody waits before a retry.
const HOST_FILE: &str = r#"
version = "2.0"

[extensions.blobs]
settleTime = "00:00:00.050"
reconcileInterval = "00:00:01"
retryInterval = "00:00:00.010"
"#;

/// A debug build on a busy machine may take its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// An app with some of the functions of `tests/catcher`.
pub(super) struct Catcher {
    pub(super) scene: Scene,
}

impl Catcher {
    /// With functions of these names, each with its bindings.
    pub(super) fn new(functions: &[(&str, &str)]) -> Self {
        let scene = Scene::new().binary(BINARY);
        let folder = scene.folder().to_owned();
        let app = folder.join("app");
        fs::create_dir_all(&app).expect("the folder takes folders");
        fs::write(app.join("host.toml"), HOST_FILE).expect("the folder takes files");
        for (name, bindings) in functions {
            fs::create_dir_all(app.join(name)).expect("the folder takes folders");
            fs::write(app.join(name).join("function.toml"), bindings).expect("the folder takes files");
        }
        // Also for commands that are no host.
        let local =
            format!("[values]\nAzureWebJobsStorage = \"file://{}\"\n", folder.join("blobs").display());
        fs::write(app.join("local.settings.toml"), local).expect("the folder takes files");
        fs::create_dir_all(folder.join("blobs")).expect("the folder takes folders");
        let shown = |name: &str| folder.join(name).display().to_string();
        let scene = scene.app(app).setting("LEDGER", shown("ledger")).setting("MENDED", shown("mended"));
        Self { scene }
    }

    /// One function that notes what starts it from the container `in`.
    pub(super) fn catching() -> Self {
        Self::new(&[("Catch", &trigger("in/{name}"))])
    }

    pub(super) fn start(&self) -> Host {
        self.scene.start()
    }

    /// Stops a host as it should be.
    pub(super) fn stop(mut host: Host) {
        host.signal(Signal::TERM);
        host.wait_for_end(PATIENCE);
    }

    /// Runs a command of the host's binary on this app and its database.
    pub(super) fn command<const N: usize>(&self, words: [&str; N]) -> Finished {
        let app = self.scene.folder().join("app").display().to_string();
        let database = format!("sqlite:{}", self.scene.database_file().display());
        let mut arguments: Vec<&str> = words.to_vec();
        arguments.extend(["--app", &app]);
        if words[0] != "check" {
            arguments.extend(["--database", &database]);
        }
        run(BINARY, arguments)
    }

    /// A blob's file.
    pub(super) fn file(&self, blob: &str) -> PathBuf {
        self.scene.folder().join("blobs").join(blob)
    }

    /// Writes a blob as programs write files: in place.
    pub(super) fn write(&self, blob: &str, text: &str) {
        let file = self.file(blob);
        fs::create_dir_all(file.parent().expect("a blob is in a container")).expect("folders are made");
        fs::write(file, text).expect("the file is written");
    }

    pub(super) fn mend(&self) {
        fs::write(self.scene.folder().join("mended"), "").expect("the folder takes files");
    }

    /// All lines of the ledger.
    pub(super) fn ledger(&self) -> Vec<String> {
        match fs::read_to_string(self.scene.folder().join("ledger")) {
            Ok(text) => text.lines().map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// How often each name and text stands there.
    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for line in self.ledger() {
            let name = line.rsplit_once('|').map_or(&*line, |(name, _)| name).to_owned();
            *counts.entry(name).or_default() += 1;
        }
        counts
    }

    /// Waits until so many lines are there, and answers all.
    #[track_caller]
    pub(super) fn wait_for(&self, lines: usize) -> Vec<String> {
        until_within(PATIENCE, &format!("{lines} lines in the ledger"), || {
            let ledger = self.ledger();
            if ledger.len() >= lines { Ok(ledger) } else { Err(format!("{} lines", ledger.len())) }
        })
    }

    /// Waits until a file has this text.
    #[track_caller]
    pub(super) fn wait_for_blob(&self, blob: &str, text: &str) {
        until_within(PATIENCE, &format!("the blob `{blob}`"), || match fs::read_to_string(self.file(blob)) {
            Ok(found) if found == text => Ok(()),
            found => Err(format!("{found:?}")),
        });
    }

    /// Waits until a file that is written now has started the function: whatever was there before it has been seen too.
    #[track_caller]
    pub(super) fn wait_for_fence(&self, blob: &str) {
        self.write(blob, "fence");
        let name = Path::new(blob).file_name().expect("a name").to_string_lossy().into_owned();
        until_within(PATIENCE, "the last blob to be seen", || {
            let ledger = self.ledger();
            if ledger.iter().any(|line| line.contains(&name)) { Ok(()) } else { Err(format!("{ledger:?}")) }
        });
    }
}

/// The bindings of a function that blobs of this path start.
pub(super) fn trigger(path: &str) -> String {
    format!("[[bindings]]\ntype = \"blobTrigger\"\nname = \"blob\"\npath = \"{path}\"\n")
}

/// A blob binding.
pub(super) fn blob(direction: &str, name: &str, path: &str) -> String {
    format!(
        "\n[[bindings]]\ntype = \"blob\"\ndirection = \"{direction}\"\nname = \"{name}\"\npath = \"{path}\"\n"
    )
}
