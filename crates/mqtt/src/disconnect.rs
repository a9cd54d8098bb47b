//! DISCONNECT [MQTT5-3.14] and AUTH [MQTT5-3.15], whose bodies look alike. It does not know what
//! follows.

use crate::{
    DecodeError, Frame, PacketType, Properties, ReasonCode, Version, properties::Place,
    reader::Reader, reason_set::ReasonSet, writer,
};

/// DISCONNECT [MQTT5-3.14].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disconnect<'b> {
    /// Normal disconnection where the packet left it out and before 5.0.
    pub reason: ReasonCode,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
}

/// AUTH [MQTT5-3.15].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth<'b> {
    /// Success, continue or re-authenticate.
    pub reason: ReasonCode,
    /// Method and data are in here; a received AUTH always names its method.
    pub properties: Properties<'b>,
}

impl<'b> Disconnect<'b> {
    /// Reads a DISCONNECT of either side.
    ///
    /// # Errors
    /// When the frame is no such packet.
    pub fn decode(frame: &Frame<'b>, version: Version) -> Result<Self, DecodeError> {
        let mut reader = frame.reader(PacketType::Disconnect, version)?;
        if !version.has_properties() {
            reader.end()?;
            return Ok(Self { reason: ReasonCode::Success, properties: Properties::EMPTY });
        }
        let (reason, properties) = read(&mut reader, ReasonSet::DISCONNECT, Place::Disconnect)?;
        Ok(Self { reason, properties })
    }

    /// Appends the packet in its shortest form.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        match version {
            Version::V5 => write(PacketType::Disconnect, self.reason, self.properties, out),
            Version::V3_1 | Version::V3_1_1 => writer::packet(PacketType::Disconnect, out, |_| {}),
        }
    }
}

impl<'b> Auth<'b> {
    /// Reads an AUTH of either side.
    ///
    /// # Errors
    /// When the frame is no such packet, as always before 5.0.
    pub fn decode(frame: &Frame<'b>, version: Version) -> Result<Self, DecodeError> {
        let mut reader = frame.reader(PacketType::Auth, version)?;
        if !version.has_properties() {
            return Err(DecodeError::malformed("packet type 15 before 5.0"));
        }
        let (reason, properties) = read(&mut reader, ReasonSet::AUTH, Place::Auth)?;
        if properties.authentication_method().is_none() {
            return Err(DecodeError::protocol("AUTH without an authentication method"));
        }
        Ok(Self { reason, properties })
    }

    /// Appends the packet; only 5.0 has it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        write(PacketType::Auth, self.reason, self.properties, out);
    }
}

/// A reason code, then properties: both may be left out, from the end.
fn read<'b>(
    reader: &mut Reader<'b>,
    allowed: ReasonSet,
    place: Place,
) -> Result<(ReasonCode, Properties<'b>), DecodeError> {
    if reader.is_empty() {
        return Ok((ReasonCode::Success, Properties::EMPTY));
    }
    let reason = allowed.read(reader.byte()?)?;
    if reader.is_empty() {
        return Ok((reason, Properties::EMPTY));
    }
    let properties = Properties::read(reader, place)?;
    reader.end()?;
    Ok((reason, properties))
}

fn write(
    packet_type: PacketType,
    reason: ReasonCode,
    properties: Properties<'_>,
    out: &mut Vec<u8>,
) {
    writer::packet(packet_type, out, |writer| {
        if reason != ReasonCode::Success || !properties.is_empty() {
            writer.byte(reason.as_u8());
        }
        if !properties.is_empty() {
            writer.properties(properties);
        }
    });
}

#[cfg(test)]
mod tests;
