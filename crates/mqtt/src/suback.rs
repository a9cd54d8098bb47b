//! SUBACK [MQTT5-3.9] and UNSUBACK [MQTT5-3.11]. It does not know what was asked for.

use crate::{
    DecodeError, Frame, PacketId, PacketType, Properties, ReasonCodes, Version, properties::Place,
    reason_set::ReasonSet, writer,
};

/// SUBACK [MQTT5-3.9].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubAck<'b> {
    /// Of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// One byte for each filter, in order. For 3.x every code from 0x80 on is written as 0x80.
    pub reasons: ReasonCodes<'b>,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
}

/// UNSUBACK [MQTT5-3.11].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsubAck<'b> {
    /// Of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// One for each filter in order; not written before 5.0.
    pub reasons: ReasonCodes<'b>,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
}

impl<'b> SubAck<'b> {
    /// Reads what a server granted.
    ///
    /// # Errors
    /// When the frame is no such packet.
    pub fn decode(frame: &Frame<'b>, version: Version) -> Result<Self, DecodeError> {
        let mut reader = frame.reader(PacketType::SubAck, version)?;
        let packet_id = reader.packet_id()?;
        let (properties, allowed) = match version.has_properties() {
            true => (Properties::read(&mut reader, Place::Ack)?, ReasonSet::SUBACK),
            false => (Properties::EMPTY, ReasonSet::SUBACK_BEFORE_5),
        };
        if reader.is_empty() {
            return Err(DecodeError::protocol("SUBACK without a reason code"));
        }
        let reasons = ReasonCodes::read(reader.rest(), allowed)?;
        Ok(Self { packet_id, reasons, properties })
    }

    /// Appends the packet.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        writer::packet(PacketType::SubAck, out, |writer| {
            writer.packet_id(self.packet_id);
            writer.properties_of(version, self.properties);
            for reason in self.reasons.iter() {
                writer.byte(match version {
                    Version::V5 => reason.as_u8(),
                    // [MQTT3-3.9.3-2]
                    Version::V3_1 | Version::V3_1_1 => reason.as_u8().min(0x80),
                });
            }
        });
    }
}

impl<'b> UnsubAck<'b> {
    /// Reads what a server removed.
    ///
    /// # Errors
    /// When the frame is no such packet.
    pub fn decode(frame: &Frame<'b>, version: Version) -> Result<Self, DecodeError> {
        let mut reader = frame.reader(PacketType::UnsubAck, version)?;
        let packet_id = reader.packet_id()?;
        if !version.has_properties() {
            reader.end()?;
            let (reasons, properties) = (ReasonCodes::default(), Properties::EMPTY);
            return Ok(Self { packet_id, reasons, properties });
        }
        let properties = Properties::read(&mut reader, Place::Ack)?;
        if reader.is_empty() {
            return Err(DecodeError::protocol("UNSUBACK without a reason code"));
        }
        let reasons = ReasonCodes::read(reader.rest(), ReasonSet::UNSUBACK)?;
        Ok(Self { packet_id, reasons, properties })
    }

    /// Appends the packet.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        writer::packet(PacketType::UnsubAck, out, |writer| {
            writer.packet_id(self.packet_id);
            if version.has_properties() {
                writer.properties(self.properties);
                for reason in self.reasons.iter() {
                    writer.byte(reason.as_u8());
                }
            }
        });
    }
}

#[cfg(test)]
mod tests;
