//! What became of a message on its way to one subscriber, and where it came from. It does not know
//! sessions or routes.

use std::sync::Arc;

use sluice_mqtt::{MessageRef, Properties, UnixMillis};

use crate::{ClientFacts, MessageId};

/// What is told of a message beside each of its deliveries, which may come long after it was
/// published. Made only while rules look at deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// How it was published; a retained message does not know.
    pub published: Option<PublishedFacts>,
    /// Rules between the client's publish and this message.
    pub hops: u8,
    /// Whether rules look at acknowledgements, so that the message is to be kept until then.
    pub awaits_acknowledgement: bool,
}

/// The facts of a publish that its deliveries do not repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedFacts {
    /// Unique on this node.
    pub id: MessageId,
    /// Who published it.
    pub author: Author,
    /// When the PUBLISH was read.
    pub received_at: UnixMillis,
}

/// Who published a message, kept beyond the turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A client.
    Client(Arc<ClientFacts>),
    /// A rule, by its id.
    Rule(Box<str>),
}

impl Author {
    /// What rules see as the publisher's client identifier.
    #[must_use]
    pub fn client_id(&self) -> &str {
        match self {
            Self::Client(facts) => &facts.client_id,
            Self::Rule(id) => id,
        }
    }

    /// The user name of a client that has one.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        match self {
            Self::Client(facts) => facts.username.as_deref(),
            Self::Rule(_) => None,
        }
    }
}

impl Provenance {
    /// The rule that made the message.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        match &self.published.as_ref()?.author {
            Author::Client(_) => None,
            Author::Rule(id) => Some(id),
        }
    }
}

/// See [`crate::Event::MessageDelivered`].
#[derive(Clone, Copy, Debug)]
pub struct MessageDelivered<'e> {
    /// How it was published, as far as that is known.
    pub published: Option<&'e PublishedFacts>,
    /// Who gets it.
    pub receiver: &'e ClientFacts,
    /// The message, with the QoS and the RETAIN flag of this delivery.
    pub message: MessageRef<'e>,
}

/// See [`crate::Event::MessageAcked`].
#[derive(Clone, Copy, Debug)]
pub struct MessageAcked<'e> {
    /// What was acknowledged, and by whom.
    pub delivered: MessageDelivered<'e>,
    /// Of the PUBACK or PUBREC.
    pub properties: Properties<'e>,
}

/// See [`crate::Event::DeliveryDropped`].
#[derive(Clone, Copy, Debug)]
pub struct DeliveryDropped<'e> {
    /// What was meant to be delivered, and to whom.
    pub delivered: MessageDelivered<'e>,
    /// Why it was not.
    pub reason: DeliveryDropReason,
}

/// Why a session did not get a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryDropReason {
    /// The session's queue has reached its bound.
    QueueFull,
    /// The client published it itself and subscribed with No Local.
    NoLocal,
    /// QoS 0 and the client is away.
    QoS0Message,
    /// Its Message Expiry Interval ran out.
    Expired,
    /// It exceeds the client's Maximum Packet Size.
    TooLarge,
    /// The session ended first.
    SessionEnded,
}

impl DeliveryDropReason {
    /// The word that rules see in `reason`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::NoLocal => "no_local",
            Self::QoS0Message => "qos0_msg",
            Self::Expired => "expired",
            Self::TooLarge => "too_large",
            Self::SessionEnded => "session_ended",
        }
    }
}
