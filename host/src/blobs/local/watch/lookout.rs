//! The task that watches one container.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use super::{
    is_passed_over,
    settling::Settling,
    signs::{self, Sign},
};
use crate::blobs::{
    local::{
        entries::PassedOver,
        folder::{Root, Stop, kind, look},
        reading::blocking,
        scanning,
        version::properties,
    },
    store::{Hint, Hints, Labels},
};

/// Signs that wait to be understood, and hints that wait to be taken.
const SIGNS: usize = 16_384;
const HINTS: usize = 4096;

/// How often it is looked whether the watched folder is still the one of this name.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// File systems on which other machines write, of which this one is told nothing.
const OF_NETWORKS: [(u64, &str); 6] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9P"),
];

/// What is watched.
#[derive(Debug, Clone)]
pub(in crate::blobs::local) struct Subject {
    pub(in crate::blobs::local) root: Root,
    pub(in crate::blobs::local) container: String,
    pub(in crate::blobs::local) passed_over: PassedOver,
    pub(in crate::blobs::local) labels: Labels,
}

impl Subject {
    fn folder(&self) -> PathBuf {
        self.root.path().join(&self.container)
    }
}

/// Begins to watch. Ends when the hints are dropped.
pub(in crate::blobs::local) fn begin(subject: Subject, settle: Duration, interval: Duration) -> Hints {
    let (hints, taken) = mpsc::channel(HINTS);
    tokio::spawn(async move {
        // It ends by an error of the channel alone: nobody takes the hints any more.
        let lookout = Lookout { subject: Arc::new(subject), hints: &hints, settle, interval };
        tokio::select! {
            _dropped = lookout.run() => {}
            () = hints.closed() => {}
        }
    });
    stream::unfold(taken, |mut taken| async move { Some((taken.recv().await?, taken)) }).boxed()
}

/// Nobody takes the hints any more.
struct Dropped;

struct Lookout<'a> {
    subject: Arc<Subject>,
    hints: &'a mpsc::Sender<Hint>,
    settle: Duration,
    interval: Duration,
}

/// The watch of one folder, as long as it is the same folder.
struct Watch {
    signs: mpsc::Receiver<Sign>,
    /// Set when a sign found no room.
    is_lost: Arc<AtomicBool>,
    folder: PathBuf,
    identity: (u64, u64),
    _watcher: RecommendedWatcher,
}

impl Lookout<'_> {
    async fn run(&self) -> Result<(), Dropped> {
        let mut is_told = false;
        loop {
            let subject = self.subject.clone();
            match blocking(move || watch(&subject)).await {
                Ok(watch) => {
                    is_told = false;
                    // The watch stands first, so nothing is missed between the scan and it.
                    self.hint(Hint::Rescan).await?;
                    self.follow(watch).await?;
                }
                Err(NotWatched::Missing) => sleep(LOOK_AGAIN).await,
                Err(NotWatched::Because(why)) => {
                    if !std::mem::replace(&mut is_told, true) {
                        tracing::warn!(
                            connection = &*self.subject.labels.connection,
                            container = self.subject.container,
                            "{} cannot be watched and is scanned every {} s instead: {why}",
                            self.subject.labels.container(&self.subject.container),
                            self.interval.as_secs_f64(),
                        );
                    }
                    self.hint(Hint::Rescan).await?;
                    sleep(self.interval).await;
                }
            }
        }
    }

    /// Follows what happens until the folder is another one.
    async fn follow(&self, mut watch: Watch) -> Result<(), Dropped> {
        let mut settling = Settling::new(self.settle);
        let mut look_again = Instant::now() + LOOK_AGAIN;
        // Set while something cannot be watched: then it is scanned as well.
        let mut scan_again: Option<Instant> = None;
        loop {
            let next = [settling.next(), scan_again].into_iter().flatten().fold(look_again, Instant::min);
            tokio::select! {
                // Signs first: a file that is closed need not be looked at.
                biased;
                sign = watch.signs.recv() => match sign {
                    None => return Ok(()),
                    Some(Sign::Blind(why)) => {
                        if scan_again.is_none() {
                            tracing::warn!(
                                container = self.subject.container,
                                "a part of {} cannot be watched, so it is scanned every {} s as well: {why}",
                                self.subject.labels.container(&self.subject.container),
                                self.interval.as_secs_f64(),
                            );
                        }
                        scan_again = Some(Instant::now() + self.interval);
                    }
                    Some(Sign::Lost) => {
                        // Folders that came meanwhile may not be watched: it begins anew, at the pace of a storm's end.
                        self.hint(Hint::Rescan).await?;
                        sleep(LOOK_AGAIN).await;
                        return Ok(());
                    }
                    Some(sign) => self.heed(sign, &watch.folder, &mut settling).await?,
                },
                () = sleep_until(next) => {}
            }
            if watch.is_lost.swap(false, Ordering::Relaxed) {
                self.hint(Hint::Rescan).await?;
            }
            let now = Instant::now();
            while let Some(name) = settling.due(now).map(str::to_owned) {
                let (subject, file) = (self.subject.clone(), name.clone());
                let found = blocking(move || look_at(&subject, &file)).await;
                if settling.looked(&name, found, now) {
                    self.hint(Hint::Changed(name)).await?;
                }
            }
            if scan_again.is_some_and(|due| due <= now) {
                scan_again = Some(now + self.interval);
                self.hint(Hint::Rescan).await?;
            }
            if look_again <= now {
                look_again = now + LOOK_AGAIN;
                let subject = self.subject.clone();
                let found = blocking(move || subject.root.identity(&subject.container)).await;
                if found != Ok(watch.identity) {
                    return Ok(());
                }
            }
        }
    }

    /// Does what a sign asks for.
    async fn heed(&self, sign: Sign, folder: &Path, settling: &mut Settling) -> Result<(), Dropped> {
        let now = Instant::now();
        match sign {
            Sign::Closed(path) => {
                if let Some(name) = name_of(&path, folder) {
                    settling.over(&name);
                    self.hint(Hint::Changed(name)).await?;
                }
            }
            Sign::Arrived(path) => {
                let Some(name) = name_of(&path, folder) else { return Ok(()) };
                let (subject, last) = (self.subject.clone(), name.clone());
                if blocking(move || is_folder(&subject, &last)).await {
                    return self.walk(name, settling).await;
                }
                settling.over(&name);
                self.hint(Hint::Changed(name)).await?;
            }
            Sign::Appeared(path) => {
                let Some(name) = name_of(&path, folder) else { return Ok(()) };
                if settling.appeared(name, now).is_err() {
                    self.hint(Hint::Rescan).await?;
                }
            }
            Sign::Folder(path) => {
                if let Some(name) = name_of(&path, folder) {
                    self.walk(name, settling).await?;
                }
            }
            Sign::Gone(path) => {
                if let Some(name) = name_of(&path, folder) {
                    settling.over(&name);
                    settling.over_below(&format!("{name}/"));
                }
            }
            Sign::Lost | Sign::Blind(_) => self.hint(Hint::Rescan).await?,
        }
        Ok(())
    }

    /// Looks for files in a new folder, which may have come before it was watched.
    async fn walk(&self, name: String, settling: &mut Settling) -> Result<(), Dropped> {
        let Subject { root, container, passed_over, labels } = Subject::clone(&self.subject);
        let mut found = scanning::scan(root, labels, passed_over, container, format!("{name}/"));
        while let Some(group) = found.next().await {
            let Ok(items) = group else { return self.hint(Hint::Rescan).await };
            for item in items.into_iter().filter(|item| !is_passed_over(&item.name)) {
                if settling.appeared(item.name, Instant::now()).is_err() {
                    return self.hint(Hint::Rescan).await;
                }
            }
        }
        Ok(())
    }

    /// Waits while nobody takes hints: signs pile up meanwhile, and are replaced by one scan when there are too many.
    async fn hint(&self, hint: Hint) -> Result<(), Dropped> {
        self.hints.send(hint).await.map_err(|_| Dropped)
    }
}

