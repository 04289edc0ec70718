//! One server and the databases in it.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    encryption::Encryption,
    programs, supervisor,
    user::{self, User},
};

/// How long a server may take to begin and to end.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// The server of this process, started at the first call, for all its tests.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&Options::default()))
}

/// How a server is to run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether commits wait for the disk, as they do in earnest. Tests that kill processes of theirs need it not:
    /// what the server has taken stays, as long as the machine does.
    pub durable: bool,
    /// Whether it can also be reached over TCP, encrypted.
    pub encrypted: bool,
    /// Settings as in `postgresql.conf`, such as `("max_connections", "20")`.
    pub settings: Vec<(String, String)>,
}

/// A running server. Ends when it is dropped or when the process ends.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    programs: PathBuf,
    user: Option<User>,
    options: Options,
    encryption: Option<Encryption>,
    supervisor: Mutex<Option<Child>>,
    databases: AtomicU32,
}

impl Server {
    /// Starts a server of its own.
    ///
    /// # Panics
    /// When it cannot: tests that need a database must not pass without one.
    pub fn start(options: &Options) -> Self {
        let programs = programs::folder();
        let user = user::to_change_to();
        let folder = tempfile::Builder::new().prefix("fnhost-pg").tempdir().expect("a folder").keep();
        if let Some(User { uid, gid }) = user {
            chown(&folder, Some(uid), Some(gid)).expect("root may give a folder away");
        }
        let encryption = options.encrypted.then(|| Encryption::prepare(&folder, user));
        let server = Self {
            folder,
            encryption,
            programs,
            user,
            options: options.clone(),
            supervisor: Mutex::new(None),
            databases: AtomicU32::new(0),
        };
        server.run("initdb", |command| {
            command.arg("--pgdata").arg(server.data()).args(["--username", "postgres", "--auth", "trust"]);
            command.args(["--encoding", "UTF8", "--locale", "C", "--no-sync"]);
        });
        server.restart();
        server
    }

    /// Starts the server again on what it has, after [`stop`](Self::stop) or in its place.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart(&self) {
        self.stop();
        let log = File::create(self.log()).expect("the log can be written");
        let program = self.programs.join("postgres");
        let child = supervisor::start(&program, &self.arguments(), &self.folder, self.user, log);
        *self.supervisor() = Some(child.expect("a shell can be started"));
        self.wait_until_ready();
    }

    /// Stops the server at once, as a power failure would, and keeps what it has. Connections die.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        let Some(mut child) = self.supervisor().take() else { return };
        let mut input = child.stdin.take().expect("the supervisor has one");
        // A supervisor that is gone has done what it is told.
        let _gone = input.write_all(b"keep\n");
        drop(input);
        child.wait().expect("a child can be waited for");
    }

    /// The URL of a new, empty database.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn new_database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The URL of a database of this server; `postgres` is always there.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }

    /// How it is reached over TCP.
    ///
    /// # Panics
    /// When it was not started with [`Options::encrypted`].
    pub fn encryption(&self) -> &Encryption {
        self.encryption.as_ref().expect("the server was started with `encrypted`")
    }

    /// Runs SQL and answers what `psql` prints, unaligned and without headings.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        self.run("psql", |command| {
            command.args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set",
                "ON_ERROR_STOP=1",
            ]);
            command.args(["--username", "postgres", "--dbname", database, "--command", sql]);
            command.arg("--host").arg(&self.folder);
        })
    }

    /// What the server has written.
    pub fn log_text(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn arguments(&self) -> Vec<String> {
        let mut settings = vec![
            ("listen_addresses".to_owned(), String::new()),
            ("unix_socket_directories".to_owned(), self.folder.display().to_string()),
            ("max_connections".to_owned(), "200".to_owned()),
        ];
        if !self.options.durable {
            settings.extend(["fsync", "full_page_writes"].map(|name| (name.to_owned(), "off".to_owned())));
        }
        settings.extend(self.encryption.iter().flat_map(Encryption::settings));
        settings.extend(self.options.settings.iter().cloned());
        let data = ["-D".to_owned(), self.data().display().to_string()];
        let settings = settings.into_iter().map(|(name, value)| format!("--{name}={value}"));
        data.into_iter().chain(settings).collect()
    }

    fn wait_until_ready(&self) {
        let since = Instant::now();
        loop {
            let answer = Command::new(self.programs.join("pg_isready"))
                .arg("--quiet")
                .arg("--host")
                .arg(&self.folder)
                .status()
                .expect("pg_isready can be run");
            if answer.success() {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "the server does not come up:\n{}", self.log_text());
            thread::sleep(PAUSE);
        }
    }

    /// Runs a program to its end and answers its output.
    fn run(&self, program: &str, arguments: impl FnOnce(&mut Command)) -> String {
        let mut command = Command::new(self.programs.join(program));
        arguments(&mut command);
        command.stdin(Stdio::null()).current_dir("/");
        supervisor::as_user(&mut command, self.user);
        let done = command.output().unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{program} failed: {said}");
        String::from_utf8_lossy(&done.stdout).trim_end().to_owned()
    }

    fn supervisor(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.supervisor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Where its socket is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        // Belongs to another user perhaps; root may remove it all the same.
        let _left_behind = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_keeps_its_data_over_a_restart_and_its_folder_goes_with_it() {
        let server = Server::start(&Options::default());
        let url = server.new_database();
        assert!(url.starts_with("postgres://postgres@localhost/test0?host=/"), "{url}");
        server.sql("test0", "CREATE TABLE t AS SELECT 7 AS n; CHECKPOINT");
        server.stop();
        server.restart();
        assert_eq!(server.sql("test0", "SELECT n FROM t"), "7");
        let folder = server.folder().to_owned();
        drop(server);
        assert!(!folder.exists());
    }
}
