//! The incoming half of a connection: order of packets, quotas, aliases, keep alive, and
//! acknowledgements that wait for the log. It does not know where a message goes.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use sluice_event::ClientFacts;
use sluice_journal::Position;
use sluice_mqtt::{MessageRef, PacketId, Publish, QoS, ReasonCode, UnixMillis, Version};

use crate::{InboundAliases, Limits, Link, MillisSinceStart, Session, Turn};

/// One network connection.
#[derive(Debug)]
pub struct Connection {
    /// What it has come to.
    pub phase: Phase,
    /// The client's end.
    pub peer: SocketAddr,
    /// The server's end.
    pub local: SocketAddr,
    /// The beginning of a packet whose rest has not come yet; empty, and without memory, between
    /// packets.
    pub partial: Vec<u8>,
    /// When bytes last came; while CONNECT is awaited, when the connection was accepted.
    pub last_received: MillisSinceStart,
    /// When the worker looks whether CONNECT or a keep alive is overdue.
    pub deadline: Option<MillisSinceStart>,
}

/// What a connection has come to.
#[derive(Debug)]
pub enum Phase {
    /// No CONNECT yet.
    AwaitConnect,
    /// CONNECT was accepted.
    Open(Box<Open>),
    /// It ends; nothing more is read.
    Closed,
}

/// What exists only after an accepted CONNECT.
#[derive(Debug)]
pub struct Open {
    /// Who it is.
    pub facts: Arc<ClientFacts>,
    /// The slot of its session.
    pub session: u32,
    /// Topic aliases.
    pub aliases: InboundAliases,
    /// Whether reason strings may be sent.
    pub request_problem_information: bool,
    /// QoS 1 and 2 publishes that wait for room in the buffers of actions.
    pub held_publishes: u16,
    /// Packets that wait for the log, in the order in which they leave.
    waiting: VecDeque<(Position, Acknowledgement)>,
    /// QoS 1 publishes among them.
    waiting_publishes: u16,
}

/// A packet that may have to wait for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// CONNACK, encoded; the session is attached when it leaves.
    ConnAck(Box<[u8]>),
    /// PUBACK.
    PubAck(PacketId, ReasonCode),
    /// PUBREC.
    PubRec(PacketId, ReasonCode),
    /// PUBREL.
    PubRel(PacketId, ReasonCode),
    /// PUBCOMP.
    PubComp(PacketId, ReasonCode),
    /// SUBACK.
    SubAck(PacketId, Box<[ReasonCode]>),
    /// UNSUBACK.
    UnsubAck(PacketId, Box<[ReasonCode]>),
    /// PINGRESP, which waits for nothing but CONNACK.
    PingResp,
}

/// Why a connection ends: the client broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// For DISCONNECT.
    pub reason: ReasonCode,
    /// For the log and the Reason String.
    pub detail: &'static str,
}

/// What an incoming PUBLISH is.
#[derive(Debug)]
pub enum Inbound<'p> {
    /// To be routed.
    New(MessageRef<'p>),
    /// A QoS 2 publish that was routed before; only PUBREC is due [MQTT5-4.3.3-10].
    Repeated(PacketId),
}

impl Connection {
    /// A connection that was just accepted.
    #[must_use]
    pub const fn new(peer: SocketAddr, local: SocketAddr, now: MillisSinceStart) -> Self {
        Self {
            phase: Phase::AwaitConnect,
            peer,
            local,
            partial: Vec::new(),
            last_received: now,
            deadline: None,
        }
    }

    /// When to look next whether the client is overdue; `None` = never.
    #[must_use]
    pub fn overdue_at(&self, limits: &Limits) -> Option<MillisSinceStart> {
        match &self.phase {
            Phase::AwaitConnect => Some(self.last_received.saturating_add(limits.connect_timeout)),
            Phase::Open(open) => (open.facts.keep_alive > 0).then(|| {
                // One and a half times the Keep Alive [MQTT5-3.1.2-22], [MQTT3-3.1.2-24].
                self.last_received + u64::from(open.facts.keep_alive) * 1500
            }),
            Phase::Closed => None,
        }
    }
}

impl Open {
    /// The state after an accepted CONNECT.
    #[must_use]
    pub fn new(facts: Arc<ClientFacts>, session: u32) -> Self {
        Self {
            facts,
            session,
            aliases: InboundAliases::default(),
            request_problem_information: true,
            held_publishes: 0,
            waiting: VecDeque::new(),
            waiting_publishes: 0,
        }
    }

