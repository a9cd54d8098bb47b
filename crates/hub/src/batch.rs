//! What one worker has for the sessions of another: collected over a turn, handed over at once. It
//! does not know routes or sessions.

use std::ops::Range;
use std::sync::Arc;

use sluice_event::Provenance;
use sluice_journal::Position;
use sluice_mqtt::{MessageRef, Properties, QoS, UnixMillis};

/// Messages with their receivers on one other worker, in the order of their routing. Bytes lie in
/// shared buffers, so that a message costs no allocation of its own; and messages in a row that go
/// to the same receivers share these, so that a burst on one topic costs no memory for each
/// delivery.
#[derive(Debug, Default)]
pub struct Batch {
    topics: String,
    bytes: Vec<u8>,
    records: Vec<Record>,
    /// A record's receivers lie together; those of two records may overlap.
    receivers: Vec<Receiver>,
    identifiers: Vec<u32>,
    deliveries: usize,
    /// Records that have one.
    provenances: usize,
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
    logged: Position,
    receivers: Range<usize>,
    provenance: Option<Arc<Provenance>>,
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
    /// Where it stands in the log; START where it does not.
    pub logged: Position,
    /// Where it came from, when rules look at deliveries.
    pub provenance: Option<&'b Arc<Provenance>>,
    /// Who gets it.
    pub receivers: &'b [Receiver],
}

impl Batch {
    /// Adds a message with its [`BatchedMessage::ready`] and [`BatchedMessage::logged`]; receivers
    /// follow by [`Batch::push_receiver`].
    pub fn push_message(
        &mut self,
        message: &MessageRef<'_>,
        (ready, logged): (Position, Position),
    ) {
        let topic = self.topics.len();
        self.topics.push_str(message.topic);
        let properties = self.bytes.len();
        self.bytes.extend_from_slice(message.properties.as_bytes());
        let payload = self.bytes.len();
        self.bytes.extend_from_slice(message.payload);
        // As long as they are the same, they are those of the message before.
        let receivers = self.records.last().map_or(0, |before| before.receivers.start);
        self.records.push(Record {
            topic: topic..self.topics.len(),
            properties: properties..payload,
            payload: payload..self.bytes.len(),
            qos: message.qos,
            retain: message.retain,
            expires_at: message.expires_at,
            ready,
            logged,
            receivers: receivers..receivers,
            provenance: None,
        });
    }

    /// Adds where the last message came from.
    pub fn push_provenance(&mut self, provenance: &Arc<Provenance>) {
        if let Some(record) = self.records.last_mut() {
            record.provenance = Some(Arc::clone(provenance));
            self.provenances += 1;
        }
    }

    /// Adds a receiver of the last message.
    pub fn push_receiver(&mut self, at: (u32, u32), qos: QoS, retain: bool, identifiers: &[u32]) {
        let Some(record) = self.records.last_mut() else { return };
        self.deliveries += 1;
        if let Some(next) = self.receivers.get(record.receivers.end) {
            let known = self.identifiers.get(next.identifiers.clone()).unwrap_or_default();
            if (next.slot, next.serial) == at
                && (next.qos, next.retain) == (qos, retain)
                && known == identifiers
            {
                record.receivers.end += 1;
                return;
            }
            // From here on they differ: this message has receivers of its own.
            let start = self.receivers.len();
            self.receivers.extend_from_within(record.receivers.clone());
            record.receivers = start..self.receivers.len();
        }
        let start = self.identifiers.len();
        self.identifiers.extend_from_slice(identifiers);
        self.receivers.push(Receiver {
            slot: at.0,
            serial: at.1,
            qos,
            retain,
            identifiers: start..self.identifiers.len(),
        });
        record.receivers.end = self.receivers.len();
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
            logged: record.logged,
            provenance: record.provenance.as_ref(),
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

    /// What it weighs against the bound on what may be on its way to a worker: its bytes, and its
    /// deliveries as if each had bytes of its own, since each is work.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.topics.len()
            + self.bytes.len()
            + self.records.len() * size_of::<Record>()
            + self.provenances * size_of::<Provenance>()
            + self.deliveries * size_of::<Receiver>()
            + self.identifiers.len() * size_of::<u32>()
    }

