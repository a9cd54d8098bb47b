//! What is known of a session. It does not know payloads.

use std::collections::BTreeMap;

use sluice_journal::SessionKey;
use sluice_mqtt::{PacketId, QoS, SubscriptionOptions, UnixMillis};

use super::Index;
use crate::decoded::Decoded;
use crate::segment::Location;

/// A durable session.
#[derive(Default)]
pub(crate) struct SessionState {
    /// Where it is said that there is such a session; `None` as long as it is not.
    pub(crate) location: Option<Location>,
    pub(crate) client_id: String,
    pub(crate) expiry: u32,
    pub(crate) disconnected_at: Option<UnixMillis>,
    /// By filter.
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    /// Messages that are queued or in flight and not received yet, by position: in order.
    pub(crate) holds: BTreeMap<u64, Hold>,
    /// Deliveries in flight.
    pub(crate) in_flight: BTreeMap<PacketId, InFlight>,
    /// Identifiers of QoS 2 publishes that were accepted and not released.
    pub(crate) received: BTreeMap<PacketId, Location>,
    pub(crate) will: Option<(Location, UnixMillis)>,
}

/// What a delivery will say.
#[derive(Clone)]
pub(crate) struct Hold {
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) identifiers: Box<[u32]>,
}

/// A delivery in flight.
#[derive(Clone, Copy)]
pub(crate) struct InFlight {
    /// Where the message stands; `None` once PUBREC has come and it is no longer needed.
    pub(crate) message: Option<u64>,
    /// When it was first sent, or PUBREC came, as a position: the order in which PUBLISH and PUBREL
    /// are sent again [MQTT5-4.6.0-1], [MQTT5-4.6.0-4].
    pub(crate) order: u64,
    pub(crate) location: Location,
}

/// A subscription.
#[derive(Clone, Copy)]
pub(crate) struct Subscription {
    pub(crate) options: SubscriptionOptions,
    pub(crate) identifier: u32,
    pub(crate) location: Location,
}

impl SessionState {
    /// Whether it did not hold the message before.
    pub(super) fn hold(&mut self, position: u64, hold: Hold) -> bool {
        self.holds.insert(position, hold).is_none()
    }

    /// The message is not there any more.
    pub(super) fn forget(&mut self, position: u64) {
        self.holds.remove(&position);
        self.in_flight.retain(|_, it| it.message != Some(position));
    }

    /// Every record that says something of it, but for messages.
    fn locations(&self) -> Vec<Location> {
        let subscriptions = self.subscriptions.values().map(|it| it.location);
        let in_flight = self.in_flight.values().map(|it| it.location);
        let own = self.location.into_iter().chain(self.will.map(|(at, _)| at));
        own.chain(subscriptions).chain(in_flight).chain(self.received.values().copied()).collect()
    }
}

impl Index {
    /// The session; while a log is read, also one that was not named yet.
    pub(super) fn session_mut(&mut self, key: SessionKey) -> Option<&mut SessionState> {
        if self.is_replaying {
            return Some(self.sessions.entry(key).or_default());
        }
        self.sessions.get_mut(&key)
    }

    pub(super) fn end_session(&mut self, key: SessionKey) {
        let Some(session) = self.sessions.remove(&key) else { return };
        session.locations().into_iter().for_each(|at| self.discount(at));
        session.holds.into_keys().for_each(|position| self.drop_holder(position));
    }

