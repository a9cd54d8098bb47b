//! The way into the log, for any number of threads. It does not know files.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use sluice_journal::{Entry, Position, Store};

use crate::codec::encode;
use crate::record;

/// One worker's way into the log. Appending takes a short lock and never waits for a file.
#[derive(Debug)]
pub struct Appender {
    shared: Arc<Shared>,
    /// The body that is being written.
    scratch: Vec<u8>,
}

/// What appenders and the committer share.
#[derive(Debug)]
pub(crate) struct Shared {
    pending: Mutex<Pending>,
    /// There is something to write.
    filled: Condvar,
    committed: AtomicU64,
    pending_bytes: AtomicUsize,
    pending_bytes_max: usize,
    /// The committer cannot go on, or has no room.
    is_stuck: AtomicBool,
}

#[derive(Debug)]
struct Pending {
    records: Vec<u8>,
    /// The position given last.
    last: u64,
}

impl Appender {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared, scratch: Vec::new() }
    }

    /// Whether the log takes no more than it must: too much waits to be written, or the disk is
    /// full or broken. What is appended all the same is kept in memory.
    #[must_use]
    pub fn is_congested(&self) -> bool {
        self.shared.is_stuck.load(Ordering::Relaxed)
            || self.shared.pending_bytes.load(Ordering::Relaxed) > self.shared.pending_bytes_max
    }
}

impl Clone for Appender {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.shared))
    }
}

impl Store for Appender {
    fn append(&mut self, entry: &Entry<'_>) -> Position {
        self.scratch.clear();
        let kind = encode(entry, &mut self.scratch);
        let sum = record::checksum(&self.scratch);
        let position = self.shared.push(kind, (&self.scratch, sum));
        if self.scratch.capacity() > SCRATCH_BYTES_KEPT {
            self.scratch = Vec::new();
        }
        position
    }

    fn committed(&self) -> Position {
        Position(self.shared.committed.load(Ordering::Acquire))
    }
}

impl Shared {
    pub(crate) fn new(last: u64, pending_bytes_max: usize) -> Self {
        Self {
            pending: Mutex::new(Pending { records: Vec::new(), last }),
            filled: Condvar::new(),
            committed: AtomicU64::new(last),
            pending_bytes: AtomicUsize::new(0),
            pending_bytes_max,
            is_stuck: AtomicBool::new(false),
        }
    }

    fn push(&self, kind: u8, body: (&[u8], u32)) -> Position {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = pending.records.is_empty();
        pending.last += 1;
        let position = pending.last;
        record::write(position, kind, body, &mut pending.records);
        self.pending_bytes.store(pending.records.len(), Ordering::Relaxed);
        drop(pending);
        if was_empty {
            self.filled.notify_one();
        }
        Position(position)
    }

    /// Takes everything that waits, and the position of its last record; `into` is empty.
    pub(crate) fn take(&self, into: &mut Vec<u8>) -> u64 {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut pending.records, into);
        self.pending_bytes.store(0, Ordering::Relaxed);
        pending.last
    }

    /// Waits until there is something to write, at most so long.
    pub(crate) fn wait(&self, at_most: Duration) {
        let pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let is_empty = |pending: &mut Pending| pending.records.is_empty();
        drop(self.filled.wait_timeout_while(pending, at_most, is_empty));
    }

    /// Wakes whoever waits, if anything is there or not.
    pub(crate) fn commit(&self, position: u64) {
        self.committed.store(position, Ordering::Release);
    }

    pub(crate) fn set_stuck(&self, is_stuck: bool) {
        self.is_stuck.store(is_stuck, Ordering::Relaxed);
    }
}

/// A body longer than this is rare; its room is given back.
const SCRATCH_BYTES_KEPT: usize = 1 << 20;
