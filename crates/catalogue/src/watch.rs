//! The thread that looks at the rules folder: at start, when the system says that something
//! changed, and once a second in case it does not. It does not know what follows from a file's
//! text.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::disk::{self, FILES_MAX, Listing};
use crate::folder::FileText;
use crate::report::{Report, unreadable};

/// Where the texts of the files go, each time one may have changed.
pub(crate) type OnTexts = Box<dyn FnMut(BTreeMap<String, FileText>) + Send>;

/// A rules folder being watched. Dropping it does not end the thread; [`RuleWatch::stop`] does.
pub(crate) struct RuleWatch {
    wake: SyncSender<Wake>,
    thread: JoinHandle<()>,
}

/// A rules folder that someone named and that cannot be read at start.
#[derive(Debug, thiserror::Error)]
#[error("{}", unreadable(&dir.display().to_string(), &cause.to_string()))]
pub struct FolderError {
    dir: PathBuf,
    cause: io::Error,
}

/// Why the thread should look.
enum Wake {
    /// Something in the folder changed.
    Changed,
    /// Someone asks to read everything again.
    Reload,
    /// It is over.
    Stop,
}

/// How long the folder has to stay the same before it is read: editors and copies write in several
/// steps.
const QUIET: Duration = Duration::from_millis(100);
/// A folder that never comes to rest is read after this many looks.
const QUIET_LOOKS_MAX: usize = 10;
/// How often the folder is looked at when the system reports nothing: network and overlay file
/// systems do not.
const POLL: Duration = Duration::from_secs(1);
/// Wake-ups that may wait. They only say "look", so those beyond are dropped.
const WAKES_MAX: usize = 8;

impl RuleWatch {
    /// Reads the folder, hands its texts over, then watches it on a thread. A missing folder that
    /// nobody named is no error: it is read once it appears.
    ///
    /// # Errors
    /// When the folder cannot be read and `is_named`, or no thread can be started.
    pub(crate) fn start(
        dir: PathBuf,
        is_named: bool,
        on_texts: OnTexts,
    ) -> Result<Self, FolderError> {
        let mut watched = Watched { dir, seen: None, told: None, on_texts };
        match disk::list(&watched.dir) {
            Ok(listing) => watched.take(listing),
            Err(cause) if is_named => return Err(FolderError { dir: watched.dir, cause }),
            Err(cause) => {
                let dir = watched.dir.display();
                let reason = &cause;
                tracing::info!(%dir, %reason, "no rules folder; it is read once it appears");
                watched.told = Some(cause.to_string());
            }
        }
        let dir = watched.dir.clone();
        let (wake, woken) = sync_channel(WAKES_MAX);
        let changed = wake.clone();
        let thread = thread::Builder::new()
            .name("rules".into())
            .spawn(move || watched.run(&woken, &changed))
            .map_err(|cause| FolderError { dir, cause })?;
        Ok(Self { wake, thread })
    }

    /// Looks at the folder now.
    pub(crate) fn reload(&self) {
        // A full queue means that it is about to look anyway.
        drop(self.wake.try_send(Wake::Reload));
    }

    /// Ends the thread.
    pub(crate) fn stop(self) {
        // Fails only where the thread is gone already.
        drop(self.wake.send(Wake::Stop));
        if self.thread.join().is_err() {
            tracing::error!("the thread that watches rule files had panicked");
        }
    }
}

struct Watched {
    dir: PathBuf,
    /// What the folder looked like when it was read last.
    seen: Option<Listing>,
    /// Why the folder could not be read, so that it is told once.
    told: Option<String>,
    on_texts: OnTexts,
}

impl Watched {
    fn run(mut self, woken: &Receiver<Wake>, changed: &SyncSender<Wake>) {
        let mut watcher = watcher(&self.dir, changed);
        loop {
            match woken.recv_timeout(POLL) {
                Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Wake::Reload) => {
                    tracing::info!(dir = %self.dir.display(), "reading the rules folder again");
                    self.seen = None;
                    self.look();
                }
                Ok(Wake::Changed) | Err(RecvTimeoutError::Timeout) => self.look(),
            }
            // A folder that went away took its watch with it.
            if self.told.is_some() {
                watcher = None;
            } else if watcher.is_none() {
                watcher = self::watcher(&self.dir, changed);
            }
        }
    }

    fn look(&mut self) {
        match disk::list(&self.dir) {
            Ok(listing) if self.seen.as_ref() == Some(&listing) => {}
            Ok(listing) => {
                let settled = settled(&self.dir, listing);
                self.take(settled);
            }
            Err(error) => {
                let reason = error.to_string();
                if self.told.as_ref() != Some(&reason) {
                    let dir = self.dir.display().to_string();
                    Report::FolderUnreadable { dir, reason: reason.clone() }.log();
                    self.told = Some(reason);
                    self.seen = None;
                }
            }
        }
    }

    fn take(&mut self, listing: Listing) {
        if self.told.take().is_some() {
            tracing::info!(dir = %self.dir.display(), "the rules folder can be read now");
        }
        if listing.is_cut && !self.seen.as_ref().is_some_and(|seen| seen.is_cut) {
            let dir = self.dir.display().to_string();
            Report::TooManyFiles { dir, most: FILES_MAX }.log();
        }
        let texts = listing.read(&self.dir);
        self.seen = Some(listing);
        (self.on_texts)(texts);
    }
}

/// Waits until the folder is at rest and gives what it looks like then.
fn settled(dir: &Path, mut listing: Listing) -> Listing {
    for _ in 0..QUIET_LOOKS_MAX {
        thread::sleep(QUIET);
        match disk::list(dir) {
            Ok(now) if now != listing => listing = now,
            Ok(_) | Err(_) => break,
        }
    }
    listing
}

/// Asks the system to report changes; without that, the poll finds them.
fn watcher(dir: &Path, changed: &SyncSender<Wake>) -> Option<RecommendedWatcher> {
    let changed = changed.clone();
    // What changed does not matter, the folder is compared with what was seen; but looking at it
    // must not be a reason to look again.
    let wake = move |event: notify::Result<notify::Event>| {
        if !event.is_ok_and(|event| event.kind.is_access()) {
            drop(changed.try_send(Wake::Changed));
        }
    };
    let watching = notify::recommended_watcher(wake).and_then(|mut watcher| {
        watcher.watch(dir, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    match watching {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            tracing::debug!(%error, "the system does not report changes of rule files; polling");
            None
        }
    }
}

#[cfg(test)]
mod tests;
