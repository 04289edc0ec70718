//! Places where writing fails, for root as well, whom file modes do not stop.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::support::Host;

/// What a process gets that would let a file grow past its limit: an error instead of its end.
const ERROR_INSTEAD_OF_SIGNAL: &str = r#"trap "" XFSZ; exec "$@""#;
/// A small disk of its own in the folder `$1`, gone with the process.
const SMALL_DISK: &str = r#"set -e; mount -t tmpfs -o size=24m,mode=700 tmpfs "$1"; shift; exec "$@""#;
/// Whatever lies at `$1` is read-only to the process.
const READ_ONLY: &str = r#"set -e; mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; exec "$@""#;

/// Under it, [`limit_files`] makes writes fail.
pub(super) fn limitable() -> Vec<String> {
    words(&["sh", "-c", ERROR_INSTEAD_OF_SIGNAL, "sh"])
}

/// From now on no file of the host may grow beyond so many bytes; `None`: as it likes.
pub(super) fn limit_files(host: &Host, bytes: Option<u64>) {
    let pid = i32::try_from(host.pid()).ok().and_then(Pid::from_raw).expect("a process number");
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes, maximum: None })
        .expect("limits of an own child can be set");
}

/// A disk of 24 MB for what lies below the folder; `None` where this machine lets nobody mount one.
pub(super) fn small_disk(folder: &Path) -> Option<Vec<String>> {
    in_own_mounts(SMALL_DISK, folder)
}

/// The folder as the host sees it, on its own disk perhaps.
pub(super) fn as_seen_by(host: &Host, folder: &Path) -> PathBuf {
    let below_root = folder.strip_prefix("/").expect("a temporary folder's path is absolute");
    Path::new("/proc").join(host.pid().to_string()).join("root").join(below_root)
}

/// Writes a file that takes all the space there is; answers how much that was.
pub(super) fn take_all_space(file: &Path) -> u64 {
    let mut filler = File::create(file).expect("an empty file fits");
    let mut taken = 0;
    for block in [vec![0; 64 * 1024], vec![0; 512]] {
        while let Ok(bytes @ 1..) = filler.write(&block) {
            taken += bytes as u64;
        }
    }
    taken
}

/// What was made read-only; it is writable again when this is dropped.
pub(super) struct ReadOnly {
    path: PathBuf,
    /// Its mode before; `None` for root, whose host runs under [`wrapper`](Self::wrapper).
    mode: Option<u32>,
    pub(super) wrapper: Vec<String>,
}

/// Makes a file or folder read-only for hosts that are started under the wrapper; `None` where root cannot do that.
pub(super) fn read_only(path: &Path) -> Option<ReadOnly> {
    if rustix::process::geteuid().is_root() {
        return Some(ReadOnly {
            path: path.to_owned(),
            mode: None,
            wrapper: in_own_mounts(READ_ONLY, path)?,
        });
    }
    let mode = fs::metadata(path).expect("it is there").permissions().mode();
    set_mode(path, mode & !0o222);
    Some(ReadOnly { path: path.to_owned(), mode: Some(mode), wrapper: Vec::new() })
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        if let Some(mode) = self.mode {
            set_mode(&self.path, mode);
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("an own file's mode can be set");
}

/// Runs a script in mounts of its own, as root or as one who plays root in a name space of his own.
fn in_own_mounts(script: &str, path: &Path) -> Option<Vec<String>> {
    let ways: [&[&str]; 2] = [&["unshare", "--mount"], &["unshare", "--user", "--map-root-user", "--mount"]];
    let way = ways.into_iter().find(|way| may_mount(way))?;
    let mut wrapper = words(way);
    wrapper.extend(words(&["sh", "-c", script, "sh"]));
    wrapper.push(path.display().to_string());
    Some(wrapper)
}

fn may_mount(way: &[&str]) -> bool {
    let mut command = Command::new(way[0]);
    command.args(&way[1..]).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(std::env::temp_dir());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Says that a test did not run. Not silently: who reads the output must not think that it passed.
pub(super) fn left_out(test: &str) {
    eprintln!("LEFT OUT: {test}: this machine does not let its user mount anything (`unshare --mount`)");
}
