//! A log that commits late: entries get their positions at once and become durable when the run
//! says so. It keeps what checkers look at; it does not know them.

use std::collections::{BTreeMap, BTreeSet};

use sluice_journal::{Entry, Position, SessionKey};
use sluice_mqtt::PacketId;
use sluice_value::Value;

use crate::engine::WireId;

/// Every entry so far.
#[derive(Debug, Default)]
pub struct Log {
    entries: Vec<Logged>,
    committed: u64,
    /// What durable sessions are still owed.
    owed: Owed,
    /// Whether nothing waits: an entry is durable as it is taken.
    pub(crate) is_immediate: bool,
}

/// One entry, as far as a checker wants to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its place.
    pub position: Position,
    /// The connection that was handled meanwhile.
    pub wire: Option<WireId>,
    /// What it says.
    pub fact: Fact,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A message with this payload, for so many durable sessions.
    Message(Vec<u8>, usize),
    /// A retained message with this payload.
    Retained(Vec<u8>),
    /// A QoS 2 publish was accepted under this packet identifier.
    Received(u16),
    /// Its identifier is free.
    Released(u16),
    /// A subscription.
    Subscribed(String),
    /// Its end.
    Unsubscribed(String),
    /// A session of this client begins, goes on or is left.
    Session(String),
    /// PUBREC came for this packet identifier.
    SentReceived(u16),
    /// A row of the message that its column `id` names.
    Row(Option<usize>),
    /// Anything else.
    Other,
}

impl Log {
    pub(crate) fn append(&mut self, entry: &Entry<'_>, wire: Option<WireId>) -> Position {
        let position = Position(self.last() + 1);
        self.entries.push(Logged { position, wire, fact: Fact::of(entry) });
        self.owed.apply(position, entry);
        if self.is_immediate {
            self.committed = position.0;
        }
        position
    }

    /// The place of the newest entry.
    pub(crate) fn last(&self) -> u64 {
        u64::try_from(self.entries.len()).unwrap_or(u64::MAX)
    }

    /// Up to where it is durable.
    #[must_use]
    pub const fn committed(&self) -> Position {
        Position(self.committed)
    }

    /// What durable sessions are owed as far as the log knows: session, and where the message
    /// stands.
    #[must_use]
    pub fn owed(&self) -> Vec<(SessionKey, Position)> {
        self.owed.left()
    }

    /// It is durable up to here now.
    pub(crate) fn commit(&mut self, position: u64) {
        self.committed = self.committed.max(position.min(self.last()));
    }

    /// The entries, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Logged> {
        self.entries.iter().rev()
    }
}

/// The messages that the log has for durable sessions which have not had them.
#[derive(Debug, Default)]
struct Owed {
    /// By session: messages, and what is in flight under which identifier.
    sessions: BTreeMap<SessionKey, (BTreeSet<Position>, BTreeMap<PacketId, Position>)>,
}

impl Owed {
    fn apply(&mut self, position: Position, entry: &Entry<'_>) {
        match entry {
            Entry::Session { session, .. } => {
                self.sessions.entry(*session).or_default();
            }
            Entry::SessionEnded { session } => {
                self.sessions.remove(session);
            }
            Entry::Message { receivers, .. } => {
                for receiver in *receivers {
                    if let Some((messages, _)) = self.sessions.get_mut(&receiver.session) {
                        messages.insert(position);
                    }
                }
            }
            Entry::Sent { session, packet_id, message } => {
                if let Some((_, in_flight)) = self.sessions.get_mut(session) {
                    in_flight.insert(*packet_id, *message);
                }
            }
            Entry::SentReceived { session, packet_id }
            | Entry::SentComplete { session, packet_id } => {
                if let Some((messages, in_flight)) = self.sessions.get_mut(session)
                    && let Some(message) = in_flight.remove(packet_id)
                {
                    messages.remove(&message);
                }
            }
            Entry::Discarded { session, message } => {
                if let Some((messages, _)) = self.sessions.get_mut(session) {
                    messages.remove(message);
                }
            }
            Entry::Row { .. }
            | Entry::Cursor { .. }
            | Entry::ActionEnded { .. }
            | Entry::Subscribed { .. }
            | Entry::Unsubscribed { .. }
            | Entry::Retained { .. }
            | Entry::Will { .. }
            | Entry::Received { .. }
            | Entry::Released { .. }
            | Entry::Document { .. } => {}
        }
    }

    fn left(&self) -> Vec<(SessionKey, Position)> {
        let of = |(session, (messages, _)): (&SessionKey, &(BTreeSet<Position>, _))| {
            messages.iter().map(|message| (*session, *message)).collect::<Vec<_>>()
        };
        self.sessions.iter().flat_map(of).collect()
    }
}

impl Fact {
    fn of(entry: &Entry<'_>) -> Self {
        match entry {
            Entry::Message { message, receivers, .. } => {
                Self::Message(message.payload.to_vec(), receivers.len())
            }
            Entry::Retained { message } => Self::Retained(message.payload.to_vec()),
            Entry::Received { packet_id, .. } => Self::Received(packet_id.get()),
            Entry::Released { packet_id, .. } => Self::Released(packet_id.get()),
            Entry::Subscribed { filter, .. } => Self::Subscribed((*filter).to_owned()),
            Entry::Unsubscribed { filter, .. } => Self::Unsubscribed((*filter).to_owned()),
            Entry::Session { client_id, .. } => Self::Session((*client_id).to_owned()),
            Entry::SentReceived { packet_id, .. } => Self::SentReceived(packet_id.get()),
            Entry::Row { values, .. } => Self::Row(match values.get("id") {
                Some(Value::Integer(id)) => usize::try_from(*id).ok(),
                Some(_) | None => None,
            }),
            Entry::Cursor { .. }
            | Entry::ActionEnded { .. }
            | Entry::Discarded { .. }
            | Entry::Document { .. }
            | Entry::SessionEnded { .. }
            | Entry::Will { .. }
            | Entry::Sent { .. }
            | Entry::SentComplete { .. } => Self::Other,
        }
    }
}
