//! What the fifteen control packets say, borrowed from the bytes they came in. It does not know how they
//! are written (`codec`).

use std::num::NonZeroU16;

use crate::{MessageRef, Properties, ReasonCode};

/// The protocol version that CONNECT named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// MQTT 3.1: protocol name `MQIsdp`, level 3.
    V3_1,
    /// MQTT 3.1.1: level 4.
    V3_1_1,
    /// MQTT 5.0: level 5.
    V5,
}

/// Quality of service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QoS {
    /// QoS 0.
    #[default]
    AtMostOnce = 0,
    /// QoS 1.
    AtLeastOnce = 1,
    /// QoS 2.
    ExactlyOnce = 2,
}

impl QoS {
    /// The level of a two-bit field; `None` for the reserved value 3.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }
}

/// A packet identifier; never zero [MQTT5-2.2.1-3].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(pub NonZeroU16);

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

/// CONNECT [MQTT5-3.1].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect<'b> {
    /// The version the rest of the connection speaks.
    pub version: Version,
    /// Bridges set bit 7 of the protocol level (0x83, 0x84); kept as a fact for rules.
    pub is_bridge: bool,
    /// Clean Start, or Clean Session before 5.0.
    pub clean_start: bool,
    /// Seconds between packets; 0 turns it off.
    pub keep_alive: u16,
    /// May be empty: the server then assigns one.
    pub client_id: &'b str,
    /// What to publish when the connection ends abnormally.
    pub will: Option<Will<'b>>,
    /// User name, when given.
    pub username: Option<&'b str>,
    /// Password, when given; binary.
    pub password: Option<&'b [u8]>,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
}

/// The will message in a CONNECT [MQTT5-3.1.3.2].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will<'b> {
    /// Topic, payload, QoS, retain; its properties include the Will Delay Interval, which is not forwarded.
    pub message: MessageRef<'b>,
}

/// CONNACK [MQTT5-3.2].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnAck<'b> {
    /// Whether the server resumed a session. Always written as 0 with an error code [MQTT5-3.2.2-6].
    pub session_present: bool,
    /// Written as its 3.x return code for 3.x connections.
    pub reason: ReasonCode,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
}

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

/// SUBSCRIBE [MQTT5-3.8]. Its entries are checked at decoding and read again by [`Subscribe::entries`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe<'b> {
    /// Answered by SUBACK.
    pub packet_id: PacketId,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
    /// The payload: filters and options as they came; never empty.
    pub(crate) entries: &'b [u8],
    /// Option bytes are read differently before 5.0.
    pub(crate) version: Version,
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
pub enum RetainHandling {
    /// 0: at every subscription.
    #[default]
    Send,
    /// 1: only when the subscription did not exist.
    SendIfNew,
    /// 2: never.
    DoNotSend,
}

/// SUBACK [MQTT5-3.9].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubAck<'b> {
    /// Of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// One byte for each filter, in order. For 3.x every code from 0x80 on is written as 0x80.
    pub reasons: &'b [ReasonCode],
    /// Empty before 5.0.
    pub properties: Properties<'b>,
}

/// UNSUBSCRIBE [MQTT5-3.10]. Read its filters by [`Unsubscribe::filters`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'b> {
    /// Answered by UNSUBACK.
    pub packet_id: PacketId,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
    /// The payload; never empty.
    pub(crate) filters: &'b [u8],
}

/// UNSUBACK [MQTT5-3.11].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsubAck<'b> {
    /// Of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// One for each filter in order; not written before 5.0.
    pub reasons: &'b [ReasonCode],
    /// Empty before 5.0.
    pub properties: Properties<'b>,
}

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
    /// Method and data are in here.
    pub properties: Properties<'b>,
}
