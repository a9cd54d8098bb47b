//! How others reach a worker: batches of other workers, connections handed over, requests of the
//! process. It does not know what the worker does with them.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

use sluice_hub::{Batch, Counters};
use sluice_rule::RuleCounters;
use tokio::sync::oneshot;

/// Something for a worker.
pub(crate) enum Mail {
    /// What another worker routed to sessions of this one.
    Batch(Batch),
    /// A connection whose client is at home here, with the bytes read from it so far.
    HandOver { socket: TcpStream, peer: SocketAddr, unread: Vec<u8> },
    /// A socket to accept from.
    Listen { name: String, listener: TcpListener },
    /// Its counts.
    Stats(oneshot::Sender<WorkerStats>),
    /// Publish the wills, since the process ends.
    PublishWills(oneshot::Sender<()>),
    /// Disconnect all clients and end.
    Stop(oneshot::Sender<()>),
}

/// The counts of one worker.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorkerStats {
    pub(crate) counters: Counters,
    pub(crate) rules: Vec<(String, RuleCounters)>,
}

/// A worker's mailbox. Batches are bounded in bytes: a worker that meets a full one keeps its
/// batches and reads no socket until there is room, so a slow worker slows publishers down and
/// nothing is lost.
#[derive(Default)]
pub(crate) struct Inbox {
    mail: Mutex<VecDeque<Mail>>,
    batch_bytes: AtomicUsize,
    /// Whether the worker was woken since it last looked.
    notified: AtomicBool,
    /// Whether a worker waits for room here.
    awaited: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Inbox {
    /// Whether the inbox takes another batch; if not, whoever asks is woken when there is room.
    pub(crate) fn has_room(&self) -> bool {
        if self.batch_bytes.load(Ordering::Acquire) > BATCH_BYTES_MAX {
            self.awaited.store(true, Ordering::Release);
            // Looked at again: the worker may have emptied its inbox in between and seen nobody
            // wait.
            if self.batch_bytes.load(Ordering::Acquire) > BATCH_BYTES_MAX {
                return false;
            }
        }
        true
    }

    /// Delivers a batch.
    pub(crate) fn push_batch(&self, batch: Batch) {
        self.batch_bytes.fetch_add(batch.size(), Ordering::AcqRel);
        self.push(Mail::Batch(batch));
    }

    /// Delivers anything else; its number is bounded by what sends it.
    pub(crate) fn push(&self, mail: Mail) {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner).push_back(mail);
        if !self.notified.swap(true, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Takes everything; `true` when a worker waits for the room that this made.
    pub(crate) fn take(&self, mail: &mut VecDeque<Mail>, task: &Waker) -> bool {
        {
            let mut known = self.task.lock().unwrap_or_else(PoisonError::into_inner);
            if !known.as_ref().is_some_and(|known| known.will_wake(task)) {
                *known = Some(task.clone());
            }
        }
        self.notified.store(false, Ordering::Release);
        let mut waiting = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_empty() {
            return false;
        }
        mail.append(&mut waiting);
        drop(waiting);
        self.batch_bytes.store(0, Ordering::Release);
        self.awaited.swap(false, Ordering::AcqRel)
    }

    /// Makes the worker look at what it has.
    pub(crate) fn wake(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(task) = task {
            task.wake();
        }
    }
}

/// Bytes of batches on their way to one worker.
const BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;
