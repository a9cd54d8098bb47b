//! UNSUBSCRIBE [MQTT5-3.10]. It does not know which subscriptions exist.

use crate::{
    DecodeError, Frame, PacketId, PacketType, Properties, Version, properties::Place,
    reader::Reader, writer,
};

/// UNSUBSCRIBE [MQTT5-3.10]. Read its filters by [`Unsubscribe::filters`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'b> {
    /// Answered by UNSUBACK.
    pub packet_id: PacketId,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
    /// The payload; never empty.
    filters: &'b [u8],
}

impl<'b> Unsubscribe<'b> {
    /// Reads the packet and checks every filter to be a string.
    ///
    /// # Errors
    /// When the frame is no such packet.
    pub fn decode(frame: &Frame<'b>, version: Version) -> Result<Self, DecodeError> {
        let mut reader = frame.reader(PacketType::Unsubscribe, version)?;
        let packet_id = reader.packet_id()?;
        let properties = match version.has_properties() {
            true => Properties::read(&mut reader, Place::Unsubscribe)?,
            false => Properties::EMPTY,
        };
        let filters = reader.rest();
        if reader.is_empty() {
            // [MQTT5-3.10.3-2, MQTT3-3.10.3-2]
            return Err(DecodeError::protocol("UNSUBSCRIBE without a filter"));
        }
        while !reader.is_empty() {
            reader.text()?;
        }
        Ok(Self { packet_id, properties, filters })
    }

    /// The filters in order, as sent: UTF-8 is checked, their validity is not.
    pub fn filters(&self) -> impl Iterator<Item = &'b str> + use<'b> {
        let mut reader = Reader::new(self.filters);
        std::iter::from_fn(move || reader.text().ok())
    }

    /// Appends the packet.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        writer::packet(PacketType::Unsubscribe, out, |writer| {
            writer.packet_id(self.packet_id);
            writer.properties_of(version, self.properties);
            writer.bytes(self.filters);
        });
    }
}

/// Appends an UNSUBSCRIBE for these filters.
pub fn encode_unsubscribe(
    packet_id: PacketId,
    properties: Properties<'_>,
    filters: &[&str],
    version: Version,
    out: &mut Vec<u8>,
) {
    writer::packet(PacketType::Unsubscribe, out, |writer| {
        writer.packet_id(packet_id);
        writer.properties_of(version, properties);
        for filter in filters {
            writer.text(filter);
        }
    });
}

#[cfg(test)]
mod tests;
