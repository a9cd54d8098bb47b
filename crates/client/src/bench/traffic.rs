//! What a load sends and what it makes of what comes back, without sockets: publishers, subscribers
//! and the counts. It does not know time or connections but by number.

use sluice_mqtt::QoS;

use super::histogram::Histogram;
use super::plan::{Member, Plan};
use super::publisher::Publisher;
use super::sequence::Sequence;
use super::window::Window;
use super::wire::{self, Inbound};

/// All publishers and subscribers of a load. Connection numbers are the plan's: publishers first.
#[derive(Debug)]
pub(crate) struct Traffic {
    plan: Plan,
    publishers: Vec<Publisher>,
    subscribers: Vec<Subscriber>,
    /// Publishers that may have room again, each once.
    ready: Vec<usize>,
    is_ready: Vec<bool>,
    pub(crate) counts: Counts,
    pub(crate) latency: Histogram,
}

/// Totals since the load began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) published: u64,
    pub(crate) acknowledged: u64,
    pub(crate) deliveries: u64,
    pub(crate) delivered_bytes: u64,
    /// Deliveries that no publisher of this load sent, or with another payload.
    pub(crate) foreign: u64,
    /// Publishers whose window was written off after it had not moved for a while.
    pub(crate) stalls: u64,
}

/// Whether the messages arrived as the protocol promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Integrity {
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    pub(crate) reordered: u64,
    pub(crate) refused: u64,
}

#[derive(Clone, Debug)]
struct Subscriber {
    /// The publisher that its first sequence belongs to.
    first_publisher: usize,
    sequences: Vec<Sequence>,
}

/// The connection must be closed: the broker said so.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Disconnected {
    pub(crate) reason: u8,
}

impl Traffic {
    pub(crate) fn new(plan: Plan) -> Self {
        let receivers = plan.receivers_per_message();
        let publishers: Vec<_> = (0..plan.publishers)
            .map(|index| {
                let window = Window::new(plan.window, receivers);
                let protocol = (plan.version, plan.qos);
                Publisher::new(&plan.topic(index), plan.payload.clone(), window, protocol)
            })
            .collect();
        let subscribers = (0..plan.subscribers)
            .map(|index| {
                let heard = plan.publishers_of(index);
                let sequences = vec![Sequence::default(); heard.len()];
                Subscriber { first_publisher: heard.start, sequences }
            })
            .collect();
        Self {
            ready: (0..publishers.len()).collect(),
            is_ready: vec![true; publishers.len()],
            plan,
            publishers,
            subscribers,
            counts: Counts::default(),
            latency: Histogram::new(),
        }
    }

    /// The publisher obeys what its CONNACK allows.
    pub(crate) fn limit_unacknowledged(&mut self, publisher: usize, receive_maximum: u16) {
        if let Some(publisher) = self.publishers.get_mut(publisher) {
            publisher.limit_unacknowledged(receive_maximum);
        }
    }

    /// Takes in one packet of one connection; what must be answered is appended to `out`.
    pub(crate) fn receive(
        &mut self,
        connection: usize,
        inbound: Inbound<'_>,
        nanos: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), Disconnected> {
        match inbound {
            Inbound::Publish { topic, qos, packet_id, payload } => {
                match qos {
                    1 => wire::put_ack(wire::PUBACK, packet_id, out),
                    2 => wire::put_ack(wire::PUBREC, packet_id, out),
                    _ => {}
                }
                if let Member::Subscriber(subscriber) = self.plan.member(connection) {
                    self.deliver(subscriber, topic, payload, nanos);
                }
            }
            Inbound::PubRel { packet_id } => wire::put_ack(wire::PUBCOMP, packet_id, out),
            Inbound::PubRec { packet_id, reason } if reason < 0x80 => {
                wire::put_ack(wire::PUBREL, packet_id, out);
            }
            Inbound::PubRec { reason, .. } | Inbound::PubAck { reason } => {
                self.acknowledge(connection, reason);
            }
            Inbound::PubComp => self.acknowledge(connection, 0),
            Inbound::Other => {}
            Inbound::Disconnect { reason } => return Err(Disconnected { reason }),
        }
        Ok(())
    }

    /// The publishers that may have room since the last call; the caller gives the list back empty.
    pub(crate) fn take_ready(&mut self) -> Vec<usize> {
        self.is_ready.fill(false);
        std::mem::take(&mut self.ready)
    }

    /// Gives the emptied list back, so that its memory is used again.
    pub(crate) fn put_back(&mut self, mut ready: Vec<usize>) {
        ready.clear();
        ready.append(&mut self.ready);
        self.ready = ready;
    }

