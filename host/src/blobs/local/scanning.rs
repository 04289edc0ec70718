//! Every blob of a container, in no order, one group after the other.

use std::os::fd::OwnedFd;

use fnhost_protocol::blob::{BlobError, BlobItem};
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;

use super::{
    entries::{Entries, PassedOver},
    folder::{Root, Stop, enter_to_list, kind, look},
    reading::no_folder,
    version::properties,
};
use crate::blobs::store::{BlobScan, Labels};

/// Blobs of one group.
const GROUP: usize = 1000;

/// Groups that are ready before anybody has asked for them.
const AHEAD: usize = 2;

/// Begins a scan; it goes on as its groups are taken, on a thread that may block, and ends when it is dropped.
pub(super) fn scan(
    root: Root,
    labels: Labels,
    passed_over: PassedOver,
    container: String,
    prefix: String,
) -> BlobScan {
    let begin = move || {
        let (groups, taken) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            let mut scan = Scan {
                prefix: &prefix,
                passed_over: &passed_over,
                groups: &groups,
                group: Vec::new(),
                trouble: None,
            };
            let ended = scan.container(&root, &container);
            let trouble = ended.err().or(scan.trouble.take());
            // Nobody takes any more: the scan was dropped.
            let _is_taken = groups.blocking_send(Ok(std::mem::take(&mut scan.group))).is_ok()
                && trouble.is_none_or(|stop| {
                    groups.blocking_send(Err(labels.of_container(&container, stop))).is_ok()
                });
        });
        taken
    };
    stream::unfold(State::New(Box::new(begin)), |state| async move {
        let mut taken = match state {
            State::New(begin) => begin(),
            State::Running(taken) => taken,
        };
        let group: Result<Vec<BlobItem>, BlobError> = taken.recv().await?;
        Some((group, State::Running(taken)))
    })
    .filter(|group| {
        let is_empty = matches!(group, Ok(items) if items.is_empty());
        std::future::ready(!is_empty)
    })
    .boxed()
}

type Groups = mpsc::Receiver<Result<Vec<BlobItem>, BlobError>>;

/// A scan that nobody asks for anything does nothing.
enum State {
    New(Box<dyn FnOnce() -> Groups + Send>),
    Running(Groups),
}

struct Scan<'a> {
    prefix: &'a str,
    passed_over: &'a PassedOver,
    groups: &'a mpsc::Sender<Result<Vec<BlobItem>, BlobError>>,
    group: Vec<BlobItem>,
    /// The first folder that could not be read. The others are, and the scan ends with this.
    trouble: Option<Stop>,
}

/// Nobody takes the groups any more.
struct Dropped;

/// A folder that is being read.
struct Level {
    folder: OwnedFd,
    entries: Entries,
    /// Of the names in it: empty, or with a slash at its end.
    base: String,
}

impl Scan<'_> {
    fn container(&mut self, root: &Root, container: &str) -> Result<(), Stop> {
        root.enter_container(container)?;
        let folder = self.prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let first = match root.list(container, folder).map_err(no_folder) {
            Ok(first) => first,
            Err(Stop::Missing) => return Ok(()),
            Err(stop) => return Err(stop),
        };
        let base = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let entries = Entries::of(&first, &base, self.passed_over)?;
        // Depth first, so that only the folders above the one being read are open.
        let mut levels = vec![Level { folder: first, entries, base }];
        while let Some(level) = levels.last_mut() {
            match level.entries.next() {
                None => drop(levels.pop()),
                Some(Ok(entry)) if entry.is_folder => {
                    let base = format!("{}{}/", level.base, entry.name);
                    if base.starts_with(self.prefix) || self.prefix.starts_with(&base) {
                        let below = enter_to_list(&level.folder, &entry.name).and_then(|folder| {
                            let entries = Entries::of(&folder, &base, self.passed_over)?;
                            Ok(Level { folder, entries, base })
                        });
                        match below {
                            Ok(below) => levels.push(below),
                            Err(Stop::Missing | Stop::File(_) | Stop::Link(_)) => {}
                            Err(stop) => self.trouble = self.trouble.take().or(Some(stop)),
                        }
                    }
                }
                Some(Ok(entry)) => {
                    let name = format!("{}{}", level.base, entry.name);
                    if name.starts_with(self.prefix) && self.file(&level.folder, &entry.name, name).is_err() {
                        return Ok(());
                    }
                }
                Some(Err(stop)) => {
                    self.trouble = self.trouble.take().or(Some(stop));
                    levels.pop();
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, folder: &OwnedFd, last: &str, name: String) -> Result<(), Dropped> {
        match look(folder, last) {
            Ok(stat) if kind(&stat).is_file() => {
                self.group.push(BlobItem { name, properties: properties(&stat) });
            }
            Ok(_) | Err(Stop::Missing) => {}
            Err(stop) => self.trouble = self.trouble.take().or(Some(stop)),
        }
        if self.group.len() == GROUP {
            self.groups.blocking_send(Ok(std::mem::take(&mut self.group))).map_err(|_| Dropped)?;
        }
        Ok(())
    }
}