/// Why a container is not watched.
enum NotWatched {
    /// There is no such folder yet, or no longer.
    Missing,
    Because(String),
}

/// Begins to watch. Blocks.
fn watch(subject: &Subject) -> Result<Watch, NotWatched> {
    let identity = match subject.root.identity(&subject.container) {
        Ok(identity) => identity,
        Err(Stop::Missing | Stop::Vanished(_)) => return Err(NotWatched::Missing),
        Err(stop) => {
            return Err(NotWatched::Because(
                subject.labels.of_container(&subject.container, stop).to_string(),
            ));
        }
    };
    let folder = subject.folder();
    if let Ok(found) = rustix::fs::statfs(&folder)
        && let Some((_, name)) =
            OF_NETWORKS.iter().find(|(magic, _)| u64::try_from(found.f_type) == Ok(*magic))
    {
        let why =
            format!("{} is on {name}, where this machine is not told what others write", folder.display());
        return Err(NotWatched::Because(why));
    }
    let (told, signs) = mpsc::channel(SIGNS);
    let is_lost = Arc::new(AtomicBool::new(false));
    let lost = is_lost.clone();
    let tell = move |event| {
        let Some(sign) = signs::read(event) else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) = told.try_send(sign) {
            // The queue is full, so somebody will read from it and see this.
            lost.store(true, Ordering::Relaxed);
        }
    };
    let because = |error: notify::Error| NotWatched::Because(signs::explain(&error));
    let config = Config::default().with_follow_symlinks(false);
    let mut watcher = RecommendedWatcher::new(tell, config).map_err(because)?;
    watcher.watch(&folder, RecursiveMode::Recursive).map_err(because)?;
    Ok(Watch { signs, is_lost, folder, identity, _watcher: watcher })
}

/// The blob's name, unless it is none or one that is passed over.
fn name_of(path: &Path, folder: &Path) -> Option<String> {
    // Names that are not UTF-8 are told of by the scan.
    let name = path.strip_prefix(folder).ok()?.to_str()?;
    (!name.is_empty() && !is_passed_over(name)).then(|| name.to_owned())
}

/// What a file is like. Blocks.
fn look_at(subject: &Subject, name: &str) -> Option<(u64, Option<i64>)> {
    let (folder, last) = subject.root.find(&subject.container, name).ok()?;
    let stat = look(folder, last).ok().filter(|stat| kind(stat).is_file())?;
    let found = properties(&stat);
    Some((found.length, found.last_modified.map(|time| time.as_micros())))
}

/// Blocks.
fn is_folder(subject: &Subject, name: &str) -> bool {
    let found = subject.root.find(&subject.container, name).and_then(|(folder, last)| look(folder, last));
    found.is_ok_and(|stat| kind(&stat).is_dir())
}
