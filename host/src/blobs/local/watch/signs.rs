//! What the operating system's events say, in few words.

use std::path::PathBuf;

use notify::{
    ErrorKind, Event, EventKind,
    event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode},
};

/// What one event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sign {
    /// Whoever wrote the file has closed it.
    Closed(PathBuf),
    /// A file or folder was renamed into its place.
    Arrived(PathBuf),
    /// There is a new file, which may still be written: if it is closed later that is told, but a hard link is not.
    Appeared(PathBuf),
    /// There is a new folder, in which things may have happened before it was watched.
    Folder(PathBuf),
    /// The file or folder is gone from here.
    Gone(PathBuf),
    /// Events were lost.
    Lost,
    /// No more can be watched; what is watched already is.
    Blind(String),
}

/// The sign that stands in an event, if any. Most events say nothing: files that are opened, read, or written to.
pub(super) fn read(event: Result<Event, notify::Error>) -> Option<Sign> {
    let event = match event {
        Ok(event) => event,
        Err(error) => return Some(Sign::Blind(explain(&error))),
    };
    if event.need_rescan() {
        return Some(Sign::Lost);
    }
    let path = event.paths.into_iter().next_back()?;
    Some(match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Sign::Closed(path),
        // `Both` comes after `To` for a rename within the folder, and alone on some systems.
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Sign::Arrived(path),
        EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_) => Sign::Gone(path),
        EventKind::Create(CreateKind::Folder) => Sign::Folder(path),
        EventKind::Create(_) => Sign::Appeared(path),
        _ => return None,
    })
}

/// What is wrong with the watch, and which setting of the machine helps.
pub(super) fn explain(error: &notify::Error) -> String {
    let helps = |name: &str| format!("raise it with `sysctl {name}=…`, and for good in /etc/sysctl.d");
    match &error.kind {
        ErrorKind::MaxFilesWatch => format!(
            "the machine allows no more folders to be watched (fs.inotify.max_user_watches); {}",
            helps("fs.inotify.max_user_watches")
        ),
        ErrorKind::Io(error) if error.raw_os_error() == Some(rustix::io::Errno::MFILE.raw_os_error()) => {
            format!(
                "the machine allows no more watchers (fs.inotify.max_user_instances); {}",
                helps("fs.inotify.max_user_instances")
            )
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{DataChange, Flag, MetadataKind, RemoveKind};

    use super::*;

    fn sign(kind: EventKind) -> Option<Sign> {
        read(Ok(Event::new(kind).add_path("/w/a".into())))
    }

    #[test]
    fn the_table_of_events() {
        let path = || PathBuf::from("/w/a");
        let renamed = |mode| EventKind::Modify(ModifyKind::Name(mode));
        for (kind, expected) in [
            (EventKind::Access(AccessKind::Close(AccessMode::Write)), Some(Sign::Closed(path()))),
            (EventKind::Access(AccessKind::Close(AccessMode::Read)), None),
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), None),
            (EventKind::Create(CreateKind::File), Some(Sign::Appeared(path()))),
            (EventKind::Create(CreateKind::Any), Some(Sign::Appeared(path()))),
            (EventKind::Create(CreateKind::Folder), Some(Sign::Folder(path()))),
            (renamed(RenameMode::To), Some(Sign::Arrived(path()))),
            (renamed(RenameMode::Both), None),
            (renamed(RenameMode::From), Some(Sign::Gone(path()))),
            (EventKind::Remove(RemoveKind::File), Some(Sign::Gone(path()))),
            (EventKind::Modify(ModifyKind::Data(DataChange::Any)), None),
            (EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)), None),
        ] {
            assert_eq!(sign(kind), expected, "{kind:?}");
        }
        assert_eq!(read(Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan))), Some(Sign::Lost));
        assert_eq!(
            read(Ok(Event::new(EventKind::Create(CreateKind::File)))),
            None,
            "an event without a path"
        );
    }

    #[test]
    fn exhausted_limits_name_their_setting() {
        let full = notify::Error::new(ErrorKind::MaxFilesWatch);
        assert!(explain(&full).contains("sysctl fs.inotify.max_user_watches="), "{}", explain(&full));
        let many = std::io::Error::from(rustix::io::Errno::MFILE);
        let many = explain(&notify::Error::io(many));
        assert!(many.contains("sysctl fs.inotify.max_user_instances="), "{many}");
    }
}
