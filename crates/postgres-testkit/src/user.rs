//! Whom the server runs as.

use std::{fs, os::unix::fs::MetadataExt};

/// A user that is not root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The user to change to; `None` when this process is not root and may stay who it is.
///
/// # Panics
/// When root finds nobody to change to.
pub(crate) fn to_change_to() -> Option<User> {
    let own = fs::metadata("/proc/self").expect("a process sees itself").uid();
    if own != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the list of users is readable");
    let user = ["postgres", "nobody"].iter().find_map(|name| find(&users, name));
    Some(user.expect("Postgres does not run as root, and there is neither a user `postgres` nor `nobody`"))
}

/// `initdb` wants its user to have a line here.
fn find(users: &str, name: &str) -> Option<User> {
    let mut fields = users.lines().map(|line| line.split(':')).find_map(|mut fields| {
        let found = fields.next() == Some(name);
        found.then_some(fields)
    })?;
    Some(User { uid: fields.nth(1)?.parse().ok()?, gid: fields.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(find(users, "postgres"), Some(User { uid: 101, gid: 104 }));
        assert_eq!(find(users, "post"), None);
    }
}