    /// Messages times receivers.
    #[must_use]
    pub const fn deliveries(&self) -> usize {
        self.deliveries
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
        self.deliveries = 0;
        self.provenances = 0;
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
        batch.push_message(&message("a", b"1"), (Position(3), Position(2)));
        batch.push_receiver((1, 2), QoS::AtMostOnce, false, &[7, 8]);
        batch.push_receiver((3, 4), QoS::AtLeastOnce, true, &[]);
        batch.push_message(&message("b/c", b"22"), (Position(4), Position(4)));
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
    fn messages_in_a_row_share_the_receivers_that_are_the_same() {
        type Given<'g> = &'g [(u32, QoS, &'g [u32])];
        let (zero, one) = (QoS::AtMostOnce, QoS::AtLeastOnce);
        let all: [Given<'_>; 8] = [
            &[(1, zero, &[]), (2, zero, &[7]), (3, zero, &[])],
            &[(1, zero, &[]), (2, zero, &[7]), (3, zero, &[])],
            // Fewer, then more than before.
            &[(1, zero, &[]), (2, zero, &[7])],
            &[(1, zero, &[]), (2, zero, &[7]), (3, zero, &[]), (4, zero, &[])],
            // The same until one of them differs: in its QoS, its identifiers, or at the start.
            &[(1, zero, &[]), (2, one, &[7]), (3, zero, &[])],
            &[(1, zero, &[]), (2, one, &[8]), (3, zero, &[])],
            &[(9, zero, &[])],
            &[(9, zero, &[]), (1, zero, &[])],
        ];
        let message = message_of("t");
        let mut batch = Batch::default();
        for receivers in all {
            batch.push_message(&message, (Position::START, Position::START));
            for (slot, qos, identifiers) in receivers {
                batch.push_receiver((*slot, 1), *qos, false, identifiers);
            }
        }
        for (given, read) in all.iter().zip(batch.messages()) {
            let read: Vec<_> = read
                .receivers
                .iter()
                .map(|receiver| (receiver.slot, receiver.qos, batch.identifiers_of(receiver)))
                .collect();
            assert_eq!(read, *given);
        }
        assert_eq!(batch.deliveries(), all.iter().map(|given| given.len()).sum::<usize>());
    }

    #[test]
    fn a_burst_on_one_topic_costs_no_memory_for_each_delivery() {
        let mut batch = Batch::default();
        for _ in 0..1000 {
            batch.push_message(&message_of("t"), (Position::START, Position::START));
            for slot in 0..1000 {
                batch.push_receiver((slot, 1), QoS::AtMostOnce, false, &[]);
            }
        }
        assert_eq!((batch.deliveries(), batch.receivers.len()), (1_000_000, 1000));
        assert!(batch.size() > 1_000_000 * size_of::<Receiver>(), "it weighs what it costs");
    }

    fn message_of(topic: &str) -> MessageRef<'_> {
        MessageRef {
            topic,
            payload: b"",
            qos: QoS::AtMostOnce,
            retain: false,
            properties: Properties::default(),
            expires_at: None,
        }
    }

    #[test]
    fn a_batch_that_a_burst_made_large_keeps_nothing() {
        let mut batch = Batch::default();
        let message = message_of("t");
        batch.push_message(&message, (Position::START, Position::START));
        batch.push_receiver((1, 1), QoS::AtMostOnce, false, &[]);
        batch.clear();
        assert!(batch.capacity() > 0);
        batch.push_message(&message, (Position::START, Position::START));
        for slot in 0..KEPT_BYTES / size_of::<Receiver>() + 1 {
            batch.push_receiver((u32::try_from(slot).unwrap(), 1), QoS::AtMostOnce, false, &[]);
        }
        batch.clear();
        assert_eq!(batch.capacity(), 0);
    }
}
