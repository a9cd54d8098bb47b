//! What a worker has done, in numbers that balance. It does not know how they are shown.

use sluice_mqtt::QoS;
use sluice_session::{Dropped, Fate, Pumped};

/// Counts since the worker started; plain numbers, since only its worker touches them.
///
/// `offered = sent + waiting + dropped`, where `waiting` is what lies in the queues of sessions now
/// and every offer is one message for one session. A delivery that is resent counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what it counts")]
pub struct Counters {
    pub connections_accepted: u64,
    pub connections_open: u64,
    pub sessions: u64,
    pub packets_received: u64,
    pub bytes_received: u64,
    pub bytes_sent: u64,
    pub publishes_received: u64,
    pub publishes_without_subscribers: u64,
    pub publishes_refused: u64,
    pub publishes_held: u64,
    pub publishes_abandoned: u64,
    pub messages_derived: u64,
    pub chains_ended: u64,
    pub offered: u64,
    pub sent: u64,
    pub waiting: u64,
    pub dropped_queue_full: u64,
    pub dropped_offline: u64,
    pub dropped_too_large: u64,
    pub dropped_expired: u64,
    pub dropped_session_ended: u64,
    pub connections_refused: u64,
    pub clients_connected: u64,
    pub clients_disconnected: u64,
    pub packets_sent: u64,
    pub publishes_received_qos0: u64,
    pub publishes_received_qos1: u64,
    pub publishes_received_qos2: u64,
    pub payload_bytes_received: u64,
    pub sent_qos0: u64,
    pub sent_qos1: u64,
    pub sent_qos2: u64,
    pub payload_bytes_sent: u64,
    pub acknowledged: u64,
    pub panics: u64,
}

impl Counters {
    /// Takes back what was counted of a connection that moves to its home with its CONNECT, which
    /// counts it anew.
    pub(crate) const fn handed_over(&mut self, unread: usize) {
        self.connections_accepted -= 1;
        self.packets_received -= 1;
        self.bytes_received -= unread as u64;
    }

    /// Enters a PUBLISH of a client.
    pub(crate) const fn publish_received(&mut self, qos: QoS, payload_bytes: usize) {
        self.publishes_received += 1;
        self.payload_bytes_received += payload_bytes as u64;
        match qos {
            QoS::AtMostOnce => self.publishes_received_qos0 += 1,
            QoS::AtLeastOnce => self.publishes_received_qos1 += 1,
            QoS::ExactlyOnce => self.publishes_received_qos2 += 1,
        }
    }

    /// Enters a PUBLISH to a client, which is counted in `sent` besides.
    pub(crate) const fn publish_sent(&mut self, qos: QoS, payload_bytes: usize) {
        self.payload_bytes_sent += payload_bytes as u64;
        match qos {
            QoS::AtMostOnce => self.sent_qos0 += 1,
            QoS::AtLeastOnce => self.sent_qos1 += 1,
            QoS::ExactlyOnce => self.sent_qos2 += 1,
        }
    }

    /// Clients that are connected now.
    #[must_use]
    pub const fn clients(&self) -> u64 {
        self.clients_connected.saturating_sub(self.clients_disconnected)
    }

    /// Enters what became of one offer.
    pub const fn offered(&mut self, fate: Fate) {
        self.offered += 1;
        match fate {
            Fate::Sent => self.sent += 1,
            Fate::Queued => self.waiting += 1,
            Fate::Dropped(reason) => self.dropped(reason, 1),
        }
    }

    /// Enters messages that left a queue.
    pub const fn pumped(&mut self, pumped: Pumped) {
        self.waiting -= pumped.sent + pumped.expired + pumped.too_large;
        self.sent += pumped.sent;
        self.dropped(Dropped::Expired, pumped.expired);
        self.dropped(Dropped::TooLarge, pumped.too_large);
    }

    /// Enters messages that waited for a session which ended.
    pub const fn session_ended(&mut self, waiting: usize) {
        self.waiting -= waiting as u64;
        self.dropped(Dropped::SessionEnded, waiting as u64);
    }

    /// Everything that was dropped, whatever the reason.
    #[must_use]
    pub const fn dropped_total(&self) -> u64 {
        self.dropped_queue_full
            + self.dropped_offline
            + self.dropped_too_large
            + self.dropped_expired
            + self.dropped_session_ended
    }

    /// Whether every offer is accounted for.
    #[must_use]
    pub const fn balance(&self) -> bool {
        self.offered == self.sent + self.waiting + self.dropped_total()
    }

