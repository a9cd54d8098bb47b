//! What a client does with each packet, and its half of every exchange. It does not know when bytes
//! arrive.

use sluice_mqtt::{
    Ack, AckType, MessageRef, Packet, PacketId, PacketType, Publish, QoS, ReasonCode, ReasonCodes,
};

use super::{Client, Cx, Outgoing};
use crate::Time;
use crate::ledger::{Delivered, PublishId, Stamp};

impl Client {
    /// One packet from the broker.
    pub(super) fn packet(&mut self, cx: &mut Cx<'_>, packet: &Packet<'_>) {
        let is_first = self.connection.as_ref().is_some_and(|connection| !connection.is_open);
        if is_first && packet.packet_type() != PacketType::ConnAck {
            // [MQTT5-3.2.0-1]
            return self.wrong(cx, "a packet before CONNACK");
        }
        match packet {
            Packet::ConnAck(ack) => self.connected(cx, ack),
            Packet::Publish(publish) => self.publish(cx, publish),
            Packet::PubAck(ack) => self.acknowledged(cx, ack),
            Packet::PubRec(ack) => self.received(cx, ack),
            Packet::PubRel(ack) => self.released(cx, ack),
            Packet::PubComp(ack) => self.completed(cx, ack),
            Packet::SubAck(ack) => self.answered(cx, (ack.packet_id, true), &ack.reasons),
            Packet::UnsubAck(ack) => self.answered(cx, (ack.packet_id, false), &ack.reasons),
            Packet::PingResp => {
                let order = self.connection.as_mut().and_then(|at| at.pings.pop_front());
                match order {
                    Some(order) => self.confirm(cx, order),
                    None => self.wrong(cx, "PINGRESP without PINGREQ"),
                }
            }
            Packet::Disconnect(disconnect) => {
                let silent = self.connection.as_ref().is_some_and(|at| at.silent_since.is_some());
                if !silent || disconnect.reason != ReasonCode::KeepAliveTimeout {
                    self.wrong(cx, &format!("DISCONNECT {:?}", disconnect.reason));
                }
            }
            Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq
            | Packet::Auth(_) => self.wrong(cx, "a packet that only a client may send"),
        }
    }

    /// PUBLISH: it is checked, and acknowledged soon.
    fn publish(&mut self, cx: &mut Cx<'_>, publish: &Publish<'_>) {
        let now = cx.now();
        let receive_maximum = self.profile.receive_maximum;
        let (Some(session), Some(connection)) = (&mut self.session, &mut self.connection) else {
            return;
        };
        let message = &publish.message;
        let mut is_new = true;
        if let Some(packet_id) = publish.packet_id {
            let id = packet_id.get();
            let is_taken = !connection.unacknowledged.insert(id)
                || (!publish.dup && session.received.contains(&id));
            if is_taken {
                self.wrong(cx, &format!("packet identifier {id} comes while it is in use"));
                return;
            }
            if connection.unacknowledged.len() > usize::from(receive_maximum) {
                let count = connection.unacknowledged.len();
                self.wrong(cx, &format!("{count} unacknowledged, {receive_maximum} allowed"));
                return;
            }
            if message.qos == QoS::ExactlyOnce {
                is_new = session.received.insert(id);
            }
            if let Err(what) = self.check_repetition(publish, id) {
                return self.wrong(cx, &what);
            }
            self.queue_ack(cx, message.qos, packet_id);
        }
        let Some(record) = self.session.as_ref().map(|session| session.record) else { return };
        if is_new {
            cx.ledger.delivered(
                now,
                &Delivered {
                    session: record,
                    topic: message.topic,
                    payload: message.payload,
                    qos: message.qos,
                    retain: message.retain,
                    dup: publish.dup,
                },
            );
        }
    }

    /// What is sent again has the same packet identifiers, and the order of the first time
    /// [MQTT5-4.4.0-1].
    fn check_repetition(&mut self, publish: &Publish<'_>, id: u16) -> Result<(), String> {
        let (Some(session), Some(connection)) = (&mut self.session, &mut self.connection) else {
            return Ok(());
        };
        let stamp = Stamp::read(publish.message.payload);
        if publish.dup
            && let Some((place, first)) = session.seen.get(&id)
        {
            if *first != stamp {
                return Err(format!("{id} is repeated with another message"));
            }
            if *place <= connection.last_again {
                return Err(format!("{id} is repeated out of order"));
            }
            connection.last_again = *place;
            return Ok(());
        }
        session.arrivals += 1;
        session.seen.insert(id, (session.arrivals, stamp));
        if publish.dup {
            connection.last_again = session.arrivals;
        }
        Ok(())
    }

