//! SUBSCRIBE [MQTT5-3.8] and its options. It does not know whether a filter is valid or granted.

use crate::{
    DecodeError, Frame, PacketId, PacketType, Properties, QoS, Version, properties::Place,
    reader::Reader, writer,
};

/// SUBSCRIBE [MQTT5-3.8]. Its entries are checked at decoding and read again by
/// [`Subscribe::entries`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe<'b> {
    /// Answered by SUBACK.
    pub packet_id: PacketId,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
    /// The payload: filters and options as they came; never empty.
    entries: &'b [u8],
    /// Option bytes are read differently before 5.0.
    version: Version,
}

/// One filter of a SUBSCRIBE with its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscribeEntry<'b> {
    /// As sent: UTF-8 is checked, its validity as a topic filter is not.
    pub filter: &'b str,
    /// What the client asked for.
    pub options: SubscriptionOptions,
}

/// Subscription options [MQTT5-3.8.3.1]. Before 5.0 only the QoS is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionOptions {
    /// The highest QoS at which messages are sent to the client.
    pub qos: QoS,
    /// Do not send a client its own publishes.
    pub no_local: bool,
    /// Keep the RETAIN flag as published.
    pub retain_as_published: bool,
    /// When retained messages are sent.
    pub retain_handling: RetainHandling,
}

/// When retained messages are sent at a subscription [MQTT5-3.8.3.1].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum RetainHandling {
    /// 0: at every subscription.
    #[default]
    Send = 0,
    /// 1: only when the subscription did not exist.
    SendIfNew = 1,
    /// 2: never.
    DoNotSend = 2,
}

impl<'b> Subscribe<'b> {
    /// Reads the packet and checks every entry.
    ///
    /// # Errors
    /// When the frame is no such packet.
    pub fn decode(frame: &Frame<'b>, version: Version) -> Result<Self, DecodeError> {
        let mut reader = frame.reader(PacketType::Subscribe, version)?;
        let packet_id = reader.packet_id()?;
        let properties = match version.has_properties() {
            true => Properties::read(&mut reader, Place::Subscribe)?,
            false => Properties::EMPTY,
        };
        let entries = reader.rest();
        if reader.is_empty() {
            // [MQTT5-3.8.3-2, MQTT3-3.8.3-3]
            return Err(DecodeError::protocol("SUBSCRIBE without a filter"));
        }
        while !reader.is_empty() {
            SubscribeEntry::read(&mut reader, version)?;
        }
        Ok(Self { packet_id, properties, entries, version })
    }

    /// The filters with their options, in order.
    pub fn entries(&self) -> impl Iterator<Item = SubscribeEntry<'b>> + use<'b> {
        let (mut reader, version) = (Reader::new(self.entries), self.version);
        std::iter::from_fn(move || SubscribeEntry::read(&mut reader, version).ok())
    }

    /// Appends the packet.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        encode(self.packet_id, self.properties, self.entries(), version, out);
    }
}

/// Appends a SUBSCRIBE that asks for these filters.
pub fn encode_subscribe(
    packet_id: PacketId,
    properties: Properties<'_>,
    entries: &[SubscribeEntry<'_>],
    version: Version,
    out: &mut Vec<u8>,
) {
    encode(packet_id, properties, entries.iter().copied(), version, out);
}

fn encode<'b>(
    packet_id: PacketId,
    properties: Properties<'_>,
    entries: impl Iterator<Item = SubscribeEntry<'b>>,
    version: Version,
    out: &mut Vec<u8>,
) {
    writer::packet(PacketType::Subscribe, out, |writer| {
        writer.packet_id(packet_id);
        writer.properties_of(version, properties);
        for entry in entries {
            writer.text(entry.filter);
            writer.byte(match version {
                Version::V5 => entry.options.as_u8(),
                Version::V3_1 | Version::V3_1_1 => entry.options.qos.as_u8(),
            });
        }
    });
}

impl<'b> SubscribeEntry<'b> {
    fn read(reader: &mut Reader<'b>, version: Version) -> Result<Self, DecodeError> {
        let filter = reader.text()?;
        let options = SubscriptionOptions::read(reader.byte()?, version)?;
        Ok(Self { filter, options })
    }
}

impl SubscriptionOptions {
    /// As written in 5.0.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self.qos.as_u8()
            | (self.no_local as u8) << 2
            | (self.retain_as_published as u8) << 3
            | (self.retain_handling as u8) << 4
    }

    fn read(options: u8, version: Version) -> Result<Self, DecodeError> {
        let reserved = if version == Version::V5 { 0xC0 } else { 0xFC };
        if options & reserved != 0 {
            // [MQTT5-3.8.3-5, MQTT3-3.8.3-4]
            return Err(DecodeError::malformed("reserved subscription options are set"));
        }
        Ok(Self {
            qos: QoS::from_bits(options & 3)
                .ok_or(const { DecodeError::protocol("a subscription with QoS 3") })?,
            no_local: options & 0x04 != 0,
            retain_as_published: options & 0x08 != 0,
            retain_handling: match options >> 4 & 3 {
                0 => RetainHandling::Send,
                1 => RetainHandling::SendIfNew,
                2 => RetainHandling::DoNotSend,
                _ => return Err(DecodeError::protocol("Retain Handling 3")),
            },
        })
    }
}

#[cfg(test)]
mod tests;
