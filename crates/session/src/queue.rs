//! Messages that wait for a session: it is away, its window is full or its socket is slow. It does
//! not know why.

use std::collections::VecDeque;
use std::sync::Arc;

use sluice_event::Provenance;
use sluice_journal::Position;
use sluice_mqtt::{Message, QoS};

use crate::Limits;

/// One message that waits, with what its delivery will say.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The message.
    pub message: Message,
    /// The QoS of the delivery.
    pub qos: QoS,
    /// The RETAIN flag of the delivery.
    pub retain: bool,
    /// Subscription Identifiers.
    pub identifiers: Box<[u32]>,
    /// It may not be sent before this is committed.
    pub ready: Position,
    /// Where the message stands in the log; START where it does not.
    pub logged: Position,
    /// Where the message came from, when rules look at deliveries.
    pub provenance: Option<Arc<Provenance>>,
}

impl Queued {
    /// What it weighs against the bound in bytes.
    fn size(&self) -> usize {
        self.message.size() + self.provenance.as_ref().map_or(0, |_| size_of::<Provenance>())
    }
}

/// First in, first out; bounded in messages and bytes. When it is full, what comes is dropped: the
/// order and what was acknowledged before stay.
#[derive(Debug, Default)]
pub struct Queue {
    entries: VecDeque<Queued>,
    bytes: usize,
    /// The latest position that anything in it has waited for since it was empty.
    ready: Position,
}

impl Queue {
    /// Takes a message in; gives it back when there is no room.
    ///
    /// # Errors
    /// The message, when either bound is reached.
    pub fn push(&mut self, queued: Queued, limits: &Limits) -> Result<(), Box<Queued>> {
        let bytes = self.bytes.saturating_add(queued.size());
        if self.entries.len() >= limits.max_queued_messages || bytes > limits.max_queued_bytes {
            return Err(Box::new(queued));
        }
        self.bytes = bytes;
        self.ready = self.ready.max(queued.ready);
        self.entries.push_back(queued);
        Ok(())
    }

    /// The message that has waited longest.
    #[must_use]
    pub fn front(&self) -> Option<&Queued> {
        self.entries.front()
    }

    /// Takes it out. Memory is given back when the queue becomes empty.
    pub fn pop(&mut self) -> Option<Queued> {
        let queued = self.entries.pop_front()?;
        self.bytes = self.bytes.saturating_sub(queued.size());
        if self.entries.is_empty() {
            self.ready = Position::START;
            if self.entries.capacity() > KEPT_CAPACITY {
                self.entries = VecDeque::new();
            }
        }
        Some(queued)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Queued> {
        self.entries.iter()
    }

    /// Once this is committed, nothing in it waits for the log.
    #[must_use]
    pub const fn ready(&self) -> Position {
        self.ready
    }

    /// Messages that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// A queue that empties and fills all the time keeps room for this many.
const KEPT_CAPACITY: usize = 64;

#[cfg(test)]
mod tests {
    use sluice_mqtt::{MessageRef, Properties};

    use super::*;

    fn queued(payload: &[u8]) -> Queued {
        let message = MessageRef {
            topic: "t",
            payload,
            qos: QoS::AtLeastOnce,
            retain: false,
            properties: Properties::default(),
            expires_at: None,
        };
        Queued {
            message: Message::from(&message),
            qos: QoS::AtLeastOnce,
            retain: false,
            identifiers: Box::default(),
            ready: Position::START,
            logged: Position::START,
            provenance: None,
        }
    }

    #[test]
    fn a_full_queue_keeps_what_waits() {
        let limits = Limits { max_queued_messages: 2, ..Limits::default() };
        let mut queue = Queue::default();
        queue.push(queued(b"1"), &limits).unwrap();
        queue.push(queued(b"2"), &limits).unwrap();
        assert!(queue.push(queued(b"3"), &limits).is_err());
        assert_eq!(queue.pop().unwrap().message.as_ref().payload, b"1");
        queue.push(queued(b"4"), &limits).unwrap();
        assert_eq!(queue.pop().unwrap().message.as_ref().payload, b"2");
    }

    #[test]
    fn bytes_are_bounded_too() {
        let limits = Limits { max_queued_bytes: 300, ..Limits::default() };
        let mut queue = Queue::default();
        assert!(queue.push(queued(&[0; 1000]), &limits).is_err());
        queue.push(queued(&[0; 100]), &limits).unwrap();
        assert!(queue.push(queued(&[0; 200]), &limits).is_err());
        queue.pop().unwrap();
        queue.push(queued(&[0; 200]), &limits).unwrap();
    }
}
