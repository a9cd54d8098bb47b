//! One publishing connection of a load: writes its messages, counts what is not yet acknowledged.
//! It does not know sockets or who receives.

use sluice_mqtt::{QoS, Version};

use super::payload::Payload;
use super::window::Window;
use super::wire;

/// Writes the same PUBLISH again and again with another number, time and packet identifier.
#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    /// Fixed header, remaining length and topic.
    head: Vec<u8>,
    qos: QoS,
    version: Version,
    payload: Payload,
    /// What the receivers have not passed yet.
    pub(crate) window: Window,
    /// Exchanges that the broker has not ended; always 0 at QoS 0.
    unacknowledged: u64,
    /// Never more unacknowledged than this: the window, or the broker's Receive Maximum if that is
    /// less.
    unacknowledged_max: u64,
    acknowledged: u64,
    packet_id: u16,
    /// Messages that the broker refused with a reason code.
    pub(crate) refused: u64,
    /// `window.completed()` when it was last seen to move, for finding stalls.
    pub(crate) last_completed: u64,
}

impl Publisher {
    pub(crate) fn new(
        topic: &str,
        payload: Payload,
        window: Window,
        protocol: (Version, QoS),
    ) -> Self {
        let (version, qos) = protocol;
        let unacknowledged_max = window.room();
        let head = head(topic, &payload, protocol);
        Self {
            head,
            qos,
            version,
            payload,
            window,
            unacknowledged: 0,
            unacknowledged_max,
            acknowledged: 0,
            packet_id: 0,
            refused: 0,
            last_completed: 0,
        }
    }

    /// Obeys the Receive Maximum of the broker.
    pub(crate) fn limit_unacknowledged(&mut self, receive_maximum: u16) {
        self.unacknowledged_max = self.unacknowledged_max.min(u64::from(receive_maximum));
    }

    /// Whether a message may be written now.
    pub(crate) fn may_publish(&self) -> bool {
        self.window.room() > 0 && self.unacknowledged < self.unacknowledged_max
    }

    /// Whether neither a receiver nor an acknowledgement is waited for.
    pub(crate) fn is_idle(&self) -> bool {
        self.window.completed() == self.window.sent() && self.unacknowledged == 0
    }

    /// Writes the next message.
    pub(crate) fn publish(&mut self, nanos: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        if self.qos != QoS::AtMostOnce {
            // Skips 0, which is no packet identifier.
            self.packet_id = self.packet_id.checked_add(1).unwrap_or(1);
            out.extend_from_slice(&self.packet_id.to_be_bytes());
            self.unacknowledged += 1;
        }
        if self.version == Version::V5 {
            out.push(0);
        }
        let number = self.window.send();
        self.payload.write(number, nanos, out);
    }

    /// PUBACK, PUBCOMP or a refusing PUBREC ended an exchange.
    pub(crate) fn acknowledge(&mut self, reason: u8, receivers: u32) {
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
        self.acknowledged += 1;
        let refused = reason >= 0x80;
        self.refused += u64::from(refused);
        if receivers == 0 {
            self.window.pass(0..self.acknowledged);
        }
    }

    /// Number and time of one of its payloads.
    pub(crate) fn read(&self, payload: &[u8]) -> Option<(u64, Option<u64>)> {
        self.payload.read(payload)
    }

    /// Takes all that is on its way for lost.
    pub(crate) fn write_off(&mut self) {
        self.window.write_off();
        self.unacknowledged = 0;
        self.acknowledged = self.window.sent();
    }
}

fn head(topic: &str, payload: &Payload, (version, qos): (Version, QoS)) -> Vec<u8> {
    let packet_id_len = if qos == QoS::AtMostOnce { 0 } else { 2 };
    let properties_len = usize::from(version == Version::V5);
    let len = 2 + topic.len() + packet_id_len + properties_len + payload.len();
    let mut head = vec![0x30 | (qos as u8) << 1];
    wire::put_variable_integer(len, &mut head);
    head.extend_from_slice(&u16::try_from(topic.len()).unwrap_or(u16::MAX).to_be_bytes());
    head.extend_from_slice(topic.as_bytes());
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::wire::{Inbound, cut};

    fn publisher(version: Version, qos: QoS) -> Publisher {
        Publisher::new("b/7", Payload::binary(200), Window::new(2, 1), (version, qos))
    }

    #[test]
    fn what_it_writes_is_a_publish() {
        for version in [Version::V3_1_1, Version::V5] {
            for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                let mut publisher = publisher(version, qos);
                let mut out = Vec::new();
                publisher.publish(99, &mut out);
                let (inbound, size) = cut(&out, version).unwrap().unwrap();
                let Inbound::Publish { topic, qos: sent, packet_id, payload } = inbound else {
                    panic!("{inbound:?}")
                };
                let id = u8::from(qos != QoS::AtMostOnce);
                assert_eq!((topic, sent, packet_id), (&b"b/7"[..], qos as u8, [0, id]));
                assert_eq!(size, out.len());
                assert_eq!(publisher.read(payload), Some((0, Some(99))));
            }
        }
    }

    #[test]
    fn it_waits_for_receivers_and_for_acknowledgements() {
        let mut publisher = publisher(Version::V3_1_1, QoS::AtLeastOnce);
        let mut out = Vec::new();
        publisher.publish(0, &mut out);
        publisher.publish(0, &mut out);
        assert!(!publisher.may_publish());
        publisher.window.pass(0..2);
        assert!(!publisher.may_publish());
        publisher.acknowledge(0x97, 1);
        assert!(publisher.may_publish() && !publisher.is_idle());
        publisher.acknowledge(0, 1);
        assert!(publisher.is_idle());
        assert_eq!(publisher.refused, 1);
    }

    #[test]
    fn without_receivers_an_acknowledgement_completes() {
        let mut publisher = publisher(Version::V5, QoS::AtLeastOnce);
        publisher.publish(0, &mut Vec::new());
        publisher.limit_unacknowledged(1);
        assert!(!publisher.may_publish());
        publisher.acknowledge(0x10, 0);
        assert!(publisher.may_publish() && publisher.is_idle());
    }
}
