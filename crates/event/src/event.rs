//! The events themselves, borrowed from the turn in which they happened.

use std::fmt;

use sluice_mqtt::{MessageRef, Properties, SubscriptionOptions, UnixMillis};

use crate::{ClientFacts, EventKind, Publisher};

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
    /// A message went to nobody.
    MessageDropped(MessageDropped<'e>),
    /// CONNACK with success was sent.
    ClientConnected(ClientConnected<'e>),
    /// A network connection that had been accepted ended.
    ClientDisconnected(ClientDisconnected<'e>),
    /// One filter of a SUBSCRIBE was granted.
    SessionSubscribed(SessionSubscribed<'e>),
    /// One filter of an UNSUBSCRIBE was removed.
    SessionUnsubscribed(SessionUnsubscribed<'e>),
}

impl Event<'_> {
    /// Which kind of event this is.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::MessagePublished(_) => EventKind::MessagePublish,
            Self::MessageDropped(_) => EventKind::MessageDropped,
            Self::ClientConnected(_) => EventKind::ClientConnected,
            Self::ClientDisconnected(_) => EventKind::ClientDisconnected,
            Self::SessionSubscribed(_) => EventKind::SessionSubscribed,
            Self::SessionUnsubscribed(_) => EventKind::SessionUnsubscribed,
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
}

impl DropReason {
    /// The word that rules see in `reason`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSubscribers => "no_subscribers",
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
    /// Of the UNSUBSCRIBE.
    pub properties: Properties<'e>,
}
