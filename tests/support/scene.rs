//! Sets the scene of one test: folder, database, settings, clock; starts hosts in it, one after the other or
//! beside each other, always on the same data.

use std::{path::PathBuf, process::Command, sync::Arc, time::Duration};

use tempfile::TempDir;

use super::{
    command::{FUNCTIONS, Finished, app_root, binary_under},
    host::Host,
    slots::Slot,
};

/// The master key of every host under test.
pub(crate) const MASTER_KEY: &str = "master-key-of-the-tests-0123456789abcdef";

/// How long a debug build may take from start to ready.
const START: Duration = Duration::from_secs(30);

/// The database's name in the scene's folder.
const DATABASE: &str = "state.db";

/// What a test's hosts have in common. The data go with the last of scene and hosts.
pub(crate) struct Scene {
    binary: &'static str,
    app: PathBuf,
    database: String,
    port: u16,
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    wrapper: Vec<String>,
    stage: Arc<Stage>,
}

/// What scene and hosts hold together: it stays for as long as any of them.
pub(super) struct Stage {
    /// Removed with everything in it at the end.
    folder: TempDir,
    /// Held for the bound on scenes; a test's second scene is counted with its first.
    _slot: Option<Slot>,
}

impl Scene {
    /// The sample app with an empty database.
    pub(crate) fn new() -> Self {
        Self::holding(Some(Slot::take()))
    }

    /// Another scene for a test that has one, with data of its own.
    pub(crate) fn second() -> Self {
        Self::holding(None)
    }

    fn holding(slot: Option<Slot>) -> Self {
        let folder =
            tempfile::Builder::new().prefix("fnhost-outside-").tempdir().expect("a temporary folder");
        let database = format!("sqlite:{}", folder.path().join(DATABASE).display());
        // Blobs and tables of the sample app, which would else be shared by all tests.
        let blobs = folder.path().join("blobs");
        std::fs::create_dir(&blobs).expect("a temporary folder takes folders");
        let blobs = format!("file://{}", blobs.display());
        let tables = format!("sqlite:{}", folder.path().join("samples.db").display());
        let environment = [
            ("FNHOST_MASTER_KEY", MASTER_KEY),
            ("AzureWebJobsStorage", &blobs),
            ("blobConnection", &blobs),
            ("SamplesDatabase", &tables),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let stage = Arc::new(Stage { folder, _slot: slot });
        let (arguments, wrapper) = (Vec::new(), Vec::new());
        let binary = FUNCTIONS;
        Self { binary, app: app_root(), database, port: 0, environment, arguments, wrapper, stage }
    }

    /// Keeps state in this Postgres database instead of a file. A host that dies is found dead after three seconds: long
    /// enough that a busy machine seldom takes one that lives for dead.
    pub(crate) fn on_postgres(self, url: &str) -> Self {
        let lease = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__hostLease";
        self.database(url).setting(lease, "00:00:03")
    }

    /// Adds a setting to the host's environment.
    pub(crate) fn setting(mut self, name: &str, value: impl ToString) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// Leaves the master key to the host.
    pub(crate) fn without_master_key(mut self) -> Self {
        self.environment.retain(|(name, _)| name != "FNHOST_MASTER_KEY");
        self
    }

    /// Adds an argument.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts hosts through another command: a program and its arguments, which in the end becomes (`exec`) the
    /// command that is given to it.
    pub(crate) fn wrapped(mut self, wrapper: Vec<String>) -> Self {
        self.wrapper = wrapper;
        self
    }

    /// Asks for this port instead of any free one.
    pub(crate) fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Serves another app than the sample.
    pub(crate) fn app(mut self, folder: impl Into<PathBuf>) -> Self {
        self.app = folder.into();
        self
    }

    /// Starts another host than the sample app's.
    pub(crate) fn binary(mut self, binary: &'static str) -> Self {
        self.binary = binary;
        self
    }

    /// Keeps state in this database instead of a file of the scene.
    pub(crate) fn database(mut self, url: &str) -> Self {
        url.clone_into(&mut self.database);
        self
    }

    /// Time stands still until the test moves it; starts at the given moment.
    pub(crate) fn clock_at(mut self, time: &str) -> Self {
        self.arguments.retain(|argument| !argument.starts_with("--virtual-clock"));
        self.argument(&format!("--virtual-clock={time}"))
    }

    /// Serialises what crosses the worker seam and forgets sessions at random.
    pub(crate) fn forgetful_worker(self, seed: u64) -> Self {
        self.setting("FNHOST_TEST_FORGETFUL_WORKER", seed)
    }

    /// Throws instances out of memory at random before their turns.
    pub(crate) fn random_eviction(self, seed: u64) -> Self {
        self.setting("FNHOST_TEST_EVICT", seed)
    }

    /// A folder for the test's own files.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.stage.folder.path()
    }

    /// The database file.
    pub(crate) fn database_file(&self) -> PathBuf {
        self.folder().join(DATABASE)
    }

    /// Starts a host and waits until it is ready.
    #[track_caller]
    pub(crate) fn start(&self) -> Host {
        match self.try_start() {
            Ok(host) => host,
            Err(refused) => panic!("the host did not start, code {:?}: {}", refused.code, refused.stderr),
        }
    }

    /// Starts a host; `Err` when it ended, or was not ready in time and was killed.
    pub(crate) fn try_start(&self) -> Result<Host, Finished> {
        Host::spawn(self.command(), self.stage.clone(), START)
    }

    fn command(&self) -> Command {
        let mut command = binary_under(&self.wrapper, self.binary);
        command.current_dir(self.folder()).arg("start").arg("--app").arg(&self.app);
        command.arg("--port").arg(self.port.to_string());
        if !self.arguments.iter().any(|argument| argument.starts_with("--address")) {
            command.args(["--address", "127.0.0.1"]);
        }
        command.arg("--database").arg(&self.database).arg("--json").args(&self.arguments);
        command.envs(self.environment.iter().cloned());
        command
    }
}