    fn queue_ack(&mut self, cx: &mut Cx<'_>, qos: QoS, packet_id: PacketId) {
        let version = self.profile.version;
        let delay = cx.random.between(0, self.profile.ack_delay);
        let Some(connection) = &mut self.connection else { return };
        let ack = Ack::new(packet_id, ReasonCode::Success);
        match qos {
            QoS::AtMostOnce => return,
            QoS::AtLeastOnce => {
                ack.encode(AckType::PubAck, version, &mut connection.acks);
                connection.acking.push(packet_id.get());
            }
            QoS::ExactlyOnce => ack.encode(AckType::PubRec, version, &mut connection.acks),
        }
        let at = cx.engine.now() + Time(delay);
        self.tick(cx, at);
    }

    /// PUBREL.
    fn released(&mut self, cx: &mut Cx<'_>, ack: &Ack<'_>) {
        let version = self.profile.version;
        let delay = cx.random.between(0, self.profile.ack_delay);
        let (Some(session), Some(connection)) = (&mut self.session, &mut self.connection) else {
            return;
        };
        session.received.remove(&ack.packet_id.get());
        let ack = Ack::new(ack.packet_id, ReasonCode::Success);
        ack.encode(AckType::PubComp, version, &mut connection.acks);
        connection.acking.push(ack.packet_id.get());
        let at = cx.engine.now() + Time(delay);
        self.tick(cx, at);
    }

    /// Sends the acknowledgements that are due, in the order of what they answer.
    pub(super) fn flush_acks(&mut self, cx: &mut Cx<'_>) {
        let Some(connection) = &mut self.connection else { return };
        if connection.acks.is_empty() || connection.silent_since.is_some() {
            return;
        }
        let acks = std::mem::take(&mut connection.acks);
        for id in std::mem::take(&mut connection.acking) {
            connection.unacknowledged.remove(&id);
        }
        self.send(cx, &acks);
    }

    /// PUBACK.
    fn acknowledged(&mut self, cx: &mut Cx<'_>, ack: &Ack<'_>) {
        self.expect_success(cx, ack);
        if let Some(outgoing) = self.take_outgoing(ack.packet_id.get(), QoS::AtLeastOnce) {
            let now = cx.now();
            cx.ledger.handled(outgoing.publish, now);
            self.confirm(cx, outgoing.order);
        } else {
            self.wrong(cx, &format!("PUBACK {} for nothing", ack.packet_id));
        }
    }

    /// PUBREC.
    fn received(&mut self, cx: &mut Cx<'_>, ack: &Ack<'_>) {
        self.expect_success(cx, ack);
        let now = cx.now();
        let id = ack.packet_id.get();
        let sent = self.connection.as_mut().map_or(0, |connection| {
            connection.sent += 1;
            connection.sent
        });
        let session = self.session.as_mut();
        let outgoing = session.and_then(|session| {
            session.outgoing.iter_mut().find(|it| it.packet_id == id && it.qos == QoS::ExactlyOnce)
        });
        let Some(outgoing) = outgoing else {
            return self.wrong(cx, &format!("PUBREC {id} for nothing"));
        };
        outgoing.is_released = true;
        let order = std::mem::replace(&mut outgoing.order, sent);
        cx.ledger.handled(outgoing.publish, now);
        self.confirm(cx, order);
        self.release(cx, ack.packet_id);
    }

    /// PUBCOMP.
    fn completed(&mut self, cx: &mut Cx<'_>, ack: &Ack<'_>) {
        self.expect_success(cx, ack);
        match self.take_outgoing(ack.packet_id.get(), QoS::ExactlyOnce) {
            Some(outgoing) if outgoing.is_released => self.confirm(cx, outgoing.order),
            _ => self.wrong(cx, &format!("PUBCOMP {} for nothing", ack.packet_id)),
        }
    }

    fn expect_success(&mut self, cx: &mut Cx<'_>, ack: &Ack<'_>) {
        // After a reconnect the broker may have forgotten an identifier that it had released.
        if ack.reason.is_failure() && ack.reason != ReasonCode::PacketIdentifierNotFound {
            self.wrong(cx, &format!("{:?} for {}", ack.reason, ack.packet_id));
        }
    }

