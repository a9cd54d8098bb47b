//! Listens to what a worker writes to a socket, at the moment of writing. It does not know what is
//! right.

use std::fmt;

use sluice_journal::Position;
use sluice_mqtt::{Frame, Packet, QoS, Version};

use super::WireId;
use crate::Time;

/// One packet that a worker wrote, or would have written to a connection that ended first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tapped {
    /// When.
    pub at: Time,
    /// To which connection.
    pub wire: WireId,
    /// Up to where the log was durable.
    pub committed: Position,
    /// Whether the connection ended before the packet was written.
    pub is_unwritten: bool,
    /// What.
    pub packet: TappedPacket,
}

/// What checkers want to know of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TappedPacket {
    /// CONNACK, with success.
    ConnAck,
    /// PUBACK.
    PubAck(u16),
    /// PUBREC.
    PubRec(u16),
    /// PUBCOMP.
    PubComp(u16),
    /// PUBREL.
    PubRel(u16),
    /// SUBACK.
    SubAck,
    /// UNSUBACK.
    UnsubAck,
    /// PUBLISH.
    Publish {
        /// Its payload.
        payload: Vec<u8>,
        /// Of the delivery.
        qos: QoS,
        /// Sent before.
        dup: bool,
        /// From the retained store.
        retain: bool,
    },
    /// Anything else that can be read.
    Other,
    /// The bytes are no packet.
    Malformed,
}

/// Cuts packets out of the bytes.
#[derive(Debug)]
pub(super) struct Tap {
    version: Version,
    partial: Vec<u8>,
}

impl Tap {
    pub(super) const fn new(version: Version) -> Self {
        Self { version, partial: Vec::new() }
    }

    /// Takes bytes that were written, and gives the packets that they complete.
    pub(super) fn hear(&mut self, bytes: &[u8], mut found: impl FnMut(TappedPacket)) {
        self.partial.extend_from_slice(bytes);
        let mut rest = self.partial.as_slice();
        loop {
            match Frame::cut(rest, u32::MAX) {
                Ok(Some(frame)) => {
                    found(TappedPacket::read(&frame, self.version));
                    rest = rest.get(frame.size..).unwrap_or_default();
                }
                Ok(None) => break,
                Err(_) => {
                    found(TappedPacket::Malformed);
                    rest = &[];
                    break;
                }
            }
        }
        self.partial = rest.to_vec();
    }
}

impl TappedPacket {
    fn read(frame: &Frame<'_>, version: Version) -> Self {
        let Ok(packet) = Packet::decode(frame, version) else { return Self::Malformed };
        match packet {
            Packet::ConnAck(ack) if !ack.reason.is_failure() => Self::ConnAck,
            Packet::PubAck(ack) => Self::PubAck(ack.packet_id.get()),
            Packet::PubRec(ack) => Self::PubRec(ack.packet_id.get()),
            Packet::PubComp(ack) => Self::PubComp(ack.packet_id.get()),
            Packet::PubRel(ack) => Self::PubRel(ack.packet_id.get()),
            Packet::SubAck(_) => Self::SubAck,
            Packet::UnsubAck(_) => Self::UnsubAck,
            Packet::Publish(publish) => Self::Publish {
                payload: publish.message.payload.to_vec(),
                qos: publish.message.qos,
                dup: publish.dup,
                retain: publish.message.retain,
            },
            Packet::ConnAck(_)
            | Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq
            | Packet::PingResp
            | Packet::Disconnect(_)
            | Packet::Auth(_) => Self::Other,
        }
    }
}

impl fmt::Display for TappedPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publish { payload, qos, dup, retain } => {
                let shown = payload.get(..payload.len().min(24)).unwrap_or_default();
                let shown = String::from_utf8_lossy(shown);
                write!(f, "Publish {shown} {qos:?} dup {dup} retain {retain}")
            }
            Self::ConnAck
            | Self::PubAck(_)
            | Self::PubRec(_)
            | Self::PubComp(_)
            | Self::PubRel(_)
            | Self::SubAck
            | Self::UnsubAck
            | Self::Other
            | Self::Malformed => write!(f, "{self:?}"),
        }
    }
}