    /// Checks an incoming PUBLISH against quota and order, and resolves its alias. `aliases` is
    /// this connection's, taken out so that the topic may be borrowed from it while the rest of the
    /// connection changes.
    ///
    /// # Errors
    /// The client broke a limit or named an unknown alias.
    pub fn publish<'p>(
        &self,
        publish: &Publish<'p>,
        aliases: &'p mut InboundAliases,
        session: &Session,
        turn: Turn<'_>,
    ) -> Result<Inbound<'p>, Violation> {
        let mut message = publish.message;
        if !message.properties.is_empty() {
            if message.properties.subscription_identifier().is_some() {
                // [MQTT5-3.3.4-6]
                return Err(Violation {
                    reason: ReasonCode::ProtocolError,
                    detail: "a Subscription Identifier in a client's PUBLISH",
                });
            }
            message = self.resolve(message, aliases, turn.limits)?;
            message.expires_at = message.properties.message_expiry_interval().map(|seconds| {
                UnixMillis(turn.now.unix_millis().0.saturating_add(u64::from(seconds) * 1000))
            });
        }
        let Some(packet_id) = publish.packet_id else { return Ok(Inbound::New(message)) };
        if message.qos == QoS::ExactlyOnce && session.has_received(packet_id) {
            return Ok(Inbound::Repeated(packet_id));
        }
        let unacknowledged = usize::from(self.waiting_publishes)
            + usize::from(self.held_publishes)
            + session.received.len();
        if self.facts.version == Version::V5
            && unacknowledged >= usize::from(turn.limits.receive_maximum)
        {
            return Err(Violation {
                reason: ReasonCode::ReceiveMaximumExceeded,
                detail: "more unacknowledged publishes than the server's Receive Maximum",
            });
        }
        Ok(Inbound::New(message))
    }

    fn resolve<'p>(
        &self,
        mut message: MessageRef<'p>,
        aliases: &'p mut InboundAliases,
        limits: &Limits,
    ) -> Result<MessageRef<'p>, Violation> {
        let Some(alias) = message.properties.topic_alias() else { return Ok(message) };
        if alias > limits.topic_alias_maximum {
            return Err(Violation {
                reason: ReasonCode::TopicAliasInvalid,
                detail: "a topic alias above the server's Topic Alias Maximum",
            });
        }
        if message.topic.is_empty() {
            message.topic = aliases.topic(alias).ok_or(Violation {
                reason: ReasonCode::ProtocolError,
                detail: "a topic alias that was not set before",
            })?;
        } else {
            aliases.set(alias, message.topic);
        }
        Ok(message)
    }

    /// Sends an acknowledgement, or lets it wait until `position` is committed; those of one client
    /// leave in order. Whether it waits.
    pub fn acknowledge(
        &mut self,
        acknowledgement: Acknowledgement,
        position: Position,
        committed: Position,
        link: &mut Link,
    ) -> bool {
        if self.waiting.is_empty() && position <= committed {
            acknowledgement.send(link);
            return false;
        }
        if matches!(acknowledgement, Acknowledgement::PubAck(..)) {
            self.waiting_publishes = self.waiting_publishes.saturating_add(1);
        }
        self.waiting.push_back((position, acknowledgement));
        true
    }

    /// Sends what waited for the log up to `committed`; whether CONNACK was among it.
    pub fn committed(&mut self, committed: Position, link: &mut Link) -> bool {
        let mut connected = false;
        while let Some((position, _)) = self.waiting.front()
            && *position <= committed
            && let Some((_, acknowledgement)) = self.waiting.pop_front()
        {
            match &acknowledgement {
                Acknowledgement::ConnAck(_) => connected = true,
                Acknowledgement::PubAck(..) => {
                    self.waiting_publishes = self.waiting_publishes.saturating_sub(1);
                }
                Acknowledgement::PubRec(..)
                | Acknowledgement::PubRel(..)
                | Acknowledgement::PubComp(..)
                | Acknowledgement::SubAck(..)
                | Acknowledgement::UnsubAck(..)
                | Acknowledgement::PingResp => {}
            }
            acknowledgement.send(link);
        }
        connected
    }

    /// Answers PINGREQ: before what waits for the log, but not before CONNACK [MQTT5-3.2.0-1].
    pub fn pong(&mut self, link: &mut Link) {
        if self.awaits_connack() {
            self.waiting.push_back((Position::START, Acknowledgement::PingResp));
        } else {
            Acknowledgement::PingResp.send(link);
        }
    }

    /// Whether CONNACK waits for the log, so that nothing may be sent yet.
    #[must_use]
    pub fn awaits_connack(&self) -> bool {
        matches!(self.waiting.front(), Some((_, Acknowledgement::ConnAck(_))))
    }

    /// Whether anything waits for the log.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}

mod acknowledgement;
#[cfg(test)]
mod tests;
