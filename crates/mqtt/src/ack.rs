//! PUBACK, PUBREC, PUBREL and PUBCOMP, which look alike [MQTT5-3.4 to 3.7]. It does not know
//! exchanges.

use crate::{
    DecodeError, Frame, PacketId, PacketType, Properties, ReasonCode, Version, properties::Place,
    reason_set::ReasonSet, writer,
};

/// PUBACK, PUBREC, PUBREL and PUBCOMP [MQTT5-3.4 to 3.7].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack<'b> {
    /// Of the PUBLISH it answers.
    pub packet_id: PacketId,
    /// Success where the packet left it out and before 5.0.
    pub reason: ReasonCode,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
}

/// Which of the four an [`Ack`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the specification's names")]
pub enum AckType {
    PubAck,
    PubRec,
    PubRel,
    PubComp,
}

impl From<AckType> for PacketType {
    #[inline]
    fn from(ack_type: AckType) -> Self {
        match ack_type {
            AckType::PubAck => Self::PubAck,
            AckType::PubRec => Self::PubRec,
            AckType::PubRel => Self::PubRel,
            AckType::PubComp => Self::PubComp,
        }
    }
}

impl<'b> Ack<'b> {
    /// An acknowledgement without properties.
    #[must_use]
    pub const fn new(packet_id: PacketId, reason: ReasonCode) -> Self {
        Self { packet_id, reason, properties: Properties::EMPTY }
    }

    /// Reads one of the four.
    ///
    /// # Errors
    /// When the frame is no such packet.
    #[inline]
    pub fn decode(
        frame: &Frame<'b>,
        ack_type: AckType,
        version: Version,
    ) -> Result<Self, DecodeError> {
        let mut reader = frame.reader(ack_type.into(), version)?;
        let packet_id = reader.packet_id()?;
        if !version.has_properties() || reader.is_empty() {
            reader.end()?;
            return Ok(Self::new(packet_id, ReasonCode::Success));
        }
        let reason = match ack_type {
            AckType::PubAck | AckType::PubRec => ReasonSet::RECEIVED,
            AckType::PubRel | AckType::PubComp => ReasonSet::RELEASED,
        }
        .read(reader.byte()?)?;
        let properties = match reader.is_empty() {
            true => Properties::EMPTY,
            false => Properties::read(&mut reader, Place::Ack)?,
        };
        reader.end()?;
        Ok(Self { packet_id, reason, properties })
    }

    /// Appends one of the four, in its shortest form.
    #[inline]
    pub fn encode(&self, ack_type: AckType, version: Version, out: &mut Vec<u8>) {
        if version.has_properties() && !self.properties.is_empty() {
            writer::packet(ack_type.into(), out, |writer| {
                writer.packet_id(self.packet_id);
                writer.byte(self.reason.as_u8());
                writer.properties(self.properties);
            });
        } else {
            encode_ack(ack_type, self.packet_id, self.reason, version, out);
        }
    }
}

/// Appends an acknowledgement without properties: four bytes, five with a reason in 5.0.
#[inline]
pub fn encode_ack(
    ack_type: AckType,
    packet_id: PacketId,
    reason: ReasonCode,
    version: Version,
    out: &mut Vec<u8>,
) {
    let header = PacketType::from(ack_type).header();
    let [high, low] = packet_id.get().to_be_bytes();
    if reason == ReasonCode::Success || !version.has_properties() {
        out.extend_from_slice(&[header, 2, high, low]);
    } else {
        out.extend_from_slice(&[header, 3, high, low, reason.as_u8()]);
    }
}

#[cfg(test)]
mod tests;
