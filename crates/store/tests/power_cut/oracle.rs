//! What a log should add up to, by the simplest means. It does not know files.

use std::collections::{BTreeMap, BTreeSet};

use sluice_journal::{Entry, Position, Receiver, RowDelivery, SessionKey, Store};
use sluice_mqtt::{
    MessageRef, PacketId, Properties, QoS, RetainHandling, SubscriptionOptions, UnixMillis,
};
use sluice_store::{Recovered, RecoveredMessage};
use sluice_value::{Record, Value};

use crate::random::Random;

/// An entry that owns what it says.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Session(u64, u32),
    Ended(u64),
    Subscribed(u64, String, u32),
    Unsubscribed(u64, String),
    Message(Vec<(u64, Vec<u32>)>, String),
    Sent(u64, u16, u64),
    SentReceived(u64, u16),
    SentComplete(u64, u16),
    Discarded(u64, u64),
    Received(u64, u16),
    Released(u64, u16),
    Will(u64, Option<String>),
    Retained(String, String),
    Row(Vec<(String, u16)>, i64),
    Cursor(String, u16, u64),
    ActionEnded(String),
    Document(String, Option<String>),
}

/// The state.
#[derive(Clone, Default)]
pub(crate) struct Model {
    sessions: BTreeMap<u64, Session>,
    retained: BTreeMap<String, String>,
    rows: BTreeMap<u64, (i64, BTreeSet<(String, u16)>)>,
    documents: BTreeMap<String, String>,
}

#[derive(Clone, Default)]
struct Session {
    expiry: u32,
    subscriptions: BTreeMap<String, u32>,
    /// By position: identifiers and bytes of the payload.
    holds: BTreeMap<u64, (Vec<u32>, usize)>,
    in_flight: BTreeMap<u16, (u64, Option<u64>)>,
    received: BTreeSet<u16>,
    will: Option<String>,
}