    /// What is said of one session.
    pub(super) fn apply_session(&mut self, at: Location, entry: &Decoded<'_>) {
        let before = match entry {
            Decoded::Session { session, client_id, expiry, disconnected_at } => {
                let session = self.sessions.entry(*session).or_default();
                session.client_id = (*client_id).to_owned();
                session.expiry = *expiry;
                session.disconnected_at = *disconnected_at;
                Change { before: session.location.replace(at), is_counted: true }
            }
            Decoded::Subscribed { session, filter, options, identifier } => {
                let new = Subscription { options: *options, identifier: *identifier, location: at };
                self.change(*session, |session| {
                    let before = session.subscriptions.insert((*filter).to_owned(), new);
                    Change { before: before.map(|it| it.location), is_counted: true }
                })
            }
            Decoded::Unsubscribed { session, filter } => self.change(*session, |session| {
                Change::end(session.subscriptions.remove(*filter).map(|it| it.location))
            }),
            Decoded::Will { session, message, due } => self.change(*session, |session| {
                let new = message.is_some().then_some((at, *due));
                let before = std::mem::replace(&mut session.will, new).map(|(at, _)| at);
                Change { before, is_counted: new.is_some() }
            }),
            Decoded::Received { session, packet_id } => self.change(*session, |session| Change {
                before: session.received.insert(*packet_id, at),
                is_counted: true,
            }),
            Decoded::Released { session, packet_id } => {
                self.change(*session, |session| Change::end(session.received.remove(packet_id)))
            }
            Decoded::Message { .. }
            | Decoded::Row { .. }
            | Decoded::Cursor { .. }
            | Decoded::ActionEnded { .. }
            | Decoded::SessionEnded { .. }
            | Decoded::Retained { .. }
            | Decoded::Sent { .. }
            | Decoded::SentReceived { .. }
            | Decoded::SentComplete { .. }
            | Decoded::Discarded { .. }
            | Decoded::Document { .. } => return,
        };
        if before.is_counted {
            self.count(at);
        }
        if let Some(before) = before.before {
            self.discount(before);
        }
    }

    fn change(
        &mut self,
        key: SessionKey,
        change: impl FnOnce(&mut SessionState) -> Change,
    ) -> Change {
        self.session_mut(key).map_or(Change::end(None), change)
    }

    /// A message is under way to a session.
    pub(super) fn begin_sending(
        &mut self,
        (order, location): (u64, Location),
        (key, packet_id): (SessionKey, PacketId),
        message: u64,
    ) {
        let is_replaying = self.is_replaying;
        let Some(session) = self.session_mut(key) else { return };
        if !session.holds.contains_key(&message) {
            if !is_replaying {
                return;
            }
            // Where a start was cut off, a copy of the message may stand further behind.
            let hold = Hold { qos: QoS::AtLeastOnce, retain: false, identifiers: Box::default() };
            session.hold(message, hold);
            self.add_holder(message);
        }
        let new = InFlight { message: Some(message), order, location };
        self.put_in_flight(key, packet_id, Some(new));
    }

    /// The message that was under way arrived; `new` is what is left to be done.
    pub(super) fn end_sending(
        &mut self,
        key: SessionKey,
        packet_id: PacketId,
        new: Option<InFlight>,
    ) {
        let Some(session) = self.session_mut(key) else { return };
        let held = session.in_flight.get(&packet_id).and_then(|it| it.message);
        self.put_in_flight(key, packet_id, new);
        held.into_iter().for_each(|message| self.let_go(key, message));
    }

    fn put_in_flight(&mut self, key: SessionKey, packet_id: PacketId, new: Option<InFlight>) {
        let Some(session) = self.session_mut(key) else { return };
        let before = match new {
            Some(new) => session.in_flight.insert(packet_id, new),
            None => session.in_flight.remove(&packet_id),
        };
        new.into_iter().for_each(|it| self.count(it.location));
        before.into_iter().for_each(|it| self.discount(it.location));
    }

    /// A session needs a message no longer.
    pub(super) fn let_go(&mut self, key: SessionKey, position: u64) {
        let Some(session) = self.session_mut(key) else { return };
        if session.holds.remove(&position).is_some() {
            self.drop_holder(position);
        }
    }
}

/// What a record changes in what is counted.
struct Change {
    /// The record that said it before.
    before: Option<Location>,
    /// Whether the new one is needed from now on.
    is_counted: bool,
}

impl Change {
    const fn end(before: Option<Location>) -> Self {
        Self { before, is_counted: false }
    }
}
