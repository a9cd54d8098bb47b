//! A message on its way to one client, written as the PUBLISH that this client gets. It does not
//! know windows, queues or how many others get it.

use crate::{
    MessageRef, PacketId, QoS, Version,
    properties::{MESSAGE_EXPIRY_INTERVAL, SUBSCRIPTION_IDENTIFIER},
    publish::Head,
    variable,
};

/// A message for one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery<'b> {
    /// What is delivered; its own QoS and RETAIN flag are those of the publisher and are not
    /// written.
    pub message: MessageRef<'b>,
    /// What the client gets: no more than was published and granted [MQTT5-3.8.4-8].
    pub qos: QoS,
    /// The RETAIN flag that the client sees.
    pub retain: bool,
    /// Whether the packet may have been sent before [MQTT5-3.3.1-1].
    pub dup: bool,
    /// Present exactly when `qos` is above 0.
    pub packet_id: Option<PacketId>,
    /// Of the subscriptions that matched [MQTT5-3.3.4-4]; none is 0.
    pub subscription_identifiers: &'b [u32],
    /// Seconds that are left, when the message expires [MQTT5-3.3.2-6].
    pub message_expiry_interval: Option<u32>,
}

impl Delivery<'_> {
    /// Bytes of the packet, to compare with the client's Maximum Packet Size [MQTT5-3.1.2-24].
    #[must_use]
    pub fn encoded_size(&self, version: Version) -> usize {
        self.head(version).packet_size()
    }

    /// Appends the packet: the properties that are forwarded, in the order received, then what this
    /// delivery adds. A packet above what the protocol can carry leaves `out` as it was.
    #[inline]
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        let head = self.head(version);
        if !head.write(out) {
            return;
        }
        if head.properties_len.is_some_and(|len| len > 0) {
            self.write_properties(out);
        }
        out.extend_from_slice(self.message.payload);
    }

    #[inline]
    fn head(&self, version: Version) -> Head<'_> {
        Head {
            qos: self.qos,
            retain: self.retain,
            dup: self.dup,
            topic: self.message.topic,
            packet_id: self.packet_id,
            properties_len: version.has_properties().then(|| self.properties_len()),
            payload_len: self.message.payload.len(),
        }
    }

    #[inline]
    fn properties_len(&self) -> usize {
        let mut len = if self.message_expiry_interval.is_some() { 5 } else { 0 };
        if !self.message.properties.is_empty() {
            len += self.message.properties.forwarded().map(<[u8]>::len).sum::<usize>();
        }
        for id in self.subscription_identifiers {
            len += 1 + variable::size(*id as usize);
        }
        len
    }

    fn write_properties(&self, out: &mut Vec<u8>) {
        for property in self.message.properties.forwarded() {
            out.extend_from_slice(property);
        }
        if let Some(seconds) = self.message_expiry_interval {
            out.push(MESSAGE_EXPIRY_INTERVAL);
            out.extend_from_slice(&seconds.to_be_bytes());
        }
        for id in self.subscription_identifiers {
            out.push(SUBSCRIPTION_IDENTIFIER);
            variable::write(*id, out);
        }
    }
}

#[cfg(test)]
mod tests;
