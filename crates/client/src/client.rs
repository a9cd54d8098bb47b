//! One MQTT connection from the client's side, as a state machine: bytes and time go in, bytes and
//! events come out. It does not know sockets, nor what the messages are for.

mod outbound;
mod shown;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use sluice_mqtt::{
    Ack, ConnAck, DecodeError, Disconnect, Frame, MessageRef, Packet, PacketId, PacketType,
    Properties, Publish, ReasonCode, ReasonCodes, SubscribeEntry, Version, encode_subscribe,
    encode_unsubscribe,
};

use crate::options::ConnectOptions;
use outbound::Outbound;

/// A client that has sent CONNECT.
#[derive(Debug)]
pub struct Client {
    version: Version,
    /// Between two packets of ours; `None` when keep alive is off.
    keep_alive: Option<Duration>,
    packet_bytes_max: u32,
    is_connected: bool,
    outbound: Outbound,
    /// QoS 2 messages received and not yet released: a second copy of these is no new message.
    unreleased: HashSet<PacketId>,
    aliases: HashMap<u16, String>,
    topic_aliases_max: u16,
    last_sent: Instant,
    /// When the PINGREQ left that is not answered.
    ping_sent: Option<Instant>,
}

/// What a packet meant.
#[derive(Debug)]
pub enum Event<'b> {
    /// CONNACK.
    Connected {
        /// Whether the server resumed a session.
        session_present: bool,
    },
    /// CONNACK with a failure: the connection ends.
    Refused(ReasonCode),
    /// A message came. It is acknowledged already; a second copy at QoS 2 makes no event.
    Message {
        /// Topic (aliases resolved), payload and the rest.
        message: MessageRef<'b>,
        /// Above QoS 0.
        packet_id: Option<PacketId>,
    },
    /// The exchange of a published message ended.
    Published {
        /// As [`Client::publish`] gave it.
        packet_id: PacketId,
        /// A failure: the server did not take it.
        reason: ReasonCode,
    },
    /// SUBACK: one reason for each filter.
    Subscribed(ReasonCodes<'b>),
    /// UNSUBACK: one reason for each filter, none before 5.0.
    Unsubscribed(ReasonCodes<'b>),
    /// DISCONNECT from the server: the connection ends.
    Disconnected(ReasonCode),
}

/// One packet taken from the bytes that came.
#[derive(Debug)]
pub struct Received<'b> {
    /// Which packet it was.
    pub packet_type: PacketType,
    /// How many bytes it had.
    pub size: usize,
    /// Nothing for packets that only concern the protocol.
    pub event: Option<Event<'b>>,
}

