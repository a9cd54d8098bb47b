//! What a worker may write and when: no acknowledgement before what it promises is durable. It does
//! not know what clients make of it.

use std::collections::BTreeMap;

use sluice_mqtt::QoS;

use super::{Ledger, PublishId, SessionId, Stamp};
use crate::{Fact, Log, Logged, Tapped, TappedPacket, WireId};

/// What is known of one connection.
#[derive(Debug, Default)]
pub(crate) struct WireFacts {
    /// Its session, once CONNACK has come.
    pub(crate) session: Option<SessionId>,
    /// Its publishes, by packet identifier.
    pub(crate) publishes: BTreeMap<u16, PublishId>,
}

impl Ledger {
    /// What is known of a connection.
    pub(crate) fn wire(&mut self, wire: WireId) -> &mut WireFacts {
        self.wires.entry(wire).or_default()
    }

    /// Checks what a worker has written.
    pub(crate) fn tapped(&mut self, tapped: &Tapped, log: &Log) {
        if let TappedPacket::Publish { dup: false, .. } = tapped.packet {
            self.first_sent += 1;
        }
        if tapped.packet == TappedPacket::Malformed {
            self.violation(tapped.at, format!("{:?} is malformed", tapped.wire));
        }
        if tapped.is_unwritten {
            return;
        }
        let mut uncommitted =
            log.newest_first().take_while(|entry| entry.position > tapped.committed);
        let early: Option<Logged> =
            uncommitted.find(|entry| self.must_wait_for(tapped, entry)).cloned();
        if let Some(early) = early {
            self.violation(
                tapped.at,
                format!("{} left {:?} before {early:?} was committed", tapped.packet, tapped.wire),
            );
        }
    }

    fn must_wait_for(&self, tapped: &Tapped, entry: &Logged) -> bool {
        let own = entry.wire == Some(tapped.wire);
        match (&tapped.packet, &entry.fact) {
            (TappedPacket::ConnAck, Fact::Session(_))
            | (TappedPacket::SubAck, Fact::Subscribed(_))
            | (TappedPacket::UnsubAck, Fact::Unsubscribed(_)) => own,
            (TappedPacket::PubAck(id), Fact::Message(payload, _) | Fact::Retained(payload))
            | (TappedPacket::PubRec(id), Fact::Message(payload, _) | Fact::Retained(payload)) => {
                let publish = self.wires.get(&tapped.wire).and_then(|wire| wire.publishes.get(id));
                own && publish.copied() == Stamp::read(payload).map(|stamp| stamp.id)
            }
            (TappedPacket::PubAck(id) | TappedPacket::PubRec(id), Fact::Row(Some(row))) => {
                let publish = self.wires.get(&tapped.wire).and_then(|wire| wire.publishes.get(id));
                own && publish.is_some_and(|publish| publish.0 == *row)
            }
            (TappedPacket::PubRec(id), Fact::Received(received)) => own && id == received,
            (TappedPacket::PubRel(id), Fact::SentReceived(received)) => own && id == received,
            (TappedPacket::PubComp(id), Fact::Released(released)) => own && id == released,
            (
                TappedPacket::Publish { payload, qos: QoS::ExactlyOnce, retain: false, .. },
                Fact::Message(logged, _),
            ) => payload == logged && self.is_durable(tapped.wire) && self.is_sent_once(payload),
            _ => false,
        }
    }

    /// What is sent again at QoS 1 is logged again, with the same payload.
    fn is_sent_once(&self, payload: &[u8]) -> bool {
        let published = Stamp::read(payload).and_then(|stamp| self.published(stamp.id));
        published.is_some_and(|it| it.sends == 1 || it.qos == QoS::ExactlyOnce)
    }

    fn is_durable(&self, wire: WireId) -> bool {
        let session = self.wires.get(&wire).and_then(|wire| wire.session);
        session.and_then(|id| self.sessions.get(id.0)).is_some_and(|session| session.is_durable)
    }
}