    /// Adds another worker's counts.
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.connections_accepted, other.connections_accepted),
            (&mut self.connections_open, other.connections_open),
            (&mut self.sessions, other.sessions),
            (&mut self.packets_received, other.packets_received),
            (&mut self.bytes_received, other.bytes_received),
            (&mut self.bytes_sent, other.bytes_sent),
            (&mut self.publishes_received, other.publishes_received),
            (&mut self.publishes_without_subscribers, other.publishes_without_subscribers),
            (&mut self.publishes_refused, other.publishes_refused),
            (&mut self.publishes_held, other.publishes_held),
            (&mut self.publishes_abandoned, other.publishes_abandoned),
            (&mut self.messages_derived, other.messages_derived),
            (&mut self.chains_ended, other.chains_ended),
            (&mut self.offered, other.offered),
            (&mut self.sent, other.sent),
            (&mut self.waiting, other.waiting),
            (&mut self.dropped_queue_full, other.dropped_queue_full),
            (&mut self.dropped_offline, other.dropped_offline),
            (&mut self.dropped_too_large, other.dropped_too_large),
            (&mut self.dropped_expired, other.dropped_expired),
            (&mut self.dropped_session_ended, other.dropped_session_ended),
            (&mut self.connections_refused, other.connections_refused),
            (&mut self.clients_connected, other.clients_connected),
            (&mut self.clients_disconnected, other.clients_disconnected),
            (&mut self.packets_sent, other.packets_sent),
            (&mut self.publishes_received_qos0, other.publishes_received_qos0),
            (&mut self.publishes_received_qos1, other.publishes_received_qos1),
            (&mut self.publishes_received_qos2, other.publishes_received_qos2),
            (&mut self.payload_bytes_received, other.payload_bytes_received),
            (&mut self.sent_qos0, other.sent_qos0),
            (&mut self.sent_qos1, other.sent_qos1),
            (&mut self.sent_qos2, other.sent_qos2),
            (&mut self.payload_bytes_sent, other.payload_bytes_sent),
            (&mut self.acknowledged, other.acknowledged),
            (&mut self.panics, other.panics),
        ];
        for (count, more) in pairs {
            *count += more;
        }
    }

    const fn dropped(&mut self, reason: Dropped, count: u64) {
        match reason {
            Dropped::QueueFull => self.dropped_queue_full += count,
            Dropped::Offline => self.dropped_offline += count,
            Dropped::TooLarge => self.dropped_too_large += count,
            Dropped::Expired => self.dropped_expired += count,
            Dropped::SessionEnded => self.dropped_session_ended += count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_sent_or_waits_or_is_dropped() {
        let mut counters = Counters::default();
        counters.offered(Fate::Sent);
        for _ in 0..5 {
            counters.offered(Fate::Queued);
        }
        counters.offered(Fate::Dropped(Dropped::Offline));
        counters.offered(Fate::Dropped(Dropped::QueueFull));
        assert!(counters.balance());
        counters.pumped(Pumped { sent: 1, expired: 1, too_large: 1 });
        counters.session_ended(2);
        assert!(counters.balance());
        assert_eq!((counters.offered, counters.sent, counters.waiting), (8, 2, 0));
        assert_eq!((counters.dropped_total(), counters.dropped_session_ended), (6, 2));
    }

    #[test]
    fn what_workers_did_is_added_up_field_by_field() {
        // Each field has a value of its own, so that none can be forgotten or take another's.
        let mut next = 0;
        let mut number = || {
            next += 1;
            next
        };
        let one = Counters {
            connections_accepted: number(),
            connections_open: number(),
            sessions: number(),
            packets_received: number(),
            bytes_received: number(),
            bytes_sent: number(),
            publishes_received: number(),
            publishes_without_subscribers: number(),
            publishes_refused: number(),
            publishes_held: number(),
            publishes_abandoned: number(),
            messages_derived: number(),
            chains_ended: number(),
            offered: number(),
            sent: number(),
            waiting: number(),
            dropped_queue_full: number(),
            dropped_offline: number(),
            dropped_too_large: number(),
            dropped_expired: number(),
            dropped_session_ended: number(),
            connections_refused: number(),
            clients_connected: number(),
            clients_disconnected: number(),
            packets_sent: number(),
            publishes_received_qos0: number(),
            publishes_received_qos1: number(),
            publishes_received_qos2: number(),
            payload_bytes_received: number(),
            sent_qos0: number(),
            sent_qos1: number(),
            sent_qos2: number(),
            payload_bytes_sent: number(),
            acknowledged: number(),
            panics: number(),
        };
        let mut sum = Counters::default();
        sum.add(&one);
        assert_eq!(sum, one);
        sum.add(&one);
        assert_eq!((sum.connections_accepted, sum.waiting, sum.panics), (2, 32, 70));
    }
}
