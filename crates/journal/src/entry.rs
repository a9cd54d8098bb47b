//! The entries of the log. Each is one fact; folding them in order gives the state. It does not
//! know bytes.

use sluice_mqtt::{MessageRef, PacketId, QoS, SubscriptionOptions, UnixMillis};
use sluice_value::Record;

use crate::Position;

/// Names a durable session in the log. Given when the session is made, never given again;
/// independent of workers, whose number may change between two starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub u64);

/// A durable session that is to receive a message, and what the delivery will say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiver<'e> {
    /// Which session.
    pub session: SessionKey,
    /// The QoS of this delivery.
    pub qos: QoS,
    /// The RETAIN flag of this delivery.
    pub retain: bool,
    /// Subscription Identifiers, ascending.
    pub identifiers: &'e [u32],
}

/// A buffer that is to deliver a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowDelivery<'e> {
    /// `<rule id>.<action name>`.
    pub action: &'e str,
    /// One of the action's lanes, from 0.
    pub lane: u16,
}

/// One entry.
#[derive(Clone, Debug)]
pub enum Entry<'e> {
    /// A message, written once for all who hold a position in it.
    Message {
        /// Unique on this node.
        id: u128,
        /// The message.
        message: MessageRef<'e>,
        /// The durable sessions it is for.
        receivers: &'e [Receiver<'e>],
    },
    /// One row of a firing; every action of the rule delivers it.
    Row {
        /// The rule.
        rule: &'e str,
        /// Of the rule, when it was evaluated.
        rule_version: u64,
        /// The message or event that it came from.
        message: u128,
        /// From 0 within the firing.
        index: u32,
        /// The selected values; never evaluated again.
        values: &'e Record,
        /// The buffers that survive a restart and have admitted it.
        deliveries: &'e [RowDelivery<'e>],
    },
    /// Every row of this lane up to and including `position` is done with.
    Cursor {
        /// The lane of an action's buffer.
        lane: RowDelivery<'e>,
        /// The last entry that is done with.
        position: Position,
    },
    /// An action is no more: what it still had to deliver is dropped.
    ActionEnded {
        /// `<rule id>.<action name>`.
        action: &'e str,
    },
    /// A durable session began, was resumed or changed its expiry.
    Session {
        /// Which.
        session: SessionKey,
        /// Its client identifier.
        client_id: &'e str,
        /// Seconds after the connection ends; `u32::MAX` = never.
        expiry: u32,
        /// When the connection ended; `None` while connected.
        disconnected_at: Option<UnixMillis>,
    },
    /// A session ended; whatever it held is gone.
    SessionEnded {
        /// Which.
        session: SessionKey,
    },
    /// A subscription was made or replaced.
    Subscribed {
        /// Whose.
        session: SessionKey,
        /// The filter as sent.
        filter: &'e str,
        /// As granted.
        options: SubscriptionOptions,
        /// Subscription Identifier, 0 = none.
        identifier: u32,
    },
    /// A subscription was removed.
    Unsubscribed {
        /// Whose.
        session: SessionKey,
        /// The filter as sent.
        filter: &'e str,
    },
    /// The retained value of a topic was replaced, or cleared by an empty payload.
    Retained {
        /// With an empty payload the topic holds nothing any more.
        message: MessageRef<'e>,
    },
    /// A will waits to be published, or no longer does.
    Will {
        /// Whose.
        session: SessionKey,
        /// `None`: published or cancelled.
        message: Option<MessageRef<'e>>,
        /// When it falls due.
        due: UnixMillis,
    },
    /// A QoS 2 PUBLISH of a durable session was accepted under this identifier.
    Received {
        /// Whose.
        session: SessionKey,
        /// In use until released.
        packet_id: PacketId,
    },
    /// Its PUBREL came: the identifier is free.
    Released {
        /// Whose.
        session: SessionKey,
        /// Free again.
        packet_id: PacketId,
    },
    /// A message is sent to a durable session under this identifier.
    Sent {
        /// Whose.
        session: SessionKey,
        /// In flight until acknowledged.
        packet_id: PacketId,
        /// Where the message stands.
        message: Position,
    },
    /// PUBREC came: from now on only PUBREL is repeated.
    SentReceived {
        /// Whose.
        session: SessionKey,
        /// Still in flight.
        packet_id: PacketId,
    },
    /// PUBACK or PUBCOMP came: the delivery is complete.
    SentComplete {
        /// Whose.
        session: SessionKey,
        /// Free again.
        packet_id: PacketId,
    },
    /// A session will never get a message that was meant for it: its queue was full, the message
    /// expired or is too large for the client.
    Discarded {
        /// Whose.
        session: SessionKey,
        /// Where the message stands.
        message: Position,
    },
    /// A named thing was made, changed or removed: a rule, a connector, a user.
    Document {
        /// Its name, unique over all kinds.
        name: &'e str,
        /// `None`: it is gone.
        body: Option<&'e [u8]>,
    },
}
