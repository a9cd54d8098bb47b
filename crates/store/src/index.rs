//! The state that entries add up to, with places in files instead of payloads. It does not know
//! bytes, nor when a segment is written or removed.
//!
//! Folding is idempotent where it must be: a record that is copied forward says again what is the
//! case, under the position of its first writing. Segments are given up from the oldest on, so that
//! what takes something back is needed only as long as what it takes back is there.

mod retention;
mod rows;
mod session;

use std::collections::BTreeMap;

use hashbrown::HashMap;
use sluice_journal::SessionKey;

use crate::decoded::{Decoded, Receiver};
use crate::segment::{Location, SegmentId};

pub(crate) use retention::Keep;
pub(crate) use rows::Rows;
pub(crate) use session::{Hold, InFlight, SessionState};

/// The state.
#[derive(Default)]
pub(crate) struct Index {
    pub(crate) sessions: BTreeMap<SessionKey, SessionState>,
    /// By position.
    pub(crate) messages: HashMap<u64, MessageState>,
    /// By topic.
    pub(crate) retained: BTreeMap<String, Location>,
    pub(crate) rows: Rows,
    /// By name.
    pub(crate) documents: BTreeMap<String, Location>,
    /// Bytes of records that are needed, by segment.
    live: BTreeMap<SegmentId, u64>,
    live_total: u64,
    /// While a log is read from its beginning, what is said of a session may stand before the
    /// session itself: that was copied forward.
    pub(crate) is_replaying: bool,
}

/// A message that sessions hold.
pub(crate) struct MessageState {
    /// Where it is written; `None` while only its holders are known.
    pub(crate) location: Option<Location>,
    /// Sessions that still need it.
    holders: usize,
}

impl Index {
    /// Bytes of records that are needed, in all segments.
    pub(crate) const fn live_bytes(&self) -> u64 {
        self.live_total
    }

    /// The same of one segment.
    pub(crate) fn live_bytes_of(&self, segment: SegmentId) -> u64 {
        self.live.get(&segment).copied().unwrap_or(0)
    }

    /// Folds one record in.
    pub(crate) fn apply(&mut self, position: u64, at: Location, entry: &Decoded<'_>) {
        match entry {
            Decoded::Message { receivers, .. } => self.message(position, at, receivers),
            Decoded::Row { deliveries, .. } => {
                if self.rows.insert(position, at, deliveries) {
                    self.count(at);
                } else {
                    self.move_row(position, at);
                }
            }
            Decoded::Cursor { action, lane, position } => {
                for gone in self.rows.pass((action, *lane), position.0) {
                    self.discount(gone);
                }
            }
            Decoded::ActionEnded { action } => {
                for gone in self.rows.end_action(action) {
                    self.discount(gone);
                }
            }
            Decoded::Retained { message } => {
                let before = if message.payload.is_empty() {
                    self.retained.remove(message.topic)
                } else {
                    self.count(at);
                    self.retained.insert(message.topic.to_owned(), at)
                };
                before.into_iter().for_each(|before| self.discount(before));
            }
            Decoded::Document { name, body } => {
                let before = if body.is_none() {
                    self.documents.remove(*name)
                } else {
                    self.count(at);
                    self.documents.insert((*name).to_owned(), at)
                };
                before.into_iter().for_each(|before| self.discount(before));
            }
            Decoded::SessionEnded { session } => self.end_session(*session),
            Decoded::Session { .. }
            | Decoded::Subscribed { .. }
            | Decoded::Unsubscribed { .. }
            | Decoded::Will { .. }
            | Decoded::Received { .. }
            | Decoded::Released { .. } => self.apply_session(at, entry),
            Decoded::Sent { session, packet_id, message } => {
                self.begin_sending((position, at), (*session, *packet_id), message.0);
            }
            Decoded::SentReceived { session, packet_id } => {
                let new = InFlight { message: None, order: position, location: at };
                self.end_sending(*session, *packet_id, Some(new));
            }
            Decoded::SentComplete { session, packet_id } => {
                self.end_sending(*session, *packet_id, None);
            }
            Decoded::Discarded { session, message } => self.let_go(*session, message.0),
        }
    }

    /// The log has been read to its end: what nothing was said of is nothing.
    pub(crate) fn end_replay(&mut self) {
        self.is_replaying = false;
        let shells: Vec<SessionKey> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.location.is_none())
            .map(|(key, _)| *key)
            .collect();
        shells.into_iter().for_each(|key| self.end_session(key));
        let lost: Vec<u64> =
            self.messages.iter().filter(|it| it.1.location.is_none()).map(|it| *it.0).collect();
        for position in lost {
            self.messages.remove(&position);
            for session in self.sessions.values_mut() {
                session.forget(position);
            }
        }
    }

    fn message(&mut self, position: u64, at: Location, receivers: &[Receiver]) {
        for receiver in receivers {
            let Some(session) = self.session_mut(receiver.session) else { continue };
            let hold = Hold {
                qos: receiver.qos,
                retain: receiver.retain,
                identifiers: receiver.identifiers.clone().into(),
            };
            if session.hold(position, hold) {
                self.add_holder(position);
            }
        }
        let Some(state) = self.messages.get_mut(&position) else { return };
        if let Some(before) = state.location.replace(at) {
            self.discount(before);
        }
        self.count(at);
    }

    fn add_holder(&mut self, position: u64) {
        let new = MessageState { location: None, holders: 0 };
        self.messages.entry(position).or_insert(new).holders += 1;
    }

    fn drop_holder(&mut self, position: u64) {
        let Some(state) = self.messages.get_mut(&position) else { return };
        state.holders -= 1;
        if state.holders == 0
            && let Some(state) = self.messages.remove(&position)
            && let Some(location) = state.location
        {
            self.discount(location);
        }
    }

    fn move_row(&mut self, position: u64, at: Location) {
        if let Some(before) = self.rows.relocate(position, at) {
            self.discount(before);
            self.count(at);
        }
    }

    fn count(&mut self, at: Location) {
        *self.live.entry(at.segment).or_default() += at.length;
        self.live_total += at.length;
    }

    fn discount(&mut self, at: Location) {
        self.live_total = self.live_total.saturating_sub(at.length);
        if let Some(bytes) = self.live.get_mut(&at.segment) {
            *bytes = bytes.saturating_sub(at.length);
            if *bytes == 0 {
                self.live.remove(&at.segment);
            }
        }
    }
}
