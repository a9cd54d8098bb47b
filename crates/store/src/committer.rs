//! Writes what was appended, group by group, makes it durable and folds it into the state. It does
//! not know threads and clocks: whoever drives it does.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use sluice_journal::Position;

use crate::appender::Shared;
use crate::clean::Cleaning;
use crate::codec::decode;
use crate::fs::{DirLock, Fs, FsFile};
use crate::index::Index;
use crate::options::{Durability, Options};
use crate::record;
use crate::segment::{HEAD_BYTES, Location, SegmentId};

/// The only one who writes. Nothing after a write or a sync that failed is told to be durable
/// before it is written and synced again, in another file.
pub struct Committer {
    pub(crate) fs: Box<dyn Fs>,
    pub(crate) options: Options,
    shared: Arc<Shared>,
    pub(crate) index: Index,
    /// Bytes of each segment that are good.
    pub(crate) segments: BTreeMap<SegmentId, u64>,
    current: Option<Current>,
    next_segment: SegmentId,
    /// Records under way, and the position of the last one.
    batch: (Vec<u8>, u64),
    pub(crate) cleaning: Option<Cleaning>,
    /// Files were removed, and it is not certain that they stay removed.
    pub(crate) removal_is_open: bool,
    _lock: DirLock,
}

/// The segment that is written.
struct Current {
    id: SegmentId,
    file: Box<dyn FsFile>,
    length: u64,
}

/// What one step did.
#[derive(Debug)]
pub enum Step {
    /// There was nothing to do.
    Idle,
    /// Room was made: there may be more of it to do.
    Cleaned,
    /// Everything up to here is durable.
    Committed(Position),
    /// What was to be written waits still; try again after a while.
    Failed(io::Error),
}

impl Committer {
    pub(crate) fn new(
        (fs, lock): (Box<dyn Fs>, DirLock),
        options: Options,
        shared: Arc<Shared>,
        (index, segments): (Index, BTreeMap<SegmentId, u64>),
    ) -> Self {
        let next_segment = segments.keys().next_back().map_or(SegmentId(0), |last| last.next());
        Self {
            fs,
            options,
            shared,
            index,
            segments,
            current: None,
            next_segment,
            batch: (Vec::new(), 0),
            cleaning: None,
            removal_is_open: false,
            _lock: lock,
        }
    }

    /// Writes what waits; where nothing does, makes a little room.
    pub fn step(&mut self) -> Step {
        if self.batch.0.is_empty() {
            self.batch.1 = self.shared.take(&mut self.batch.0);
        }
        let step = if self.batch.0.is_empty() { self.clean() } else { self.commit() };
        let is_full = self.total_bytes() > self.options.size_max;
        self.shared.set_stuck(is_full || matches!(step, Step::Failed(_)));
        step
    }

    /// Waits until there is something to write, at most so long.
    pub fn wait(&self, at_most: Duration) {
        self.shared.wait(at_most);
    }

    /// Bytes of all segments.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.segments.values().sum()
    }

    /// Those that are needed.
    #[must_use]
    pub const fn live_bytes(&self) -> u64 {
        self.index.live_bytes()
    }

    fn commit(&mut self) -> Step {
        let (records, last) = std::mem::take(&mut self.batch);
        match self.write(&records) {
            Ok((segment, offset)) => {
                self.shared.commit(last);
                self.fold(&records, segment, offset);
                self.batch.0 = records;
                self.batch.0.clear();
                if self.batch.0.capacity() > BATCH_BYTES_KEPT {
                    self.batch.0 = Vec::new();
                }
                Step::Committed(Position(last))
            }
            Err(error) => {
                self.batch = (records, last);
                Step::Failed(error)
            }
        }
    }

    /// Writes records behind the others and makes them durable; gives where the first one is.
    pub(crate) fn write(&mut self, records: &[u8]) -> io::Result<(SegmentId, u64)> {
        let is_synced = self.options.durability == Durability::Fsync;
        let (id, offset) = self.current()?;
        let Some(current) = &mut self.current else { return Err(io::ErrorKind::NotFound.into()) };
        let written = current.file.append(records);
        let written = written.and_then(|()| if is_synced { current.file.sync() } else { Ok(()) });
        if let Err(error) = written {
            self.abandon();
            return Err(error);
        }
        current.length = offset + records.len() as u64;
        self.segments.insert(id, current.length);
        if current.length >= self.options.segment_bytes {
            self.roll()?;
        }
        Ok((id, offset))
    }

    /// What was written is durable, whatever commits promise.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let synced = current.file.sync();
        if synced.is_err() {
            self.abandon();
        }
        synced
    }

    /// The segment that is written, made where there is none, and its length.
    fn current(&mut self) -> io::Result<(SegmentId, u64)> {
        if let Some(current) = &self.current {
            return Ok((current.id, current.length));
        }
        let id = self.next_segment;
        let name = id.file_name();
        let made = self.fs.create(&name).and_then(|mut file| {
            file.append(&id.head())?;
            file.sync()?;
            self.fs.sync_dir()?;
            Ok(file)
        });
        match made {
            Ok(file) => {
                let length = HEAD_BYTES as u64;
                self.current = Some(Current { id, file, length });
                self.next_segment = id.next();
                self.segments.insert(id, length);
                Ok((id, length))
            }
            Err(error) => {
                // What is left of the attempt is in the way of the next one; where it stays, that
                // one takes the next number.
                if self.fs.remove(&name).is_err() && error.kind() == io::ErrorKind::AlreadyExists {
                    self.next_segment = id.next();
                }
                Err(error)
            }
        }
    }

    /// The next record goes into a new segment. What no commit has synced is synced now.
    fn roll(&mut self) -> io::Result<()> {
        self.sync()?;
        self.current = None;
        Ok(())
    }

    /// Nothing more is written into the segment, and what is behind its last good record does not
    /// count.
    fn abandon(&mut self) {
        let Some(current) = self.current.take() else { return };
        drop(current.file);
        if let Err(error) = self.fs.truncate(&current.id.file_name(), current.length) {
            // Read again, its records would be known by their positions.
            tracing::warn!(file = current.id.file_name(), %error, "could not cut off a segment");
        }
    }

    /// Folds records in that are written from `offset` on.
    pub(crate) fn fold(&mut self, records: &[u8], segment: SegmentId, offset: u64) {
        let mut at = 0;
        while let Some(record) = record::read(records, at) {
            let length = record.len() as u64;
            let location = Location { segment, offset: offset + at as u64, length };
            match decode(record.kind, record.body) {
                Ok(entry) => self.index.apply(record.position, location, &entry),
                Err(corrupt) => {
                    tracing::error!(error = %corrupt, kind = record.kind, "a record is unreadable");
                }
            }
            at += record.len();
        }
    }
}

/// Room of a batch that is kept for the next one.
const BATCH_BYTES_KEPT: usize = 4 << 20;
