//! PUBLISH [MQTT5-3.3]: reading one and writing one. It does not know topic aliases or who
//! subscribes.

use crate::{
    DecodeError, Frame, MessageRef, PacketId, PacketType, Properties, QoS, ReasonCode, Version,
    properties::Place, variable,
};

/// PUBLISH [MQTT5-3.3].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish<'b> {
    /// Whether this may be a redelivery.
    pub dup: bool,
    /// Present exactly when the QoS is above 0.
    pub packet_id: Option<PacketId>,
    /// Topic (empty when an alias stands for it), payload, QoS, retain, properties.
    pub message: MessageRef<'b>,
}

impl<'b> Publish<'b> {
    /// Reads a PUBLISH of either side: one of a client carries no Subscription Identifier
    /// [MQTT5-3.3.4-6], which is left to the session to refuse.
    ///
    /// # Errors
    /// When the frame is no such packet.
    #[inline]
    pub fn decode(frame: &Frame<'b>, version: Version) -> Result<Self, DecodeError> {
        let mut reader = frame.reader(PacketType::Publish, version)?;
        let flags = frame.flags();
        let dup = flags & DUP != 0;
        // [MQTT5-3.3.1-4, MQTT3-3.3.1-4]
        let qos = QoS::from_bits(flags >> 1 & 3)
            .ok_or(const { DecodeError::malformed("QoS 3 in PUBLISH") })?;
        let topic = reader.topic_name()?;
        let packet_id = match qos {
            QoS::AtMostOnce if dup => {
                // [MQTT5-3.3.1-2, MQTT3-3.3.1-2]
                return Err(DecodeError::protocol("DUP with QoS 0"));
            }
            QoS::AtMostOnce => None,
            QoS::AtLeastOnce | QoS::ExactlyOnce => Some(reader.packet_id()?),
        };
        let properties = match version {
            Version::V5 => Properties::read(&mut reader, Place::Publish)?,
            Version::V3_1 | Version::V3_1_1 => Properties::EMPTY,
        };
        if topic.is_empty() {
            check_absent_topic(version, properties)?;
        }
        let message = MessageRef {
            topic,
            payload: reader.rest(),
            qos,
            retain: flags & RETAIN != 0,
            properties,
            expires_at: None,
        };
        Ok(Self { dup, packet_id, message })
    }

    /// Appends the packet with all properties of its message as they are; a broker that passes a
    /// message on uses [`Delivery`](crate::Delivery).
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        let head = Head {
            qos: self.message.qos,
            retain: self.message.retain,
            dup: self.dup,
            topic: self.message.topic,
            packet_id: self.packet_id,
            properties_len: version
                .has_properties()
                .then(|| self.message.properties.as_bytes().len()),
            payload_len: self.message.payload.len(),
        };
        if head.write(out) {
            if version.has_properties() {
                out.extend_from_slice(self.message.properties.as_bytes());
            }
            out.extend_from_slice(self.message.payload);
        }
    }
}

const RETAIN: u8 = 0b0001;
const DUP: u8 = 0b1000;

#[cold]
fn check_absent_topic(version: Version, properties: Properties<'_>) -> Result<(), DecodeError> {
    if version != Version::V5 {
        // [MQTT3-4.7.3-1]
        Err(DecodeError::new(ReasonCode::TopicNameInvalid, "an empty topic name"))
    } else if properties.topic_alias().is_none() {
        Err(DecodeError::protocol("neither a topic name nor a topic alias"))
    } else {
        Ok(())
    }
}

/// What stands before properties and payload.
pub(crate) struct Head<'b> {
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) dup: bool,
    pub(crate) topic: &'b str,
    pub(crate) packet_id: Option<PacketId>,
    /// `None` before 5.0.
    pub(crate) properties_len: Option<usize>,
    pub(crate) payload_len: usize,
}

impl Head<'_> {
    /// The whole packet's size, were there no limit to it.
    #[inline]
    pub(crate) fn packet_size(&self) -> usize {
        let body = self.body_size();
        1 + variable::size(body) + body
    }

    #[inline]
    fn body_size(&self) -> usize {
        2 + self.topic.len()
            + if self.packet_id.is_some() { 2 } else { 0 }
            + self.properties_len.map_or(0, |len| variable::size(len) + len)
            + self.payload_len
    }

    /// The flags of the fixed header. DUP is never set with QoS 0 [MQTT5-3.3.1-2].
    #[inline]
    const fn flags(&self) -> u8 {
        let dup = if self.dup && !matches!(self.qos, QoS::AtMostOnce) { DUP } else { 0 };
        let retain = if self.retain { RETAIN } else { 0 };
        dup | self.qos.as_u8() << 1 | retain
    }

    /// Reserves room for the whole packet and writes it up to the property length. Writes nothing
    /// and says so when the wire has no form for the packet.
    #[inline]
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> bool {
        let body = self.body_size();
        let (Ok(topic_len), Ok(length @ 0..=variable::MAX)) =
            (u16::try_from(self.topic.len()), u32::try_from(body))
        else {
            return false;
        };
        out.reserve(1 + variable::size(body) + body);
        let header = PacketType::Publish.header() | self.flags();
        let [high, low] = topic_len.to_be_bytes();
        if let Ok(length @ 0..0x80) = u8::try_from(length) {
            out.extend_from_slice(&[header, length, high, low]);
        } else {
            out.push(header);
            variable::write(length, out);
            out.extend_from_slice(&[high, low]);
        }
        out.extend_from_slice(self.topic.as_bytes());
        if let Some(packet_id) = self.packet_id {
            out.extend_from_slice(&packet_id.get().to_be_bytes());
        }
        if let Some(len) = self.properties_len {
            // No longer than the body, whose length fits.
            variable::write(u32::try_from(len).unwrap_or(0), out);
        }
        true
    }
}

#[cfg(test)]
mod tests;
