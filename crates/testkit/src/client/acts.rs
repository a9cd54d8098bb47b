//! What a client can be told to do. It does not know what comes next.

use sluice_mqtt::{
    Packet, PacketId, Property, PropertyList, QoS, SubscribeEntry, SubscriptionOptions, Version,
    encode_subscribe, encode_unsubscribe,
};

use super::{Client, Cx, Outgoing, Pace, Pending};
use crate::Time;
use crate::ledger::{Origin, Published, Stamp};

/// What is published.
pub(crate) struct Draft {
    pub(crate) topic: String,
    pub(crate) qos: QoS,
    pub(crate) retention: Retention,
    pub(crate) expires: bool,
    pub(crate) padding: usize,
}

/// What a publish does to the topic's retained message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retention {
    None,
    Keep,
    /// An empty payload.
    Clear,
}

impl Client {
    /// Publishes, if the window allows it.
    pub(crate) fn publish_draft(&mut self, cx: &mut Cx<'_>, draft: Draft) {
        let now = cx.now();
        let (Some(session), Some(connection)) = (&mut self.session, &mut self.connection) else {
            return;
        };
        let window = usize::from(connection.server_receive_maximum.min(64));
        if draft.qos > QoS::AtMostOnce && session.outgoing.len() >= window {
            return;
        }
        self.number += 1;
        let id = cx.ledger.next_publish();
        let payload = match draft.retention {
            Retention::Clear => Vec::new(),
            Retention::None | Retention::Keep => Stamp::write(id, self.number, draft.padding),
        };
        cx.trace.line(
            now,
            format_args!(
                "{} publishes {} on {} {:?}",
                self.profile.id, id.0, draft.topic, draft.qos
            ),
        );
        cx.ledger.publish(Published {
            client: self.index,
            topic: draft.topic,
            payload,
            qos: draft.qos,
            retain: draft.retention != Retention::None,
            expires: draft.expires && self.profile.version == Version::V5,
            origin: Origin::Publish,
            number: self.number,
            first_sent: now,
            sends: 0,
            handled: None,
            over: None,
        });
        connection.sent += 1;
        let order = connection.sent;
        if draft.qos == QoS::AtMostOnce {
            connection.loose.push_back((order, id));
            return self.send_publish(cx, (id, None), false);
        }
        let packet_id = self.free_packet_id();
        if let Some(session) = &mut self.session {
            session.outgoing.push_back(Outgoing {
                packet_id: packet_id.get(),
                publish: id,
                qos: draft.qos,
                is_released: false,
                order,
            });
        }
        self.send_publish(cx, (id, Some(packet_id)), false);
    }

    /// The topic as it is written, or nothing where an alias stands for it, and the properties.
    pub(super) fn publish_properties(
        &mut self,
        cx: &mut Cx<'_>,
        published: &Published,
    ) -> (String, PropertyList) {
        let mut properties = PropertyList::new();
        let mut topic = published.topic.clone();
        let Some(connection) = &mut self.connection else { return (topic, properties) };
        if self.profile.version != Version::V5 {
            return (topic, properties);
        }
        if published.expires {
            properties.push(Property::MessageExpiryInterval(2));
        }
        if cx.random.chance(30) {
            let known = u16::try_from(connection.aliases.len()).unwrap_or(u16::MAX);
            if let Some(alias) = connection.aliases.get(&topic) {
                properties.push(Property::TopicAlias(*alias));
                topic.clear();
            } else if known < connection.topic_alias_maximum {
                properties.push(Property::TopicAlias(known + 1));
                connection.aliases.insert(topic.clone(), known + 1);
            }
        }
        (topic, properties)
    }

