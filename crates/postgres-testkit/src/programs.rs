//! Where the server's programs are installed: distributions keep `initdb` and `postgres` out of the path.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Names another folder than the one that is found.
const FOLDER: &str = "FNHOST_TEST_POSTGRES_BIN";

/// The folder with `initdb`, `postgres` and `psql`.
///
/// # Panics
/// When there is none: a test that needs a database must not pass without one.
pub(crate) fn folder() -> PathBuf {
    if let Some(folder) = env::var_os(FOLDER) {
        return folder.into();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    debian().into_iter().chain(env::split_paths(&path)).find(|folder| has_server(folder)).unwrap_or_else(|| {
        panic!(
            "no Postgres server is installed: on Debian `apt-get install postgresql`, or name the folder of its programs in {FOLDER}"
        )
    })
}

/// `/usr/lib/postgresql/15/bin` and the like, newest first.
fn debian() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, folder)| folder).collect()
}

fn has_server(folder: &Path) -> bool {
    ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).is_file())
}