    /// SUBACK or UNSUBACK.
    fn answered(
        &mut self,
        cx: &mut Cx<'_>,
        (packet_id, is_suback): (PacketId, bool),
        reasons: &ReasonCodes<'_>,
    ) {
        let now = cx.now();
        let pending = self.connection.as_mut().and_then(|connection| connection.pending.take());
        let Some(pending) = pending.filter(|it| it.packet_id == packet_id.get()) else {
            return self.wrong(cx, "SUBACK or UNSUBACK for nothing");
        };
        let record = self.session.as_ref().map(|session| session.record);
        let mut reasons = reasons.iter();
        for filter in &pending.filters {
            let Some(record) = record.and_then(|id| cx.ledger.session(id)) else { continue };
            if is_suback {
                let granted = reasons.next().is_some_and(|reason| !reason.is_failure());
                record.subscribed(filter, granted, now);
            } else {
                record.unsubscribed(filter, now);
            }
        }
        self.confirm(cx, pending.order);
    }

    /// The broker has handled everything that was sent before this, except what waits behind a
    /// publish that is not acknowledged: it may wait for room in the buffer of an action.
    fn confirm(&mut self, cx: &mut Cx<'_>, order: u64) {
        let now = cx.now();
        let outgoing = self.session.iter().flat_map(|session| &session.outgoing);
        let waiting = outgoing.filter(|it| !it.is_released).map(|it| it.order).min();
        let order = waiting.map_or(order, |waiting| waiting.min(order));
        let Some(connection) = &mut self.connection else { return };
        while let Some((sent, publish)) = connection.loose.front()
            && *sent < order
        {
            cx.ledger.handled(*publish, now);
            connection.loose.pop_front();
        }
    }

    /// What was not complete on the last connection goes first, in its order.
    pub(super) fn resend(&mut self, cx: &mut Cx<'_>) {
        let Some(session) = &mut self.session else { return };
        let mut outgoing = std::mem::take(&mut session.outgoing);
        for it in &mut outgoing {
            let Some(packet_id) = PacketId::new(it.packet_id) else { continue };
            if let Some(connection) = &mut self.connection {
                connection.sent += 1;
                it.order = connection.sent;
            }
            if it.is_released {
                self.release(cx, packet_id);
            } else {
                self.send_publish(cx, (it.publish, Some(packet_id)), true);
            }
        }
        if let Some(session) = &mut self.session {
            session.outgoing = outgoing;
        }
    }

    fn release(&mut self, cx: &mut Cx<'_>, packet_id: PacketId) {
        let mut bytes = Vec::new();
        let ack = Ack::new(packet_id, ReasonCode::Success);
        ack.encode(AckType::PubRel, self.profile.version, &mut bytes);
        self.send(cx, &bytes);
    }

    /// Writes a message of the ledger.
    pub(super) fn send_publish(
        &mut self,
        cx: &mut Cx<'_>,
        (id, packet_id): (PublishId, Option<PacketId>),
        dup: bool,
    ) {
        let now = cx.now();
        cx.ledger.sent(id, now);
        let Some(published) = cx.ledger.published(id).cloned() else { return };
        let properties = self.publish_properties(cx, &published);
        let (topic, properties) = (properties.0, &properties.1);
        let mut bytes = Vec::new();
        let publish = Publish {
            dup,
            packet_id,
            message: MessageRef {
                topic: &topic,
                payload: &published.payload,
                qos: published.qos,
                retain: published.retain,
                properties: properties.as_properties(),
                expires_at: None,
            },
        };
        publish.encode(self.profile.version, &mut bytes);
        if let (Some(connection), Some(packet_id)) = (&self.connection, packet_id) {
            cx.ledger.wire(connection.wire).publishes.insert(packet_id.get(), id);
        }
        self.send(cx, &bytes);
    }

    fn take_outgoing(&mut self, packet_id: u16, qos: QoS) -> Option<Outgoing> {
        let session = self.session.as_mut()?;
        let place =
            session.outgoing.iter().position(|it| it.packet_id == packet_id && it.qos == qos)?;
        session.outgoing.remove(place)
    }

    pub(super) fn wrong(&mut self, cx: &mut Cx<'_>, what: &str) {
        let now = cx.now();
        cx.ledger.violation(now, format!("{}: {what}", self.profile.id));
    }
}