    /// Subscribes, when no other request waits for its answer.
    pub(crate) fn subscribe(&mut self, cx: &mut Cx<'_>, wanted: &[(String, QoS)]) {
        let now = cx.now();
        let packet_id = self.free_packet_id();
        let (Some(session), Some(connection)) = (&self.session, &mut self.connection) else {
            return;
        };
        if connection.pending.is_some() || wanted.is_empty() {
            return;
        }
        let record = session.record;
        connection.sent += 1;
        connection.pending = Some(Pending {
            packet_id: packet_id.get(),
            filters: wanted.iter().map(|(filter, _)| filter.clone()).collect(),
            order: connection.sent,
        });
        for (filter, qos) in wanted {
            cx.trace.line(now, format_args!("{} subscribes {filter} {qos:?}", self.profile.id));
            if let Some(record) = cx.ledger.session(record) {
                record.subscribing(filter, *qos, now);
            }
        }
        let entries: Vec<SubscribeEntry<'_>> = wanted
            .iter()
            .map(|(filter, qos)| SubscribeEntry {
                filter,
                options: SubscriptionOptions { qos: *qos, ..SubscriptionOptions::default() },
            })
            .collect();
        let mut bytes = Vec::new();
        let none = PropertyList::new();
        let properties = none.as_properties();
        encode_subscribe(packet_id, properties, &entries, self.profile.version, &mut bytes);
        self.send(cx, &bytes);
    }

    /// Unsubscribes, when no other request waits for its answer.
    pub(crate) fn unsubscribe(&mut self, cx: &mut Cx<'_>, filter: &str) {
        let now = cx.now();
        let packet_id = self.free_packet_id();
        let (Some(session), Some(connection)) = (&self.session, &mut self.connection) else {
            return;
        };
        if connection.pending.is_some() {
            return;
        }
        connection.sent += 1;
        connection.pending = Some(Pending {
            packet_id: packet_id.get(),
            filters: vec![filter.to_owned()],
            order: connection.sent,
        });
        cx.trace.line(now, format_args!("{} unsubscribes {filter}", self.profile.id));
        if let Some(record) = cx.ledger.session(session.record) {
            record.unsubscribing(filter, now);
        }
        let mut bytes = Vec::new();
        let none = PropertyList::new();
        let properties = none.as_properties();
        encode_unsubscribe(packet_id, properties, &[filter], self.profile.version, &mut bytes);
        self.send(cx, &bytes);
    }

    /// PINGREQ.
    pub(crate) fn ping(&mut self, cx: &mut Cx<'_>) {
        let Some(connection) = &mut self.connection else { return };
        if !connection.is_open || connection.silent_since.is_some() {
            return;
        }
        connection.sent += 1;
        connection.pings.push_back(connection.sent);
        let mut bytes = Vec::new();
        Packet::PingReq.encode(self.profile.version, &mut bytes);
        self.send(cx, &bytes);
    }

    /// PINGREQ, when the Keep Alive asks for one.
    pub(crate) fn keep_alive(&mut self, cx: &mut Cx<'_>) {
        let interval = Time::millis(u64::from(self.profile.keep_alive) * 600);
        let idle = self.connection.as_ref().is_some_and(|connection| {
            connection.is_open
                && connection.silent_since.is_none()
                && connection.last_sent + interval <= cx.engine.now()
        });
        if idle && self.profile.keep_alive > 0 {
            self.ping(cx);
        }
    }

    /// Says and does nothing until the broker closes the connection.
    pub(crate) fn fall_silent(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        cx.trace.line(now, format_args!("{} falls silent", self.profile.id));
        let unread_at = self.may_be_unread(cx).then_some(now);
        if let Some(connection) = &mut self.connection {
            connection.unread_at = unread_at;
            connection.silent_since = Some(now);
            connection.pace = Pace::Fast;
        }
        self.tick(cx, now + Time::seconds(1));
    }

    fn free_packet_id(&mut self) -> PacketId {
        let pending = self.connection.as_ref().and_then(|it| it.pending.as_ref());
        let pending = pending.map(|pending| pending.packet_id);
        let Some(session) = &mut self.session else { return PacketId(std::num::NonZeroU16::MIN) };
        loop {
            let id = session.next_id;
            // A small range, so that identifiers come again within a run.
            session.next_id = id % 400 + 1;
            let taken = session.outgoing.iter().any(|it| it.packet_id == id) || pending == Some(id);
            if let Some(id) = PacketId::new(id)
                && !taken
            {
                return id;
            }
        }
    }
}
