//! What an opened store gives back. It does not know files.

use std::collections::BTreeMap;
use std::io;

use sluice_journal::{Position, SessionKey};
use sluice_mqtt::{Message, PacketId, QoS, SubscriptionOptions, UnixMillis};
use sluice_value::Record;

/// The state of the log.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Durable sessions, by key.
    pub sessions: Vec<RecoveredSession>,
    /// Retained messages, by topic.
    pub retained: Vec<Message>,
    /// Rows that were not delivered, in order.
    pub rows: Vec<RecoveredRow>,
    /// Documents, by name.
    pub documents: BTreeMap<String, Vec<u8>>,
    /// What was read, and what could not be.
    pub report: Report,
}

/// A durable session.
#[derive(Debug)]
pub struct RecoveredSession {
    /// Its key.
    pub key: SessionKey,
    /// Its client identifier.
    pub client_id: String,
    /// Seconds after the connection ends; `u32::MAX` = never.
    pub expiry: u32,
    /// When the connection ended; `None`: it stood when the log ended.
    pub disconnected_at: Option<UnixMillis>,
    /// Filter, options, Subscription Identifier (0 = none).
    pub subscriptions: Vec<(String, SubscriptionOptions, u32)>,
    /// Messages that were not sent yet, in order.
    pub queue: Vec<RecoveredMessage>,
    /// Deliveries in flight, in the order in which they were first sent; `None` where PUBREC has
    /// come and only PUBREL is repeated.
    pub in_flight: Vec<(PacketId, Option<RecoveredMessage>)>,
    /// Packet identifiers of QoS 2 publishes that were accepted and not released.
    pub received: Vec<PacketId>,
    /// A will that waits, and when it falls due.
    pub will: Option<(Message, UnixMillis)>,
}

/// A message for a session.
#[derive(Clone, Debug)]
pub struct RecoveredMessage {
    /// Where it stands in the log.
    pub position: Position,
    /// The message; many sessions share one.
    pub message: Message,
    /// The QoS of this delivery.
    pub qos: QoS,
    /// The RETAIN flag of this delivery.
    pub retain: bool,
    /// Subscription Identifiers.
    pub identifiers: Box<[u32]>,
}

/// A row that some lane still has to deliver.
#[derive(Debug)]
pub struct RecoveredRow {
    /// Where it stands in the log.
    pub position: Position,
    /// The rule that made it.
    pub rule: String,
    /// Of the rule, when it was evaluated.
    pub rule_version: u64,
    /// The message or event that it came from.
    pub message: u128,
    /// From 0 within the firing.
    pub index: u32,
    /// The selected values.
    pub values: Record,
    /// Full name of the action, and the lane.
    pub lanes: Vec<(String, u16)>,
}

/// What was read, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Segment files.
    pub segments: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Records.
    pub records: u64,
    /// Bytes that were written last and not whole, and were cut off: nobody was told that they are
    /// durable.
    pub cut: u64,
    /// What is damaged; the rest is there.
    pub damage: Vec<Damage>,
}

/// A place where a record should be and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file} is damaged at byte {offset}: {bytes} bytes are lost")]
pub struct Damage {
    /// In the store's folder.
    pub file: String,
    /// From the beginning of the file.
    pub offset: u64,
    /// Up to the next record that checks.
    pub bytes: u64,
}

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("another process uses this folder: stop it, or set another `node.data_dir`")]
    InUse,
    /// The system said no.
    #[error("could not {action}")]
    Io {
        /// What was tried.
        action: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A newer binary has written it.
    #[error(
        "{file} has version {version} of the format, this binary knows up to {known}: start the \
         binary that wrote it"
    )]
    Later {
        /// Which file.
        file: String,
        /// Its version.
        version: u32,
        /// The newest that is known.
        known: u32,
    },
    /// It is named as one of the store's files and is none.
    #[error("{file} is no segment of a store: move it away")]
    Foreign {
        /// Which file.
        file: String,
    },
}
