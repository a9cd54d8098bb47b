//! An entry as it was read back. It does not know bytes.

use sluice_journal::{Position, SessionKey};
use sluice_mqtt::{MessageRef, PacketId, QoS, SubscriptionOptions, UnixMillis};

/// As [`sluice_journal::Entry`], borrowed from the record.
#[derive(Clone, Debug)]
pub(crate) enum Decoded<'b> {
    Message {
        id: u128,
        message: MessageRef<'b>,
        receivers: Vec<Receiver>,
    },
    /// What follows the deliveries is read by [`crate::codec::decode_row`].
    Row {
        deliveries: Vec<(&'b str, u16)>,
        rest: &'b [u8],
    },
    Cursor {
        action: &'b str,
        lane: u16,
        position: Position,
    },
    ActionEnded {
        action: &'b str,
    },
    Session {
        session: SessionKey,
        client_id: &'b str,
        expiry: u32,
        disconnected_at: Option<UnixMillis>,
    },
    SessionEnded {
        session: SessionKey,
    },
    Subscribed {
        session: SessionKey,
        filter: &'b str,
        options: SubscriptionOptions,
        identifier: u32,
    },
    Unsubscribed {
        session: SessionKey,
        filter: &'b str,
    },
    Retained {
        message: MessageRef<'b>,
    },
    Will {
        session: SessionKey,
        message: Option<MessageRef<'b>>,
        due: UnixMillis,
    },
    Received {
        session: SessionKey,
        packet_id: PacketId,
    },
    Released {
        session: SessionKey,
        packet_id: PacketId,
    },
    Sent {
        session: SessionKey,
        packet_id: PacketId,
        message: Position,
    },
    SentReceived {
        session: SessionKey,
        packet_id: PacketId,
    },
    SentComplete {
        session: SessionKey,
        packet_id: PacketId,
    },
    Discarded {
        session: SessionKey,
        message: Position,
    },
    Document {
        name: &'b str,
        body: Option<&'b [u8]>,
    },
}

/// As [`sluice_journal::Receiver`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receiver {
    pub(crate) session: SessionKey,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) identifiers: Vec<u32>,
}
