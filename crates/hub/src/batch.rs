//! What one worker has for the sessions of another: collected over a turn, handed over at once. It
//! does not know routes or sessions.

use std::ops::Range;

use sluice_journal::Position;
use sluice_mqtt::{MessageRef, Properties, QoS, UnixMillis};

/// Messages with their receivers on one other worker, in the order of their routing. Bytes lie in
/// shared buffers, so that a message costs no allocation of its own.
#[derive(Debug, Default)]
pub struct Batch {
    topics: String,
    bytes: Vec<u8>,
    records: Vec<Record>,
    receivers: Vec<Receiver>,
    identifiers: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Record {
    topic: Range<usize>,
    properties: Range<usize>,
    payload: Range<usize>,
    qos: QoS,
    retain: bool,
    expires_at: Option<UnixMillis>,
    ready: Position,
    receivers: Range<usize>,
}

/// One receiver of a message in a batch.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// The session's place on the receiving worker.
    pub slot: u32,
    /// Its serial number.
    pub serial: u32,
    /// The QoS of this delivery.
    pub qos: QoS,
    /// The RETAIN flag of this delivery.
    pub retain: bool,
    identifiers: Range<usize>,
}

/// One message of a batch.
#[derive(Debug)]
pub struct BatchedMessage<'b> {
    /// The message.
    pub message: MessageRef<'b>,
    /// A QoS 2 delivery to a durable session waits until this is committed.
    pub ready: Position,
    /// Who gets it.
    pub receivers: &'b [Receiver],
}

impl Batch {
    /// Adds a message; receivers follow by [`Batch::push_receiver`].
    pub fn push_message(&mut self, message: &MessageRef<'_>, ready: Position) {
        let topic = self.topics.len();
        self.topics.push_str(message.topic);
        let properties = self.bytes.len();
        self.bytes.extend_from_slice(message.properties.as_bytes());
        let payload = self.bytes.len();
        self.bytes.extend_from_slice(message.payload);
        self.records.push(Record {
            topic: topic..self.topics.len(),
            properties: properties..payload,
            payload: payload..self.bytes.len(),
            qos: message.qos,
            retain: message.retain,
            expires_at: message.expires_at,
            ready,
            receivers: self.receivers.len()..self.receivers.len(),
        });
    }

    /// Adds a receiver of the last message.
    pub fn push_receiver(&mut self, at: (u32, u32), qos: QoS, retain: bool, identifiers: &[u32]) {
        let start = self.identifiers.len();
        self.identifiers.extend_from_slice(identifiers);
        self.receivers.push(Receiver {
            slot: at.0,
            serial: at.1,
            qos,
            retain,
            identifiers: start..self.identifiers.len(),
        });
        if let Some(record) = self.records.last_mut() {
            record.receivers.end = self.receivers.len();
        }
    }

    /// The messages, in order.
    pub fn messages(&self) -> impl Iterator<Item = BatchedMessage<'_>> {
        self.records.iter().map(|record| BatchedMessage {
            message: MessageRef {
                topic: self.topics.get(record.topic.clone()).unwrap_or_default(),
                payload: self.bytes.get(record.payload.clone()).unwrap_or_default(),
                qos: record.qos,
                retain: record.retain,
                properties: Properties::checked_before(
                    self.bytes.get(record.properties.clone()).unwrap_or_default(),
                ),
                expires_at: record.expires_at,
            },
            ready: record.ready,
            receivers: self.receivers.get(record.receivers.clone()).unwrap_or_default(),
        })
    }

    /// The Subscription Identifiers of a receiver.
    #[must_use]
    pub fn identifiers_of(&self, receiver: &Receiver) -> &[u32] {
        self.identifiers.get(receiver.identifiers.clone()).unwrap_or_default()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes held, for the bound on what may be on its way to a worker.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.topics.len()
            + self.bytes.len()
            + self.records.len() * size_of::<Record>()
            + self.receivers.len() * size_of::<Receiver>()
            + self.identifiers.len() * size_of::<u32>()
    }

    /// Messages times receivers.
    #[must_use]
    pub const fn deliveries(&self) -> usize {
        self.receivers.len()
    }

    const fn capacity(&self) -> usize {
        self.topics.capacity()
            + self.bytes.capacity()
            + self.records.capacity() * size_of::<Record>()
            + self.receivers.capacity() * size_of::<Receiver>()
            + self.identifiers.capacity() * size_of::<u32>()
    }

    /// Empties it for the next turn and keeps its buffers, unless a burst made them large.
    pub fn clear(&mut self) {
        if self.capacity() > KEPT_BYTES {
            *self = Self::default();
            return;
        }
        self.topics.clear();
        self.bytes.clear();
        self.records.clear();
        self.receivers.clear();
        self.identifiers.clear();
    }
}

/// A larger buffer is given back.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in() {
        let mut batch = Batch::default();
        let message = |topic, payload| MessageRef {
            topic,
            payload,
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: Properties::default(),
            expires_at: Some(UnixMillis(5)),
        };
        batch.push_message(&message("a", b"1"), Position(3));
        batch.push_receiver((1, 2), QoS::AtMostOnce, false, &[7, 8]);
        batch.push_receiver((3, 4), QoS::AtLeastOnce, true, &[]);
        batch.push_message(&message("b/c", b"22"), Position(4));
        batch.push_receiver((5, 6), QoS::AtLeastOnce, false, &[9]);
        let read: Vec<_> = batch.messages().collect();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].message, message("a", b"1"));
        assert_eq!(read[0].receivers.len(), 2);
        assert_eq!(batch.identifiers_of(&read[0].receivers[0]), &[7, 8]);
        assert_eq!(read[1].message, message("b/c", b"22"));
        assert_eq!(batch.identifiers_of(&read[1].receivers[0]), &[9]);
        assert_eq!((read[1].ready, batch.deliveries()), (Position(4), 3));
        batch.clear();
        assert!(batch.is_empty() && batch.messages().next().is_none());
    }

    #[test]
    fn a_batch_that_a_burst_made_large_keeps_nothing() {
        let mut batch = Batch::default();
        let message = MessageRef {
            topic: "t",
            payload: b"",
            qos: QoS::AtMostOnce,
            retain: false,
            properties: Properties::default(),
            expires_at: None,
        };
        batch.push_message(&message, Position::START);
        batch.push_receiver((1, 1), QoS::AtMostOnce, false, &[]);
        batch.clear();
        assert!(batch.capacity() > 0);
        batch.push_message(&message, Position::START);
        for slot in 0..KEPT_BYTES / size_of::<Receiver>() + 1 {
            batch.push_receiver((u32::try_from(slot).unwrap(), 1), QoS::AtMostOnce, false, &[]);
        }
        batch.clear();
        assert_eq!(batch.capacity(), 0);
    }
}
