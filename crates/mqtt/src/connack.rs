//! CONNACK [MQTT5-3.2]. It does not know why a connection is accepted.

use crate::{
    DecodeError, Frame, PacketType, Properties, ReasonCode, Version, properties::Place,
    reason_set::ReasonSet, writer,
};

/// CONNACK [MQTT5-3.2].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnAck<'b> {
    /// Whether the server resumed a session. Always written as 0 with an error code [MQTT5-3.2.2-6]
    /// and in 3.1, which does not have it.
    pub session_present: bool,
    /// Written as its 3.x return code for 3.x connections.
    pub reason: ReasonCode,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
}

impl<'b> ConnAck<'b> {
    /// Reads what a server answered to CONNECT.
    ///
    /// # Errors
    /// When the frame is no such packet.
    pub fn decode(frame: &Frame<'b>, version: Version) -> Result<Self, DecodeError> {
        let mut reader = frame.reader(PacketType::ConnAck, version)?;
        let session_present = match (reader.byte()?, version) {
            // Reserved in 3.1, and not used.
            (_, Version::V3_1) | (0, _) => false,
            (1, _) => true,
            // [MQTT5-3.2.2-1]
            _ => return Err(DecodeError::malformed("reserved flags in CONNACK are set")),
        };
        let code = reader.byte()?;
        let reason = if version.has_properties() {
            ReasonSet::CONNACK.read(code)?
        } else {
            ReasonCode::from_connect_return_code(code)
                .ok_or(const { DecodeError::malformed("an unknown return code") })?
        };
        if session_present && reason != ReasonCode::Success {
            // [MQTT5-3.2.2-6, MQTT3-3.2.2-4]
            return Err(DecodeError::protocol("a refused connection has no session"));
        }
        let properties = match version.has_properties() {
            true => Properties::read(&mut reader, Place::ConnAck)?,
            false => Properties::EMPTY,
        };
        reader.end()?;
        Ok(Self { session_present, reason, properties })
    }

    /// Appends the packet. Reasons that 3.x has no return code for become 3, server unavailable.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        writer::packet(PacketType::ConnAck, out, |writer| {
            let session_present = self.session_present
                && self.reason == ReasonCode::Success
                && version != Version::V3_1;
            writer.byte(u8::from(session_present));
            writer.byte(match version.has_properties() {
                true => self.reason.as_u8(),
                false => self.reason.connect_return_code().unwrap_or(3),
            });
            writer.properties_of(version, self.properties);
        });
    }
}

#[cfg(test)]
mod tests;
