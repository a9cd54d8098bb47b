//! The events themselves, borrowed from the turn in which they happened.

use std::fmt;

use sluice_mqtt::{MessageRef, Properties, QoS, ReasonCode, SubscriptionOptions, UnixMillis};

use crate::{ClientFacts, DeliveryDropped, EventKind, MessageAcked, MessageDelivered, Publisher};

/// Identifies a message on this node: time, worker and a counter, so that identifiers sort by
/// arrival on one worker and never repeat. Printed as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u128);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032X}", self.0)
    }
}

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    /// A PUBLISH was accepted, a will fell due or a rule republished.
    MessagePublished(MessagePublished<'e>),
    /// A message was sent to one subscriber.
    MessageDelivered(MessageDelivered<'e>),
    /// A subscriber acknowledged a message.
    MessageAcked(MessageAcked<'e>),
    /// A message went to nobody.
    MessageDropped(MessageDropped<'e>),
    /// A session did not get a message that was meant for it.
    DeliveryDropped(DeliveryDropped<'e>),
    /// CONNACK with success was sent.
    ClientConnected(ClientConnected<'e>),
    /// A network connection that had been accepted ended.
    ClientDisconnected(ClientDisconnected<'e>),
    /// A CONNECT is answered, with success or not.
    ClientConnack(ClientConnack<'e>),
    /// PINGREQ came.
    ClientPing(ClientPing<'e>),
    /// One filter of a SUBSCRIBE was granted.
    SessionSubscribed(SessionSubscribed<'e>),
    /// One filter of an UNSUBSCRIBE was removed.
    SessionUnsubscribed(SessionUnsubscribed<'e>),
}

impl<'e> Event<'e> {
    /// Which kind of event this is.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::MessagePublished(_) => EventKind::MessagePublish,
            Self::MessageDelivered(_) => EventKind::MessageDelivered,
            Self::MessageAcked(_) => EventKind::MessageAcked,
            Self::MessageDropped(_) => EventKind::MessageDropped,
            Self::DeliveryDropped(_) => EventKind::DeliveryDropped,
            Self::ClientConnected(_) => EventKind::ClientConnected,
            Self::ClientDisconnected(_) => EventKind::ClientDisconnected,
            Self::ClientConnack(_) => EventKind::ClientConnack,
            Self::ClientPing(_) => EventKind::ClientPing,
            Self::SessionSubscribed(_) => EventKind::SessionSubscribed,
            Self::SessionUnsubscribed(_) => EventKind::SessionUnsubscribed,
        }
    }

    /// The message that it is about, where it is about one.
    #[must_use]
    pub const fn message(&self) -> Option<&MessageRef<'e>> {
        match self {
            Self::MessagePublished(published) => Some(&published.message),
            Self::MessageDelivered(delivered) => Some(&delivered.message),
            Self::MessageAcked(acked) => Some(&acked.delivered.message),
            Self::MessageDropped(dropped) => Some(&dropped.published.message),
            Self::DeliveryDropped(dropped) => Some(&dropped.delivered.message),
            Self::ClientConnected(_)
            | Self::ClientDisconnected(_)
            | Self::ClientConnack(_)
            | Self::ClientPing(_)
            | Self::SessionSubscribed(_)
            | Self::SessionUnsubscribed(_) => None,
        }
    }

    /// What logs say it came from: the topic of its message, or its own name.
    #[must_use]
    pub const fn source(&self) -> &'e str {
        match self.message() {
            Some(message) => message.topic,
            None => self.kind().name(),
        }
    }
}

/// See [`Event::MessagePublished`].
#[derive(Clone, Copy, Debug)]
pub struct MessagePublished<'e> {
    /// Unique on this node.
    pub id: MessageId,
    /// Who published it.
    pub publisher: Publisher<'e>,
    /// What was published.
    pub message: MessageRef<'e>,
    /// The DUP flag as received.
    pub dup: bool,
    /// When the PUBLISH was read.
    pub received_at: UnixMillis,
}

/// See [`Event::MessageDropped`].
#[derive(Clone, Copy, Debug)]
pub struct MessageDropped<'e> {
    /// The message and who published it.
    pub published: MessagePublished<'e>,
    /// Why.
    pub reason: DropReason,
}

/// Why a message went to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// No subscription matched.
    NoSubscribers,
    /// The client had sent as many unacknowledged publishes as it may; its connection ends.
    ReceiveMaximumExceeded,
}

impl DropReason {
    /// The word that rules see in `reason`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSubscribers => "no_subscribers",
            Self::ReceiveMaximumExceeded => "receive_maximum_exceeded",
        }
    }
}

/// See [`Event::ClientConnected`].
#[derive(Clone, Copy, Debug)]
pub struct ClientConnected<'e> {
    /// Who.
    pub client: &'e ClientFacts,
}

/// See [`Event::ClientDisconnected`].
#[derive(Clone, Copy, Debug)]
pub struct ClientDisconnected<'e> {
    /// Who.
    pub client: &'e ClientFacts,
    /// `normal`, `keepalive_timeout`, `takenover`, `tcp_closed` … (`reference/events.md`).
    pub reason: &'e str,
    /// Of the client's DISCONNECT; empty when it sent none.
    pub properties: Properties<'e>,
    /// When the connection ended.
    pub disconnected_at: UnixMillis,
}

/// See [`Event::ClientConnack`].
#[derive(Clone, Copy, Debug)]
pub struct ClientConnack<'e> {
    /// Who, as far as its CONNECT was read.
    pub client: &'e ClientFacts,
    /// What it is told.
    pub reason: ReasonCode,
}

/// See [`Event::ClientPing`].
#[derive(Clone, Copy, Debug)]
pub struct ClientPing<'e> {
    /// Who.
    pub client: &'e ClientFacts,
}

/// See [`Event::SessionSubscribed`].
#[derive(Clone, Copy, Debug)]
pub struct SessionSubscribed<'e> {
    /// Who.
    pub client: &'e ClientFacts,
    /// The filter as sent.
    pub filter: &'e str,
    /// With the granted QoS.
    pub options: SubscriptionOptions,
    /// Of the SUBSCRIBE.
    pub properties: Properties<'e>,
}

/// See [`Event::SessionUnsubscribed`].
#[derive(Clone, Copy, Debug)]
pub struct SessionUnsubscribed<'e> {
    /// Who.
    pub client: &'e ClientFacts,
    /// The filter as sent.
    pub filter: &'e str,
    /// What had been granted.
    pub qos: QoS,
    /// Of the UNSUBSCRIBE.
    pub properties: Properties<'e>,
}
