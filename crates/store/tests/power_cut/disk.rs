//! A disk without a disk: what was not synced may be lost, torn or reordered when the power goes,
//! syncs fail, room runs out. All of it by a seed. It does not know what is written.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use sluice_store::{DirLock, Fs, FsFile};

use crate::random::Random;

/// What the disk does wrong beyond what disks do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// Says that data is durable when it is not.
    SyncsNothing,
    /// The same of the folder.
    SyncsNoFolder,
}

/// Shared by all who have a file open.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<State>>);

struct State {
    random: Random,
    fault: Fault,
    files: BTreeMap<u64, Content>,
    folder: BTreeMap<String, u64>,
    /// As it is certain to be found after a power cut.
    durable_folder: BTreeMap<String, u64>,
    next: u64,
    /// Calls until the power goes.
    left: u32,
    /// Percent of syncs and writes that fail.
    trouble: u32,
}

#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    /// How much of it is certain.
    synced: usize,
    /// Parts that a failed sync has dropped: no later one brings them back.
    dropped: Vec<(usize, usize)>,
}

impl Disk {
    pub(crate) fn new(seed: u64, fault: Fault) -> Self {
        Self(Arc::new(Mutex::new(State {
            random: Random::new(seed),
            fault,
            files: BTreeMap::new(),
            folder: BTreeMap::new(),
            durable_folder: BTreeMap::new(),
            next: 0,
            left: u32::MAX,
            trouble: 0,
        })))
    }

    /// The power goes after so many calls; until then so many percent of them fail.
    pub(crate) fn plan(&self, calls: u32, trouble: u32) {
        let mut state = self.lock();
        (state.left, state.trouble) = (calls, trouble);
    }

    pub(crate) fn is_off(&self) -> bool {
        self.lock().left == 0
    }

    /// The power is back: what is found is what was certain, and anything of the rest.
    pub(crate) fn reboot(&self) {
        let mut state = self.lock();
        let state = &mut *state;
        let mut folder = state.durable_folder.clone();
        for (name, id) in &state.folder {
            if !state.durable_folder.contains_key(name) && state.random.chance(50) {
                folder.insert(name.clone(), *id);
            }
        }
        for name in state.durable_folder.keys() {
            if !state.folder.contains_key(name) && state.random.chance(50) {
                folder.remove(name);
            }
        }
        for content in state.files.values_mut() {
            content.lose(&mut state.random);
        }
        state.folder = folder.clone();
        state.durable_folder = folder;
        (state.left, state.trouble) = (u32::MAX, 0);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Counts a call; every one fails once the power is gone.
    fn call(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.lock();
        state.left = state.left.saturating_sub(1);
        if state.left == 0 { Err(ErrorKind::NotConnected.into()) } else { Ok(state) }
    }
}

impl Content {
    fn lose(&mut self, random: &mut Random) {
        let length = self.synced + random.below(self.bytes.len() - self.synced + 1);
        self.bytes.truncate(length);
        for (number, sector) in self.bytes.chunks_mut(SECTOR).enumerate() {
            let begin = number * SECTOR;
            let tail = self.synced.saturating_sub(begin).min(sector.len());
            if random.chance(40) {
                sector[tail..].fill(0);
            }
        }
        for (from, to) in self.dropped.drain(..) {
            let to = to.min(self.bytes.len());
            if from < to {
                self.bytes[from..to].fill(0);
            }
        }
        self.synced = self.bytes.len();
    }
}

impl Fs for Disk {
    fn lock(&self) -> io::Result<DirLock> {
        drop(self.call()?);
        Ok(DirLock::none())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.call()?.folder.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let state = self.call()?;
        let id = state.folder.get(name).ok_or(ErrorKind::NotFound)?;
        Ok(state.files[id].bytes.clone())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn FsFile>> {
        let mut state = self.call()?;
        if state.folder.contains_key(name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let trouble = state.trouble;
        if state.random.chance(trouble) {
            return Err(ErrorKind::StorageFull.into());
        }
        let id = state.next;
        state.next += 1;
        state.files.insert(id, Content::default());
        state.folder.insert(name.to_owned(), id);
        drop(state);
        Ok(Box::new(OpenFile { disk: self.clone(), id }))
    }

    fn truncate(&self, name: &str, length: u64) -> io::Result<()> {
        let mut state = self.call()?;
        let id = *state.folder.get(name).ok_or(ErrorKind::NotFound)?;
        let content = state.files.get_mut(&id).unwrap();
        content.bytes.truncate(usize::try_from(length).unwrap());
        content.synced = content.bytes.len();
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.call()?.folder.remove(name).map(drop).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut state = self.call()?;
        let trouble = state.trouble;
        if state.random.chance(trouble) {
            return Err(ErrorKind::Other.into());
        }
        if state.fault != Fault::SyncsNoFolder {
            state.durable_folder = state.folder.clone();
        }
        Ok(())
    }
}

struct OpenFile {
    disk: Disk,
    id: u64,
}

impl FsFile for OpenFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let is_on = self.disk.call().is_ok();
        let mut state = self.disk.lock();
        let state = &mut *state;
        let is_full = state.random.chance(state.trouble);
        // Whatever stops it stops it anywhere.
        let length =
            if is_on && !is_full { bytes.len() } else { state.random.below(bytes.len() + 1) };
        state.files.get_mut(&self.id).unwrap().bytes.extend_from_slice(&bytes[..length]);
        match (is_on, is_full) {
            (true, false) => Ok(()),
            (true, true) => Err(ErrorKind::StorageFull.into()),
            (false, _) => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.call()?;
        let state = &mut *state;
        let content = state.files.get_mut(&self.id).unwrap();
        if state.random.chance(state.trouble) {
            content.dropped.push((content.synced, content.bytes.len()));
            return Err(ErrorKind::Other.into());
        }
        if state.fault != Fault::SyncsNothing {
            content.synced = content.bytes.len();
        }
        Ok(())
    }
}

/// Small, so that short logs tear in many places.
const SECTOR: usize = 64;