impl Model {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others are read one level below")]
    pub(crate) fn apply(&mut self, position: u64, fact: &Fact) {
        match fact {
            Fact::Session(key, expiry) => {
                self.sessions.entry(*key).or_default().expiry = *expiry;
            }
            Fact::Ended(key) => drop(self.sessions.remove(key)),
            Fact::Message(receivers, payload) => {
                for (key, identifiers) in receivers {
                    if let Some(session) = self.sessions.get_mut(key) {
                        let hold = (identifiers.clone(), payload.len());
                        session.holds.insert(position, hold);
                    }
                }
            }
            Fact::Retained(topic, payload) if payload.is_empty() => {
                drop(self.retained.remove(topic));
            }
            Fact::Retained(topic, payload) => {
                drop(self.retained.insert(topic.clone(), payload.clone()));
            }
            Fact::Row(lanes, number) => {
                self.rows.insert(position, (*number, lanes.iter().cloned().collect()));
            }
            Fact::Cursor(action, lane, upto) => {
                let lane = (action.clone(), *lane);
                for row in self.rows.range_mut(..=*upto).map(|(_, row)| row) {
                    row.1.remove(&lane);
                }
            }
            Fact::ActionEnded(action) => {
                self.rows.values_mut().for_each(|row| row.1.retain(|lane| lane.0 != *action));
            }
            Fact::Document(name, Some(body)) => {
                drop(self.documents.insert(name.clone(), body.clone()));
            }
            Fact::Document(name, None) => drop(self.documents.remove(name)),
            _ => self.apply_session(position, fact),
        }
        self.rows.retain(|_, row| !row.1.is_empty());
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the others are read one level above")]
    fn apply_session(&mut self, position: u64, fact: &Fact) {
        let (Fact::Subscribed(key, ..)
        | Fact::Unsubscribed(key, _)
        | Fact::Sent(key, ..)
        | Fact::SentReceived(key, _)
        | Fact::SentComplete(key, _)
        | Fact::Discarded(key, _)
        | Fact::Received(key, _)
        | Fact::Released(key, _)
        | Fact::Will(key, _)) = fact
        else {
            return;
        };
        let Some(session) = self.sessions.get_mut(key) else { return };
        match fact {
            Fact::Subscribed(_, filter, identifier) => {
                session.subscriptions.insert(filter.clone(), *identifier);
            }
            Fact::Unsubscribed(_, filter) => drop(session.subscriptions.remove(filter)),
            Fact::Sent(_, id, message) if session.holds.contains_key(message) => {
                session.in_flight.insert(*id, (position, Some(*message)));
            }
            Fact::SentReceived(_, id) => {
                let held = session.in_flight.remove(id).and_then(|(_, held)| held);
                held.into_iter().for_each(|message| drop(session.holds.remove(&message)));
                session.in_flight.insert(*id, (position, None));
            }
            Fact::SentComplete(_, id) => {
                let held = session.in_flight.remove(id).and_then(|(_, held)| held);
                held.into_iter().for_each(|message| drop(session.holds.remove(&message)));
            }
            Fact::Discarded(_, message) => drop(session.holds.remove(message)),
            Fact::Received(_, id) => {
                session.received.insert(*id);
            }
            Fact::Released(_, id) => {
                session.received.remove(id);
            }
            Fact::Will(_, will) => session.will.clone_from(will),
            _ => {}
        }
    }

    /// Something that may happen next.
    pub(crate) fn next(&self, random: &mut Random, next_key: &mut u64) -> Fact {
        let payload = "x".repeat(random.below(120));
        let keys: Vec<u64> = self.sessions.keys().copied().collect();
        if keys.is_empty() || random.chance(6) {
            *next_key += 1;
            return Fact::Session(*next_key, 60);
        }
        let key = keys[random.below(keys.len())];
        let session = &self.sessions[&key];
        let id = u16::try_from(1 + random.below(5)).unwrap();
        let name = format!("n{}", random.below(4));
        let waiting = session
            .holds
            .keys()
            .find(|held| !session.in_flight.values().any(|(_, it)| it.as_ref() == Some(*held)));
        let lane = |random: &mut Random| (format!("r.a{}", random.below(2)), 0);
        match random.below(18) {
            0 => Fact::Subscribed(key, name, u32::from(id)),
            1 => Fact::Unsubscribed(key, name),
            2..=5 => {
                let receivers = keys.iter().filter(|_| random.chance(50));
                let receivers: Vec<_> = receivers.map(|key| (*key, vec![u32::from(id)])).collect();
                match receivers.is_empty() {
                    true => Fact::Message(vec![(key, Vec::new())], payload),
                    false => Fact::Message(receivers, payload),
                }
            }
            6 | 7 => match waiting {
                Some(message) if !session.in_flight.contains_key(&id) => {
                    Fact::Sent(key, id, *message)
                }
                _ => Fact::Received(key, id),
            },
            8 if session.in_flight.contains_key(&id) => Fact::SentReceived(key, id),
            9 | 10 if session.in_flight.contains_key(&id) => Fact::SentComplete(key, id),
            11 => match waiting {
                Some(message) => Fact::Discarded(key, *message),
                None => Fact::Released(key, id),
            },
            12 => Fact::Will(key, random.chance(50).then_some(payload)),
            13 => {
                Fact::Retained(name, if random.chance(30) { String::new() } else { payload + "." })
            }
            14 => {
                let mut lanes = vec![lane(random)];
                if random.chance(50) {
                    lanes = vec![("r.a0".to_owned(), 0), ("r.a1".to_owned(), 0)];
                }
                Fact::Row(lanes, i64::from(id))
            }
            15 => {
                let (action, lane) = lane(random);
                let rows: Vec<u64> = self.rows.keys().copied().collect();
                match rows.first() {
                    _ if random.chance(5) => Fact::ActionEnded(action),
                    Some(first) => Fact::Cursor(action, lane, *first),
                    None => Fact::Released(key, id),
                }
            }
            16 if random.chance(20) => Fact::Ended(key),
            _ => Fact::Document(name, random.chance(70).then_some(payload)),
        }
    }

    /// The state as text, to be compared.
    pub(crate) fn told(&self) -> String {
        let mut told = String::new();
        for (key, it) in &self.sessions {
            let sent: BTreeSet<u64> = it.in_flight.values().filter_map(|(_, held)| *held).collect();
            let queue: Vec<_> = it.holds.iter().filter(|(at, _)| !sent.contains(at)).collect();
            let mut in_flight: Vec<_> = it.in_flight.iter().collect();
            in_flight.sort_by_key(|(_, (order, _))| *order);
            let in_flight: Vec<_> = in_flight.iter().map(|(id, (_, held))| (id, held)).collect();
            told += &format!(
                "session {key} {} {:?} queue {queue:?} in flight {in_flight:?} received {:?} \
                 will {:?}\n",
                it.expiry, it.subscriptions, it.received, it.will
            );
        }
        for (topic, payload) in &self.retained {
            told += &format!("retained {topic} {payload}\n");
        }
        for (position, (number, lanes)) in &self.rows {
            told += &format!("row {position} {number} {lanes:?}\n");
        }
        for (name, body) in &self.documents {
            told += &format!("document {name} {body}\n");
        }
        told
    }
}

/// What was recovered, in the same words.
pub(crate) fn told(recovered: &Recovered) -> String {
    let payload = |message: &RecoveredMessage| {
        let length = message.message.as_ref().payload.len();
        (message.position.0, (message.identifiers.to_vec(), length))
    };
    let mut told = String::new();
    for it in &recovered.sessions {
        let subscriptions: BTreeMap<_, _> =
            it.subscriptions.iter().map(|(filter, _, id)| (filter.clone(), *id)).collect();
        let queue: Vec<_> = it.queue.iter().map(payload).collect();
        let queue: Vec<_> = queue.iter().map(|(position, hold)| (position, hold)).collect();
        let in_flight: Vec<_> = it
            .in_flight
            .iter()
            .map(|(id, held)| (id.0.get(), held.as_ref().map(|held| held.position.0)))
            .collect();
        let in_flight: Vec<_> = in_flight.iter().map(|(id, held)| (id, held)).collect();
        let received: BTreeSet<u16> = it.received.iter().map(|id| id.0.get()).collect();
        let will = it
            .will
            .as_ref()
            .map(|(will, _)| String::from_utf8(will.as_ref().payload.to_vec()).unwrap());
        told += &format!(
            "session {} {} {subscriptions:?} queue {queue:?} in flight {in_flight:?} received \
             {received:?} will {will:?}\n",
            it.key.0, it.expiry
        );
    }
    for message in &recovered.retained {
        let message = message.as_ref();
        let payload = String::from_utf8(message.payload.to_vec()).unwrap();
        told += &format!("retained {} {payload}\n", message.topic);
    }
    for row in &recovered.rows {
        let lanes: BTreeSet<_> = row.lanes.iter().cloned().collect();
        let Some(Value::Integer(number)) = row.values.get("n") else { panic!("{row:?}") };
        told += &format!("row {} {number} {lanes:?}\n", row.position.0);
    }
    for (name, body) in &recovered.documents {
        told += &format!("document {name} {}\n", String::from_utf8(body.clone()).unwrap());
    }
    told
}

/// Enters a fact into the log.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are entered one level below")]
pub(crate) fn append(store: &mut impl Store, fact: &Fact) -> Position {
    match fact {
        Fact::Message(receivers, payload) => {
            let receivers: Vec<_> = receivers
                .iter()
                .map(|(key, identifiers)| Receiver {
                    session: SessionKey(*key),
                    qos: QoS::ExactlyOnce,
                    retain: false,
                    identifiers,
                })
                .collect();
            let message = message("t", payload);
            store.append(&Entry::Message { id: 9, message, receivers: &receivers })
        }
        Fact::Retained(topic, payload) => {
            store.append(&Entry::Retained { message: message(topic, payload) })
        }
        Fact::Row(lanes, number) => {
            let values = Record::try_from(Value::map([("n", Value::Integer(*number))])).unwrap();
            let deliveries: Vec<_> =
                lanes.iter().map(|(action, lane)| RowDelivery { action, lane: *lane }).collect();
            store.append(&Entry::Row {
                rule: "r",
                rule_version: 1,
                message: 2,
                index: 0,
                values: &values,
                deliveries: &deliveries,
            })
        }
        Fact::Cursor(action, lane, position) => {
            let lane = RowDelivery { action, lane: *lane };
            store.append(&Entry::Cursor { lane, position: Position(*position) })
        }
        Fact::ActionEnded(action) => store.append(&Entry::ActionEnded { action }),
        Fact::Document(name, body) => {
            store.append(&Entry::Document { name, body: body.as_deref().map(str::as_bytes) })
        }
        _ => store.append(&of_session(fact)),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others are entered one level above")]
fn of_session(fact: &Fact) -> Entry<'_> {
    let session = |key: &u64| SessionKey(*key);
    let packet = |id: &u16| PacketId::new(*id).unwrap();
    match fact {
        Fact::Session(key, expiry) => Entry::Session {
            session: session(key),
            client_id: "c",
            expiry: *expiry,
            disconnected_at: Some(UnixMillis(7)),
        },
        Fact::Ended(key) => Entry::SessionEnded { session: session(key) },
        Fact::Subscribed(key, filter, identifier) => Entry::Subscribed {
            session: session(key),
            filter,
            options: SubscriptionOptions {
                qos: QoS::AtLeastOnce,
                no_local: true,
                retain_as_published: false,
                retain_handling: RetainHandling::DoNotSend,
            },
            identifier: *identifier,
        },
        Fact::Unsubscribed(key, filter) => Entry::Unsubscribed { session: session(key), filter },
        Fact::Sent(key, id, message) => Entry::Sent {
            session: session(key),
            packet_id: packet(id),
            message: Position(*message),
        },
        Fact::SentReceived(key, id) => {
            Entry::SentReceived { session: session(key), packet_id: packet(id) }
        }
        Fact::SentComplete(key, id) => {
            Entry::SentComplete { session: session(key), packet_id: packet(id) }
        }
        Fact::Discarded(key, message) => {
            Entry::Discarded { session: session(key), message: Position(*message) }
        }
        Fact::Received(key, id) => Entry::Received { session: session(key), packet_id: packet(id) },
        Fact::Released(key, id) => Entry::Released { session: session(key), packet_id: packet(id) },
        Fact::Will(key, payload) => Entry::Will {
            session: session(key),
            message: payload.as_ref().map(|payload| message("w", payload)),
            due: UnixMillis(3),
        },
        other => panic!("{other:?} is of no session"),
    }
}

fn message<'m>(topic: &'m str, payload: &'m str) -> MessageRef<'m> {
    MessageRef {
        topic,
        payload: payload.as_bytes(),
        qos: QoS::ExactlyOnce,
        retain: true,
        properties: Properties::EMPTY,
        expires_at: None,
    }
}