/// Why the connection cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The bytes are no packet.
    #[error("malformed packet: {0}")]
    Malformed(#[from] DecodeError),
    /// A packet that a server may not send, or not now.
    #[error("unexpected {0}")]
    Unexpected(&'static str),
}

impl ReceiveError {
    /// What a 5.0 server is told.
    #[must_use]
    pub fn reason(&self) -> ReasonCode {
        match self {
            Self::Malformed(cause) => cause.reason,
            Self::Unexpected(_) => ReasonCode::ProtocolError,
        }
    }
}

/// The server owes an answer to PINGREQ.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer to PINGREQ")]
pub struct PingUnanswered;

impl Client {
    /// Writes CONNECT to `out`. The connection counts as open from its CONNACK on.
    #[must_use]
    pub fn connect(options: &ConnectOptions, now: Instant, out: &mut Vec<u8>) -> Self {
        options.encode(out);
        Self {
            version: options.version,
            keep_alive: keep_alive(options.keep_alive),
            packet_bytes_max: options.packet_bytes_max().unwrap_or(u32::MAX),
            is_connected: false,
            outbound: Outbound::default(),
            unreleased: HashSet::new(),
            aliases: HashMap::new(),
            topic_aliases_max: options.topic_aliases_max(),
            last_sent: now,
            ping_sent: None,
        }
    }

    /// Connects again over a new connection. What was under way from here is forgotten; which QoS 2
    /// messages were received is kept for a session that goes on.
    #[must_use]
    pub fn reconnect(&self, options: &ConnectOptions, now: Instant, out: &mut Vec<u8>) -> Self {
        Self { unreleased: self.unreleased.clone(), ..Self::connect(options, now, out) }
    }

    /// Takes in the first packet of `bytes`; `None` while it is incomplete. Answers are appended to
    /// `out`.
    ///
    /// # Errors
    /// When the server broke the protocol: close the connection, after [`Client::disconnect`] with
    /// the reason.
    pub fn receive<'b>(
        &'b mut self,
        bytes: &'b [u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Received<'b>>, ReceiveError> {
        let Some(frame) = Frame::cut(bytes, self.packet_bytes_max)? else { return Ok(None) };
        let size = frame.size;
        let packet = Packet::decode(&frame, self.version)?;
        let event = self.handle(packet, out)?;
        Ok(Some(Received { packet_type: frame.packet_type(), size, event }))
    }

    /// Whether another message above QoS 0 may be sent now.
    #[must_use]
    pub fn may_publish(&self) -> bool {
        self.is_connected && self.outbound.has_room()
    }

    /// Whether every message above QoS 0 has been answered to the end.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.outbound.is_empty()
    }

    /// Writes PUBLISH; its packet identifier comes back in [`Event::Published`]. Above QoS 0 only
    /// when [`Client::may_publish`].
    pub fn publish(
        &mut self,
        message: MessageRef<'_>,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Option<PacketId> {
        self.last_sent = now;
        let packet_id = self.outbound.publish(message.qos);
        Packet::Publish(Publish { dup: false, packet_id, message }).encode(self.version, out);
        packet_id
    }

    /// Writes SUBSCRIBE.
    pub fn subscribe(
        &mut self,
        entries: &[SubscribeEntry<'_>],
        properties: Properties<'_>,
        out: &mut Vec<u8>,
    ) {
        let packet_id = self.outbound.next_packet_id();
        encode_subscribe(packet_id, properties, entries, self.version, out);
    }

    /// Writes UNSUBSCRIBE.
    pub fn unsubscribe(&mut self, filters: &[&str], properties: Properties<'_>, out: &mut Vec<u8>) {
        let packet_id = self.outbound.next_packet_id();
        encode_unsubscribe(packet_id, properties, filters, self.version, out);
    }

    /// Writes DISCONNECT; nothing may be sent after it.
    pub fn disconnect(&self, reason: ReasonCode, properties: Properties<'_>, out: &mut Vec<u8>) {
        Packet::Disconnect(Disconnect { reason, properties }).encode(self.version, out);
    }

    /// When to call [`Client::tick`]; `None` when keep alive is off.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let keep_alive = self.keep_alive?;
        Some(self.ping_sent.unwrap_or(self.last_sent) + keep_alive)
    }

    /// Sends PINGREQ when it is time.
    ///
    /// # Errors
    /// When the last one was not answered within the keep alive.
    pub fn tick(&mut self, now: Instant, out: &mut Vec<u8>) -> Result<(), PingUnanswered> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Ok(());
        }
        if self.ping_sent.is_some() {
            return Err(PingUnanswered);
        }
        Packet::PingReq.encode(self.version, out);
        self.last_sent = now;
        self.ping_sent = Some(now);
        Ok(())
    }

    fn handle<'b>(
        &'b mut self,
        packet: Packet<'b>,
        out: &mut Vec<u8>,
    ) -> Result<Option<Event<'b>>, ReceiveError> {
        if let (false, Packet::ConnAck(connack)) = (self.is_connected, &packet) {
            return Ok(Some(self.open(connack)));
        }
        if !self.is_connected {
            return Err(ReceiveError::Unexpected("packet before CONNACK"));
        }
        match packet {
            Packet::Publish(publish) => self.deliver(&publish, out),
            Packet::PubAck(ack) | Packet::PubComp(ack) => Ok(self.finish(&ack)),
            Packet::PubRec(ack) => Ok(self.release(&ack, out)),
            Packet::PubRel(ack) => {
                self.complete(&ack, out);
                Ok(None)
            }
            Packet::SubAck(suback) => Ok(Some(Event::Subscribed(suback.reasons))),
            Packet::UnsubAck(unsuback) => Ok(Some(Event::Unsubscribed(unsuback.reasons))),
            Packet::PingResp => {
                self.ping_sent = None;
                Ok(None)
            }
            Packet::Disconnect(disconnect) if self.version == Version::V5 => {
                Ok(Some(Event::Disconnected(disconnect.reason)))
            }
            Packet::Disconnect(_) => Err(ReceiveError::Unexpected("DISCONNECT")),
            Packet::ConnAck(_) => Err(ReceiveError::Unexpected("second CONNACK")),
            // Extended authentication is never asked for with a method this client could go on
            // with.
            Packet::Auth(_) => Err(ReceiveError::Unexpected("AUTH")),
            Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq => Err(ReceiveError::Unexpected("packet of a client")),
        }
    }

    fn open(&mut self, connack: &ConnAck<'_>) -> Event<'static> {
        if connack.reason != ReasonCode::Success {
            return Event::Refused(connack.reason);
        }
        self.is_connected = true;
        if !connack.session_present {
            self.unreleased.clear();
        }
        if let Some(receive_maximum) = connack.properties.receive_maximum() {
            self.outbound.limit(receive_maximum);
        }
        // The server's keep alive goes before the client's [MQTT5-3.2.2-21].
        if let Some(seconds) = connack.properties.server_keep_alive() {
            self.keep_alive = keep_alive(seconds);
        }
        Event::Connected { session_present: connack.session_present }
    }

    fn deliver<'b>(
        &'b mut self,
        publish: &Publish<'b>,
        out: &mut Vec<u8>,
    ) -> Result<Option<Event<'b>>, ReceiveError> {
        let Publish { packet_id, mut message, .. } = *publish;
        let is_new = match (message.qos, packet_id) {
            (sluice_mqtt::QoS::ExactlyOnce, Some(packet_id)) => {
                acknowledge(Packet::PubRec, packet_id, ReasonCode::Success)
                    .encode(self.version, out);
                self.unreleased.insert(packet_id)
            }
            (sluice_mqtt::QoS::AtLeastOnce, Some(packet_id)) => {
                acknowledge(Packet::PubAck, packet_id, ReasonCode::Success)
                    .encode(self.version, out);
                true
            }
            _ => true,
        };
        message.topic = self.resolve_alias(message)?;
        Ok(is_new.then_some(Event::Message { message, packet_id }))
    }

    fn resolve_alias<'b>(&'b mut self, message: MessageRef<'b>) -> Result<&'b str, ReceiveError> {
        let Some(alias) = message.properties.topic_alias() else { return Ok(message.topic) };
        if alias > self.topic_aliases_max {
            return Err(ReceiveError::Unexpected("topic alias"));
        }
        if !message.topic.is_empty() {
            self.aliases.insert(alias, message.topic.to_owned());
            return Ok(message.topic);
        }
        self.aliases.get(&alias).map(String::as_str).ok_or(ReceiveError::Unexpected("topic alias"))
    }

    fn finish(&mut self, ack: &Ack<'_>) -> Option<Event<'static>> {
        let is_known = self.outbound.finish(ack.packet_id);
        is_known.then_some(Event::Published { packet_id: ack.packet_id, reason: ack.reason })
    }

    /// PUBREC: a failure ends the exchange [MQTT5-4.3.3-4].
    fn release(&mut self, ack: &Ack<'_>, out: &mut Vec<u8>) -> Option<Event<'static>> {
        if ack.reason.is_failure() {
            return self.finish(ack);
        }
        let reason = if self.outbound.contains(ack.packet_id) {
            ReasonCode::Success
        } else {
            ReasonCode::PacketIdentifierNotFound
        };
        acknowledge(Packet::PubRel, ack.packet_id, reason).encode(self.version, out);
        None
    }

    fn complete(&mut self, ack: &Ack<'_>, out: &mut Vec<u8>) {
        let reason = if self.unreleased.remove(&ack.packet_id) {
            ReasonCode::Success
        } else {
            ReasonCode::PacketIdentifierNotFound
        };
        acknowledge(Packet::PubComp, ack.packet_id, reason).encode(self.version, out);
    }
}

fn acknowledge(
    packet: fn(Ack<'static>) -> Packet<'static>,
    packet_id: PacketId,
    reason: ReasonCode,
) -> Packet<'static> {
    packet(Ack { packet_id, reason, properties: Properties::EMPTY })
}

fn keep_alive(seconds: u16) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(u64::from(seconds)))
}

#[cfg(test)]
mod tests;
