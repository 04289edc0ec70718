//! A shell between this process and the server: it waits for its input to end, which happens when this process is
//! gone in any way, even killed, and then stops the server and removes its folder. Statics are not dropped at the
//! end of a test binary, and a killed process drops nothing.

use std::{
    fs::File,
    io,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::user::User;

/// $1: the program, $2: the folder, from $3 on: arguments. SIGQUIT ends the server at once, like a power failure.
const SCRIPT: &str = r#"
program=$1 folder=$2
shift 2
"$program" "$@" </dev/null &
server=$!
read -r line
kill -QUIT "$server" 2>/dev/null
wait "$server"
case $line in keep) ;; *) rm -rf "$folder" ;; esac
"#;

/// Starts a program under a supervisor; `folder` goes away with it. What both write goes into a file.
pub(crate) fn start(
    program: &Path,
    arguments: &[String],
    folder: &Path,
    user: Option<User>,
    log: File,
) -> io::Result<Child> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(SCRIPT).arg("postgres-testkit").arg(program).arg(folder).args(arguments);
    // A group of its own: Ctrl-C is for the tests, and the supervisor must outlive them.
    command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).process_group(0).current_dir("/");
    as_user(&mut command, user);
    command.spawn()
}

/// Has a command run as another user, without the groups of this process.
pub(crate) fn as_user(command: &mut Command, user: Option<User>) {
    if let Some(User { uid, gid }) = user {
        command.gid(gid).uid(uid);
    }
}
