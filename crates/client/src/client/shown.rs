//! How a received packet reads on one line, as `-d` shows it. It does not know where the line goes.

use std::fmt;

use sluice_mqtt::ReasonCodes;

use super::{Event, Received};

impl fmt::Display for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In capitals the names are those of the specification: PUBACK, PINGRESP.
        f.write_str(&format!("{:?}", self.packet_type).to_uppercase())?;
        match &self.event {
            None => Ok(()),
            Some(Event::Connected { session_present: false }) => f.write_str(" (new session)"),
            Some(Event::Connected { session_present: true }) => f.write_str(" (session resumed)"),
            Some(Event::Refused(reason) | Event::Disconnected(reason)) => write!(f, " ({reason})"),
            Some(Event::Message { message, packet_id }) => {
                write!(f, " of {} ({} bytes, ", message.topic, message.payload.len())?;
                write!(f, "q{}, r{}", message.qos as u8, u8::from(message.retain))?;
                packet_id.map_or(Ok(()), |id| write!(f, ", m{}", id.0))?;
                f.write_str(")")
            }
            Some(Event::Published { packet_id, reason }) => {
                write!(f, " of m{} ({reason})", packet_id.0)
            }
            Some(Event::Subscribed(reasons) | Event::Unsubscribed(reasons)) => list(reasons, f),
        }
    }
}

fn list(reasons: &ReasonCodes<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let names: Vec<_> = reasons.iter().map(|reason| reason.name()).collect();
    if names.is_empty() { Ok(()) } else { write!(f, " ({})", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use sluice_mqtt::{MessageRef, PacketId, PacketType, Properties, QoS, ReasonCode};

    use super::*;

    #[test]
    fn a_packet_is_one_line_in_the_words_of_the_specification() {
        let message = MessageRef {
            topic: "a/b",
            payload: b"four",
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: Properties::EMPTY,
            expires_at: None,
        };
        let packet_id = PacketId(std::num::NonZeroU16::MIN);
        let published = Event::Published { packet_id, reason: ReasonCode::QuotaExceeded };
        for (packet_type, event, line) in [
            (PacketType::PingResp, None, "PINGRESP"),
            (
                PacketType::ConnAck,
                Some(Event::Connected { session_present: true }),
                "CONNACK (session resumed)",
            ),
            (
                PacketType::Publish,
                Some(Event::Message { message, packet_id: Some(packet_id) }),
                "PUBLISH of a/b (4 bytes, q1, r1, m1)",
            ),
            (
                PacketType::Publish,
                Some(Event::Message { message, packet_id: None }),
                "PUBLISH of a/b (4 bytes, q1, r1)",
            ),
            (PacketType::PubAck, Some(published), "PUBACK of m1 (quota_exceeded)"),
            (
                PacketType::Disconnect,
                Some(Event::Disconnected(ReasonCode::ServerShuttingDown)),
                "DISCONNECT (server_shutting_down)",
            ),
        ] {
            assert_eq!(Received { packet_type, size: 0, event }.to_string(), line);
        }
    }
}
