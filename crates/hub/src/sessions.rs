//! The sessions at home on one worker, by place and by client identifier. It does not know
//! connections.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use hashbrown::HashTable;
use sluice_router::{SessionRef, WorkerId};
use sluice_session::{MillisSinceStart, Session, SessionSubscription};
use sluice_topic::TopicFilter;

use crate::Slots;
use crate::slots::SlotNumbers;

/// A session with what the worker keeps beside it.
pub(crate) struct Home {
    /// The session.
    pub(crate) session: Session,
    /// Its armed timer.
    pub(crate) deadline: Option<MillisSinceStart>,
    /// When it ends; `None` while connected or without end.
    pub(crate) ends_at: Option<MillisSinceStart>,
    /// Subscriptions whose retained messages have not all been sent.
    pub(crate) retained: BTreeMap<TopicFilter, RetainedCursor>,
    serial: u32,
}

/// How far the retained messages of a new subscription have been sent. They stay in the store until
/// the client takes them, so that any number costs the session nothing.
pub(crate) struct RetainedCursor {
    pub(crate) subscription: SessionSubscription,
    /// The topic of the last one sent.
    pub(crate) after: Option<Box<str>>,
}

impl Home {
    /// Whether something waits for the client to take it.
    pub(crate) fn wants_pump(&self) -> bool {
        self.session.wants_pump() || !self.retained.is_empty()
    }

    /// The retained messages that match are to be sent, from the first on.
    pub(crate) fn send_retained(&mut self, filter: TopicFilter, subscription: SessionSubscription) {
        self.retained.insert(filter, RetainedCursor { subscription, after: None });
    }
}

/// Sessions in slots.
pub(crate) struct Sessions {
    worker: WorkerId,
    slots: Slots<Option<Home>>,
    numbers: SlotNumbers,
    by_client: HashTable<u32>,
    hasher: foldhash::quality::FixedState,
    next_serial: u32,
}

impl Sessions {
    pub(crate) fn new(worker: WorkerId, seed: u64) -> Self {
        Self {
            worker,
            slots: Slots::default(),
            numbers: SlotNumbers::default(),
            by_client: HashTable::new(),
            hasher: foldhash::quality::FixedState::with_seed(seed),
            next_serial: 1,
        }
    }

    /// The slot of a client's session.
    pub(crate) fn find(&self, client_id: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(client_id);
        self.by_client.find(hash, |slot| self.client_id(*slot) == Some(client_id)).copied()
    }

    pub(crate) fn insert(&mut self, session: Session) -> u32 {
        let hash = self.hasher.hash_one(&*session.facts.client_id);
        let serial = self.next_serial;
        self.next_serial = self.next_serial.wrapping_add(1);
        let home =
            Home { session, deadline: None, ends_at: None, retained: BTreeMap::new(), serial };
        let slot = self.numbers.take();
        *self.slots.reach(slot) = Some(home);
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.by_client.insert_unique(hash, slot, |slot| {
            let client_id = slots
                .get(*slot)
                .and_then(|home| home.as_ref())
                .map_or("", |home| &*home.session.facts.client_id);
            hasher.hash_one(client_id)
        });
        slot
    }

    pub(crate) fn remove(&mut self, slot: u32) -> Option<Home> {
        let home = self.slots.get_mut(slot)?.take()?;
        let hash = self.hasher.hash_one(&*home.session.facts.client_id);
        if let Ok(entry) = self.by_client.find_entry(hash, |other| *other == slot) {
            entry.remove();
        }
        self.numbers.give_back(slot);
        Some(home)
    }

    pub(crate) fn get(&self, slot: u32) -> Option<&Home> {
        self.slots.get(slot)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut Home> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// The session at a place, unless it ended and another one has the place now.
    pub(crate) fn current(&mut self, slot: u32, serial: u32) -> Option<&mut Session> {
        self.get_mut(slot).filter(|home| home.serial == serial).map(|home| &mut home.session)
    }

    /// How others name the session.
    pub(crate) fn reference(&self, slot: u32) -> Option<SessionRef> {
        let serial = self.get(slot)?.serial;
        Some(SessionRef { worker: self.worker, slot, serial })
    }

    /// The session whose connection is in this slot. Looks at all: after a panic only.
    pub(crate) fn owned_by(&self, connection: u32) -> Option<u32> {
        self.slots()
            .into_iter()
            .find(|slot| self.get(*slot).is_some_and(|home| home.session.owner == Some(connection)))
    }

    /// Every occupied slot.
    pub(crate) fn slots(&self) -> Vec<u32> {
        (0..self.numbers.end()).filter(|slot| self.get(*slot).is_some()).collect()
    }

    fn client_id(&self, slot: u32) -> Option<&str> {
        self.get(slot).map(|home| &*home.session.facts.client_id)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::Arc;

    use sluice_event::ClientFacts;
    use sluice_mqtt::{UnixMillis, Version};

    use super::*;

    fn session(client_id: &str) -> Session {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let facts = ClientFacts {
            client_id: client_id.into(),
            username: None,
            peer: address,
            local: address,
            version: Version::V5,
            is_bridge: false,
            clean_start: true,
            keep_alive: 0,
            receive_maximum: 1,
            session_expiry: 0,
            connected_at: UnixMillis(0),
            connect_properties: Box::default(),
        };
        Session::new(Arc::new(facts), 0, 0)
    }

    #[test]
    fn a_client_is_found_by_its_identifier_while_its_session_lives() {
        let mut sessions = Sessions::new(WorkerId(0), 1);
        let slots: Vec<_> =
            (0..100).map(|index| sessions.insert(session(&format!("c{index}")))).collect();
        assert_eq!(sessions.find("c42"), Some(slots[42]));
        assert!(sessions.remove(slots[42]).is_some());
        assert_eq!((sessions.find("c42"), sessions.find("c41")), (None, Some(slots[41])));
        assert!(sessions.remove(slots[42]).is_none());
        assert_eq!(sessions.slots().len(), 99);
    }

    #[test]
    fn a_place_that_is_used_again_is_not_the_old_session() {
        let mut sessions = Sessions::new(WorkerId(2), 1);
        let old = sessions.insert(session("a"));
        let old_reference = sessions.reference(old).unwrap();
        sessions.remove(old);
        let new = sessions.insert(session("b"));
        assert_eq!(new, old, "places are used again");
        assert!(sessions.current(old, old_reference.serial).is_none());
        let reference = sessions.reference(new).unwrap();
        assert_eq!(reference.worker, WorkerId(2));
        assert!(sessions.current(new, reference.serial).is_some());
    }
}
