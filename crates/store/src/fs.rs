//! The few things that the store wants of files, and how the system does them. It does not know
//! what is in them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Files of one folder, by name. A simulation tears, loses and reorders what was not synced.
pub trait Fs: Send {
    /// Takes the folder for this process alone, until the answer is dropped.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when another process has it.
    fn lock(&self) -> io::Result<DirLock>;

    /// The names of all files.
    ///
    /// # Errors
    /// When the folder cannot be read.
    fn list(&self) -> io::Result<Vec<String>>;

    /// A whole file.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// Makes a new, empty file to be appended to.
    ///
    /// # Errors
    /// When there is one of that name, or it cannot be made.
    fn create(&self, name: &str) -> io::Result<Box<dyn FsFile>>;

    /// Cuts a file off after `length` bytes; durable when it returns.
    ///
    /// # Errors
    /// When that fails.
    fn truncate(&self, name: &str, length: u64) -> io::Result<()>;

    /// Removes a file. Durable after [`Fs::sync_dir`].
    ///
    /// # Errors
    /// When that fails.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes durable which files there are.
    ///
    /// # Errors
    /// When that fails.
    fn sync_dir(&self) -> io::Result<()>;
}

/// A file that grows.
pub trait FsFile: Send {
    /// Writes at its end, all or an error; after an error any part may have been written.
    ///
    /// # Errors
    /// When that fails.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes durable what was written. After an error nothing is known of what was not synced
    /// before: the system may have dropped it and say nothing the next time.
    ///
    /// # Errors
    /// When that fails.
    fn sync(&mut self) -> io::Result<()>;
}

/// The folder is this process's; dropped, it is free again.
#[derive(Debug)]
pub struct DirLock(#[expect(dead_code, reason = "held for its lock")] Option<File>);

impl DirLock {
    /// A lock of something that is no real file.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }
}

/// A folder of the system. Files are readable to their owner only.
#[derive(Clone, Debug)]
pub struct RealFs(PathBuf);

impl RealFs {
    /// The folder, which is there.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Fs for RealFs {
    fn lock(&self) -> io::Result<DirLock> {
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).mode(0o600);
        let file = file.open(self.0.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(DirLock(Some(file))),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in self.0.read_dir()? {
            if let Ok(name) = entry?.file_name().into_string()
                && name != LOCK
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.0.join(name))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn FsFile>> {
        let mut options = OpenOptions::new();
        let file = options.create_new(true).append(true).mode(0o600).open(self.0.join(name))?;
        Ok(Box::new(file))
    }

    fn truncate(&self, name: &str, length: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.0.join(name))?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

impl FsFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

const LOCK: &str = "lock";
