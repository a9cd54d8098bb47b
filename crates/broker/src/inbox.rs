//! How others reach a worker: batches of other workers, connections handed over, requests of the
//! process. It does not know what the worker does with them.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

use sluice_hub::{Batch, Counters};
use sluice_mqtt::Message;
use sluice_rule::{RuleCounters, Ticket};
use tokio::sync::oneshot;

/// Something for a worker.
pub(crate) enum Mail {
    /// What another worker routed to sessions of this one.
    Batch(Batch),
    /// A connection whose client is at home here, with the bytes read from it so far.
    HandOver { socket: TcpStream, peer: SocketAddr, unread: Vec<u8> },
    /// A socket to accept from.
    Listen { name: String, listener: TcpListener },
    /// A buffer has room for who waits with this ticket; one for each who waits.
    Room(Ticket),
    /// What the broker says of itself.
    Publish(Vec<Message>),
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
    /// Whether its worker is gone. Changed under the lock of `mail`.
    is_closed: AtomicBool,
}

impl Inbox {
    /// Whether the inbox takes another batch; if not, whoever asks is woken when there is room.
    pub(crate) fn has_room(&self) -> bool {
        if self.is_closed.load(Ordering::Relaxed) {
            return true;
        }
        if self.batch_bytes.load(Ordering::SeqCst) > BATCH_BYTES_MAX {
            self.awaited.store(true, Ordering::SeqCst);
            // Looked at again: the worker may have emptied its inbox in between and seen nobody
            // wait. Each side writes one of the two and then reads the other: only in one order of
            // all four does no side miss the other's.
            if self.batch_bytes.load(Ordering::SeqCst) > BATCH_BYTES_MAX {
                return false;
            }
        }
        true
    }

    /// Delivers a batch.
    pub(crate) fn push_batch(&self, batch: Batch) {
        if self.is_closed.load(Ordering::Relaxed) {
            return;
        }
        self.batch_bytes.fetch_add(batch.size(), Ordering::SeqCst);
        self.push(Mail::Batch(batch));
    }

    /// Delivers anything else; its number is bounded by what sends it.
    pub(crate) fn push(&self, mail: Mail) {
        {
            let mut waiting = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
            if self.is_closed.load(Ordering::Relaxed) {
                return;
            }
            waiting.push_back(mail);
        }
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
        self.batch_bytes.store(0, Ordering::SeqCst);
        self.awaited.swap(false, Ordering::SeqCst)
    }

    /// Nobody takes anything from here any more: what comes and what waits is thrown away.
    pub(crate) fn close(&self) {
        let mut waiting = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_closed.store(true, Ordering::Relaxed);
        waiting.clear();
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

#[cfg(test)]
mod tests {
    use sluice_journal::Position;
    use sluice_mqtt::{MessageRef, Properties, QoS};

    use super::*;

    fn large() -> Batch {
        let payload = vec![0; BATCH_BYTES_MAX + 1];
        let mut batch = Batch::default();
        let message = MessageRef {
            topic: "t",
            payload: &payload,
            qos: QoS::AtMostOnce,
            retain: false,
            properties: Properties::EMPTY,
            expires_at: None,
        };
        batch.push_message(&message, (Position::START, Position::START));
        batch
    }

    #[test]
    fn who_finds_it_full_is_told_of_room() {
        let inbox = Inbox::default();
        let mut mail = VecDeque::new();
        assert!(inbox.has_room());
        inbox.push_batch(large());
        assert!(!inbox.has_room());
        assert!(inbox.take(&mut mail, Waker::noop()), "somebody waits");
        assert!(inbox.has_room());
        assert_eq!(mail.len(), 1);
        inbox.push_batch(large());
        assert!(!inbox.take(&mut mail, Waker::noop()), "nobody waits");
    }

    #[test]
    fn nobody_waits_for_a_worker_that_is_gone() {
        let inbox = Inbox::default();
        inbox.push_batch(large());
        assert!(!inbox.has_room());
        inbox.close();
        assert!(inbox.has_room());
        let (sender, receiver) = oneshot::channel();
        inbox.push(Mail::Stop(sender));
        assert!(receiver.blocking_recv().is_err(), "who asked is told that nobody answers");
        let mut mail = VecDeque::new();
        inbox.take(&mut mail, Waker::noop());
        assert!(mail.is_empty());
    }
}
