//! One page of a list, in the order of the bytes of whole names, in memory that depends on the page alone.
//!
//! A folder is read as often as pages are asked for, and each time only the smallest names after the last one are kept:
//! a folder of a million files is never held in memory, nor sorted. Folders are compared with the slash that follows in
//! the names below them, so that `a.txt` stands before `a/b` as it does in the order of whole names.

use std::{
    collections::BinaryHeap,
    os::fd::{AsFd, OwnedFd},
};

use fnhost_protocol::blob::{BlobItem, BlobPage};

use super::{
    entries::{Entries, PassedOver},
    folder::{Root, Stop, enter_to_list, kind, look},
    reading::no_folder,
    version::properties,
};

/// What is asked for.
pub(super) struct Wanted<'a> {
    pub(super) container: &'a str,
    pub(super) prefix: &'a str,
    pub(super) after: Option<&'a str>,
    pub(super) limit: usize,
}

/// Lists. Blocks.
pub(super) fn page(root: &Root, wanted: &Wanted<'_>, passed_over: &PassedOver) -> Result<BlobPage, Stop> {
    // A missing container is an error; below it nothing is simply nothing.
    root.enter_container(wanted.container)?;
    let folder = wanted.prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
    let listed = match root.list(wanted.container, folder).map_err(no_folder) {
        Ok(listed) => listed,
        Err(Stop::Missing) => return Ok(BlobPage::default()),
        Err(stop) => return Err(stop),
    };
    let base = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut walk = Walk { wanted, passed_over, items: Vec::new() };
    walk.folder(&listed, &base)?;
    let mut items = walk.items;
    let next = (items.len() > wanted.limit).then(|| {
        items.truncate(wanted.limit);
        items.last().map(|item| item.name.clone())
    });
    Ok(BlobPage { items, next: next.flatten() })
}

struct Walk<'a> {
    wanted: &'a Wanted<'a>,
    passed_over: &'a PassedOver,
    items: Vec<BlobItem>,
}

impl Walk<'_> {
    /// One more than the page holds, to know whether there is a next one.
    fn room(&self) -> usize {
        self.wanted.limit + 1 - self.items.len()
    }

    /// Adds what is in a folder and below, until there is no more room.
    fn folder(&mut self, listed: &OwnedFd, base: &str) -> Result<(), Stop> {
        let mut last: Option<String> = None;
        loop {
            let (keys, is_all) = self.smallest(listed, base, last.as_deref())?;
            for key in &keys {
                if self.room() == 0 {
                    return Ok(());
                }
                match key.strip_suffix('/') {
                    Some(name) => match enter_to_list(listed, name) {
                        Ok(inner) => self.folder(&inner, &format!("{base}{key}"))?,
                        // Gone, or replaced, since it was read.
                        Err(Stop::Missing | Stop::File(_) | Stop::Link(_)) => {}
                        Err(stop) => return Err(stop),
                    },
                    None => self.file(listed, base, key)?,
                }
            }
            if is_all || self.room() == 0 {
                return Ok(());
            }
            last = keys.into_iter().next_back();
        }
    }

    fn file(&mut self, listed: impl AsFd, base: &str, name: &str) -> Result<(), Stop> {
        match look(listed, name) {
            Ok(stat) if kind(&stat).is_file() => {
                let name = format!("{base}{name}");
                self.items.push(BlobItem { name, properties: properties(&stat) });
                Ok(())
            }
            Ok(_) | Err(Stop::Missing) => Ok(()),
            Err(stop) => Err(stop),
        }
    }

    /// The smallest keys of a folder after `last`, in order, as many as there is room for; and whether these are all.
    /// Keys are names of files, and names of folders with a slash at their end.
    fn smallest(
        &self,
        listed: impl AsFd,
        base: &str,
        last: Option<&str>,
    ) -> Result<(Vec<String>, bool), Stop> {
        let room = self.room();
        let mut smallest = BinaryHeap::new();
        let mut is_all = true;
        for entry in Entries::of(listed, base, self.passed_over)? {
            let entry = entry?;
            let key = if entry.is_folder { format!("{}/", entry.name) } else { entry.name };
            if last.is_some_and(|last| key.as_str() <= last) || !self.may_hold(&format!("{base}{key}")) {
                continue;
            }
            smallest.push(key);
            if smallest.len() > room {
                smallest.pop();
                is_all = false;
            }
        }
        Ok((smallest.into_sorted_vec(), is_all))
    }

    /// Whether a file of this name is wanted, or may be below a folder of this name.
    fn may_hold(&self, full: &str) -> bool {
        let Wanted { prefix, after, .. } = *self.wanted;
        let is_folder = full.ends_with('/');
        let fits = full.starts_with(prefix) || (is_folder && prefix.starts_with(full));
        fits && after.is_none_or(|after| full > after || (is_folder && after.starts_with(full)))
    }
}
