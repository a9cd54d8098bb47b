//! Messages above QoS 0 on their way to the server, and the packet identifiers in use. It does not
//! know what the messages say.

use std::num::NonZeroU16;

use sluice_mqtt::{PacketId, QoS};

/// Never holds more than the server takes at a time.
#[derive(Debug)]
pub(crate) struct Outbound {
    /// Begun and not ended.
    exchanges: Vec<PacketId>,
    limit: u16,
    /// The packet identifier given last.
    last: u16,
}

impl Default for Outbound {
    fn default() -> Self {
        Self { exchanges: Vec::new(), limit: LIMIT_DEFAULT, last: 0 }
    }
}

impl Outbound {
    pub(crate) fn limit(&mut self, receive_maximum: u16) {
        self.limit = self.limit.min(receive_maximum);
    }

    pub(crate) fn has_room(&self) -> bool {
        self.exchanges.len() < usize::from(self.limit)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.exchanges.is_empty()
    }

    /// Begins an exchange above QoS 0.
    pub(crate) fn publish(&mut self, qos: QoS) -> Option<PacketId> {
        if qos == QoS::AtMostOnce {
            return None;
        }
        let packet_id = self.next_packet_id();
        self.exchanges.push(packet_id);
        Some(packet_id)
    }

    /// One that no exchange uses. There always is one: the exchanges are far fewer.
    pub(crate) fn next_packet_id(&mut self) -> PacketId {
        loop {
            self.last = self.last.checked_add(1).unwrap_or(1);
            let packet_id = PacketId(NonZeroU16::new(self.last).unwrap_or(NonZeroU16::MIN));
            if !self.contains(packet_id) {
                return packet_id;
            }
        }
    }

    pub(crate) fn contains(&self, packet_id: PacketId) -> bool {
        self.exchanges.contains(&packet_id)
    }

    /// Ends an exchange; false if there was none.
    pub(crate) fn finish(&mut self, packet_id: PacketId) -> bool {
        let place = self.exchanges.iter().position(|known| *known == packet_id);
        place.map(|place| self.exchanges.remove(place)).is_some()
    }
}

/// Without a Receive Maximum from the server: enough to keep it busy, few enough to look through.
const LIMIT_DEFAULT: u16 = 100;
