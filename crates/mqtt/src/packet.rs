//! The fifteen control packets under one roof. What each says is in a file of its own.

use crate::{
    Ack, Auth, ConnAck, Connect, DecodeError, Disconnect, Frame, PacketType, Publish, SubAck,
    Subscribe, UnsubAck, Unsubscribe, Version, ack::AckType, writer,
};

/// One control packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet<'b> {
    /// 1, client to server.
    Connect(Connect<'b>),
    /// 2, server to client.
    ConnAck(ConnAck<'b>),
    /// 3, both ways.
    Publish(Publish<'b>),
    /// 4, both ways.
    PubAck(Ack<'b>),
    /// 5, both ways.
    PubRec(Ack<'b>),
    /// 6, both ways.
    PubRel(Ack<'b>),
    /// 7, both ways.
    PubComp(Ack<'b>),
    /// 8, client to server.
    Subscribe(Subscribe<'b>),
    /// 9, server to client.
    SubAck(SubAck<'b>),
    /// 10, client to server.
    Unsubscribe(Unsubscribe<'b>),
    /// 11, server to client.
    UnsubAck(UnsubAck<'b>),
    /// 12, client to server.
    PingReq,
    /// 13, server to client.
    PingResp,
    /// 14, both ways in 5.0, client to server before.
    Disconnect(Disconnect<'b>),
    /// 15, both ways, 5.0 only.
    Auth(Auth<'b>),
}

impl<'b> Packet<'b> {
    /// Reads any packet of a connection that speaks `version`. Only what the bytes alone can tell
    /// is checked: who may send the packet, and when, is the session's to know.
    ///
    /// Where packets come by the million, look at [`Frame::packet_type`] first: [`Publish::decode`]
    /// and [`Ack::decode`] are inlined and spare the move of the large enum.
    ///
    /// # Errors
    /// When the frame is no packet of this version, with the reason to close for.
    pub fn decode(frame: &Frame<'b>, version: Version) -> Result<Self, DecodeError> {
        match frame.packet_type() {
            PacketType::Connect => Connect::decode(frame).map(Self::Connect),
            PacketType::ConnAck => ConnAck::decode(frame, version).map(Self::ConnAck),
            PacketType::Publish => Publish::decode(frame, version).map(Self::Publish),
            PacketType::PubAck => Ack::decode(frame, AckType::PubAck, version).map(Self::PubAck),
            PacketType::PubRec => Ack::decode(frame, AckType::PubRec, version).map(Self::PubRec),
            PacketType::PubRel => Ack::decode(frame, AckType::PubRel, version).map(Self::PubRel),
            PacketType::PubComp => Ack::decode(frame, AckType::PubComp, version).map(Self::PubComp),
            PacketType::Subscribe => Subscribe::decode(frame, version).map(Self::Subscribe),
            PacketType::SubAck => SubAck::decode(frame, version).map(Self::SubAck),
            PacketType::Unsubscribe => Unsubscribe::decode(frame, version).map(Self::Unsubscribe),
            PacketType::UnsubAck => UnsubAck::decode(frame, version).map(Self::UnsubAck),
            PacketType::PingReq => {
                frame.reader(PacketType::PingReq, version)?.end().map(|()| Self::PingReq)
            }
            PacketType::PingResp => {
                frame.reader(PacketType::PingResp, version)?.end().map(|()| Self::PingResp)
            }
            PacketType::Disconnect => Disconnect::decode(frame, version).map(Self::Disconnect),
            PacketType::Auth => Auth::decode(frame, version).map(Self::Auth),
        }
    }

    /// Appends the packet as `version` writes it; a CONNECT names its own. What the version has no
    /// form for is left out: properties and most reason codes before 5.0. A packet that cannot be
    /// written at all (a string above 65,535 bytes, a body above 268,435,455) leaves `out` as it
    /// was.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        match self {
            Self::Connect(connect) => connect.encode(out),
            Self::ConnAck(connack) => connack.encode(version, out),
            Self::Publish(publish) => publish.encode(version, out),
            Self::PubAck(ack) => ack.encode(AckType::PubAck, version, out),
            Self::PubRec(ack) => ack.encode(AckType::PubRec, version, out),
            Self::PubRel(ack) => ack.encode(AckType::PubRel, version, out),
            Self::PubComp(ack) => ack.encode(AckType::PubComp, version, out),
            Self::Subscribe(subscribe) => subscribe.encode(version, out),
            Self::SubAck(suback) => suback.encode(version, out),
            Self::Unsubscribe(unsubscribe) => unsubscribe.encode(version, out),
            Self::UnsubAck(unsuback) => unsuback.encode(version, out),
            Self::PingReq => writer::packet(PacketType::PingReq, out, |_| {}),
            Self::PingResp => writer::packet(PacketType::PingResp, out, |_| {}),
            Self::Disconnect(disconnect) => disconnect.encode(version, out),
            Self::Auth(auth) => auth.encode(out),
        }
    }

    /// Which of the fifteen this is.
    #[must_use]
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