    /// Looks at this publisher again when there is room in its socket.
    pub(crate) fn make_ready(&mut self, publisher: usize) {
        if let Some(is_ready) = self.is_ready.get_mut(publisher)
            && !*is_ready
        {
            *is_ready = true;
            self.ready.push(publisher);
        }
    }

    /// Writes one message of a publisher that has room; false if it has none.
    pub(crate) fn publish(&mut self, publisher: usize, nanos: u64, out: &mut Vec<u8>) -> bool {
        let Some(publisher) = self.publishers.get_mut(publisher) else { return false };
        if !publisher.may_publish() {
            return false;
        }
        publisher.publish(nanos, out);
        self.counts.published += 1;
        true
    }

    /// Whether everything that was sent has come back.
    pub(crate) fn is_drained(&self) -> bool {
        self.publishers.iter().all(Publisher::is_idle)
    }

    /// Writes off the windows that have not moved since the last call.
    pub(crate) fn write_off_stalled(&mut self) {
        for index in 0..self.publishers.len() {
            let Some(publisher) = self.publishers.get_mut(index) else { continue };
            let completed = publisher.window.completed();
            let moved = completed != publisher.last_completed;
            publisher.last_completed = completed;
            if moved || publisher.is_idle() {
                continue;
            }
            publisher.write_off();
            let sent = publisher.window.sent();
            publisher.last_completed = sent;
            self.counts.stalls += 1;
            for subscriber in &mut self.subscribers {
                if let Some(sequence) = subscriber.sequence_of(index) {
                    sequence.skip_to(sent);
                }
            }
            self.make_ready(index);
        }
    }

    /// Adds up what went wrong; meaningful once drained.
    pub(crate) fn integrity(&self) -> Integrity {
        let mut integrity = Integrity::default();
        for publisher in &self.publishers {
            integrity.refused += publisher.refused;
        }
        for subscriber in &self.subscribers {
            let heard = self.publishers.iter().skip(subscriber.first_publisher);
            for (sequence, publisher) in subscriber.sequences.iter().zip(heard) {
                integrity.lost += publisher.window.sent().saturating_sub(sequence.unique);
                integrity.duplicated += sequence.duplicated;
                integrity.reordered += sequence.reordered;
            }
        }
        integrity
    }

    fn acknowledge(&mut self, connection: usize, reason: u8) {
        let receivers = self.plan.receivers_per_message();
        if let Some(publisher) = self.publishers.get_mut(connection) {
            publisher.acknowledge(reason, receivers);
            self.counts.acknowledged += 1;
            self.make_ready(connection);
        }
    }

    fn deliver(&mut self, subscriber: usize, topic: &[u8], payload: &[u8], nanos: u64) {
        let Some((publisher, number, sent_at)) = self.recognize(topic, payload) else {
            self.counts.foreign += 1;
            return;
        };
        let sequence = self.subscribers.get_mut(subscriber).and_then(|s| s.sequence_of(publisher));
        let Some(sequence) = sequence else {
            self.counts.foreign += 1;
            return;
        };
        self.counts.deliveries += 1;
        self.counts.delivered_bytes += u64::try_from(payload.len()).unwrap_or(0);
        if let Some(sent_at) = sent_at {
            self.latency.record(nanos.saturating_sub(sent_at));
        }
        let passed = sequence.receive(number);
        if let Some(sender) = self.publishers.get_mut(publisher) {
            sender.window.pass(passed);
            if sender.may_publish() {
                self.make_ready(publisher);
            }
        }
    }

    /// Publisher, number and time of a delivery of this load.
    fn recognize(&self, topic: &[u8], payload: &[u8]) -> Option<(usize, u64, Option<u64>)> {
        let index = self.plan.publisher_of_topic(topic)?;
        let publisher = self.publishers.get(index)?;
        let (number, sent_at) = publisher.read(payload)?;
        (number < publisher.window.sent()).then_some((index, number, sent_at))
    }
}

impl Subscriber {
    fn sequence_of(&mut self, publisher: usize) -> Option<&mut Sequence> {
        self.sequences.get_mut(publisher.checked_sub(self.first_publisher)?)
    }
}

impl Integrity {
    /// Whether nothing that this QoS promises was broken. Losses count at every QoS: the queue
    /// limits of a measured broker are raised so that it need not drop.
    pub(crate) fn holds(&self, qos: QoS) -> bool {
        let copies_allowed = qos == QoS::AtLeastOnce;
        self.lost == 0
            && self.reordered == 0
            && self.refused == 0
            && (self.duplicated == 0 || copies_allowed)
    }
}

#[cfg(test)]
mod tests;
