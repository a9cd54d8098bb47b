//! What outlives a network connection: subscriptions, what is in flight, what waits. It does not
//! know who publishes or how subscriptions are matched.

use std::cell::OnceCell;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use sluice_event::{ClientFacts, Provenance};
use sluice_journal::Position;
use sluice_mqtt::{
    Ack, Delivery, Message, MessageRef, Packet, PacketId, QoS, ReasonCode, SubscriptionOptions,
    UnixMillis,
};
use sluice_topic::TopicFilter;

use crate::inflight::{Acknowledged, Inflight, InflightMessage, Resend};
use crate::{Limits, Link, Queue, Queued, Turn, Will};

/// One client's session.
#[derive(Debug)]
pub struct Session {
    /// Of the latest connection.
    pub facts: Arc<ClientFacts>,
    /// Its key in the log; 0 for a session that ends with its connection.
    pub key: u64,
    /// Seconds after the connection ends; `u32::MAX` = never.
    pub expiry: u32,
    /// The slot of the connection whose CONNECT it is; `None` while the client is away.
    pub owner: Option<u32>,
    /// The same, once CONNACK has left and messages may follow.
    pub connection: Option<u32>,
    /// What its connection left to be published when it ends abnormally.
    pub will: Option<Box<Will>>,
    /// A will that waits for its delay, and when it falls due.
    pub delayed_will: Option<(Box<Will>, UnixMillis)>,
    /// Whether the worker has it among the sessions that wait for the log.
    pub is_listed: bool,
    /// Packet identifiers of QoS 2 publishes that were accepted on this connection and not yet
    /// released by PUBREL.
    pub received: HashSet<PacketId>,
    /// The same of earlier connections: the client's send quota began anew with this one.
    received_earlier: HashSet<PacketId>,
    subscriptions: HashMap<TopicFilter, SessionSubscription>,
    inflight: Inflight,
    queue: Queue,
    /// Deliveries in flight that the client cannot take, since [`Session::take_given_up`].
    given_up: Vec<PacketId>,
}

/// What the client asked for with one filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSubscription {
    /// As granted.
    pub options: SubscriptionOptions,
    /// Subscription Identifier, 0 = none.
    pub identifier: u32,
}

/// A message that is to reach this session, with what the delivery says.
pub struct Offer<'o> {
    /// The message.
    pub message: MessageRef<'o>,
    /// The QoS of the delivery.
    pub qos: QoS,
    /// The RETAIN flag of the delivery.
    pub retain: bool,
    /// Subscription Identifiers.
    pub identifiers: &'o [u32],
    /// A QoS 2 delivery waits until this is committed.
    pub ready: Position,
    /// Where the message stands in the log, for durable sessions; START where it does not.
    pub logged: Position,
    /// The message in memory of its own: made for the first session that must keep it, shared by
    /// the others.
    pub owned: &'o OnceCell<Message>,
    /// Where the message came from, when rules look at deliveries.
    pub provenance: Option<&'o Arc<Provenance>>,
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Written to the link.
    Sent,
    /// Waits in the queue.
    Queued,
    /// Gone.
    Dropped(Dropped),
}

/// Why a session did not get a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dropped {
    /// The queue has reached its bound in messages or bytes.
    QueueFull,
    /// QoS 0 and the client is away.
    Offline,
    /// Larger than the client's Maximum Packet Size.
    TooLarge,
    /// Its Message Expiry Interval ran out.
    Expired,
    /// The session ended first.
    SessionEnded,
}

/// What a pump did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pumped {
    /// Sent for the first time.
    pub sent: u64,
    /// Dropped since they expired.
    pub expired: u64,
    /// Dropped since they are too large for the client.
    pub too_large: u64,
}

impl Session {
    /// A new session without subscriptions.
    #[must_use]
    pub fn new(facts: Arc<ClientFacts>, key: u64, expiry: u32) -> Self {
        Self {
            facts,
            key,
            expiry,
            owner: None,
            connection: None,
            will: None,
            delayed_will: None,
            is_listed: false,
            received: HashSet::new(),
            received_earlier: HashSet::new(),
            subscriptions: HashMap::new(),
            inflight: Inflight::default(),
            queue: Queue::default(),
            given_up: Vec::new(),
        }
    }

    /// Whether it outlives its connection.
    #[must_use]
    pub const fn is_durable(&self) -> bool {
        self.key != 0
    }

    /// Its subscriptions.
    pub fn subscriptions(&self) -> impl Iterator<Item = (&TopicFilter, &SessionSubscription)> {
        self.subscriptions.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn subscriptions_len(&self) -> usize {
        self.subscriptions.len()
    }

    /// Makes or replaces a subscription; gives back the old one.
    pub fn subscribe(
        &mut self,
        filter: TopicFilter,
        subscription: SessionSubscription,
    ) -> Option<SessionSubscription> {
        self.subscriptions.insert(filter, subscription)
    }

    /// Whether there is a subscription to exactly this filter.
    #[must_use]
    pub fn is_subscribed(&self, filter: &TopicFilter) -> bool {
        self.subscriptions.contains_key(filter)
    }

    /// Removes a subscription and gives it back.
    pub fn unsubscribe(&mut self, filter: &TopicFilter) -> Option<SessionSubscription> {
        self.subscriptions.remove(filter)
    }

    /// Messages that wait.
    #[must_use]
    pub fn queued_len(&self) -> usize {
        self.queue.len()
    }

    /// The messages that wait, in order.
    pub fn queued(&self) -> impl Iterator<Item = &Queued> {
        self.queue.iter()
    }

    /// Deliveries in flight.
    #[must_use]
    pub const fn inflight_len(&self) -> usize {
        self.inflight.len()
    }

    /// Whether [`Session::pump`] may have something to send.
    #[must_use]
    pub fn wants_pump(&self) -> bool {
        !self.queue.is_empty() || self.inflight.has_unsent()
    }

    /// Whether any message that waits may not be sent before the log is durable further on. Not
    /// only the first one: it may go out on an acknowledgement, and the next is then due when the
    /// log is there, with nothing else to remind of it.
    #[must_use]
    pub fn awaits_log(&self, committed: Position) -> bool {
        self.queue.ready() > committed
    }

    /// A new connection goes on with the session.
    pub fn resume(&mut self, facts: Arc<ClientFacts>) {
        // It keeps its key, and so its entries in the log, even when it will now end with this
        // connection: what is in flight must be kept for this one resend.
        self.expiry = facts.session_expiry;
        self.facts = facts;
        self.received_earlier.extend(self.received.drain());
    }

    /// Whether a QoS 2 publish was accepted under this identifier and not yet released.
    #[must_use]
    pub fn has_received(&self, packet_id: PacketId) -> bool {
        self.received.contains(&packet_id) || self.received_earlier.contains(&packet_id)
    }

    /// PUBREL: whether such a publish had been accepted. The identifier is free now.
    pub fn release(&mut self, packet_id: PacketId) -> bool {
        self.received.remove(&packet_id) || self.received_earlier.remove(&packet_id)
    }

    /// A connection speaks for the session from now on; what was in flight is sent again by
    /// [`Session::pump`].
    pub fn attach(&mut self, connection: u32) {
        self.connection = Some(connection);
        self.inflight.restart();
    }

    /// Delivers a message now, or lets it wait, or drops it: per policy and bound, never silently.
    pub fn offer(&mut self, offer: &Offer<'_>, link: Option<&mut Link>, turn: Turn<'_>) -> Fate {
        let Ok(message_expiry_interval) = turn.remaining(offer.message.expires_at) else {
            return Fate::Dropped(Dropped::Expired);
        };
        let Some(link) = link else {
            return if offer.qos == QoS::AtMostOnce {
                Fate::Dropped(Dropped::Offline)
            } else {
                self.enqueue(offer, turn.limits)
            };
        };
        if !self.queue.is_empty() || !link.has_room() || !self.may_send(offer, link, turn) {
            return self.enqueue(offer, turn.limits);
        }
        let mut delivery = Delivery {
            message: offer.message,
            qos: offer.qos,
            retain: offer.retain,
            dup: false,
            packet_id: None,
            subscription_identifiers: offer.identifiers,
            message_expiry_interval,
        };
        if !fits(&delivery, link) {
            return Fate::Dropped(Dropped::TooLarge);
        }
        if offer.qos > QoS::AtMostOnce {
            let kept = self.keeps(offer.provenance).then(|| {
                Box::new(InflightMessage {
                    message: offer.owned().clone(),
                    retain: offer.retain,
                    identifiers: offer.identifiers.into(),
                    provenance: offer.provenance.map(Arc::clone),
                })
            });
            delivery.packet_id = Some(self.inflight.push(kept, offer.qos));
        }
        link.deliver(&delivery);
        Fate::Sent
    }

    /// Whether a message in flight is needed again: for a resend, or for rules.
    fn keeps(&self, provenance: Option<&Arc<Provenance>>) -> bool {
        self.is_durable() || provenance.is_some_and(|it| it.awaits_acknowledgement)
    }

    fn may_send(&self, offer: &Offer<'_>, link: &Link, turn: Turn<'_>) -> bool {
        match offer.qos {
            QoS::AtMostOnce => true,
            QoS::AtLeastOnce => self.window_has_room(link, turn),
            QoS::ExactlyOnce => {
                self.window_has_room(link, turn)
                    && (!self.is_durable() || offer.ready <= turn.committed)
            }
        }
    }

    /// Whether a message of this QoS that is offered now is sent now.
    #[must_use]
    pub fn sends_at_once(&self, qos: QoS, link: &Link, turn: Turn<'_>) -> bool {
        self.room_at_once(qos, link, turn).is_some_and(|room| room > 0)
    }

    /// How many messages of this QoS may be sent now, as far as the client's window goes; `None`
    /// when the link is full or others wait before them.
    #[must_use]
    pub fn room_at_once(&self, qos: QoS, link: &Link, turn: Turn<'_>) -> Option<usize> {
        if !self.queue.is_empty() || !link.has_room() {
            return None;
        }
        Some(if qos == QoS::AtMostOnce {
            usize::MAX
        } else if self.window_has_room(link, turn) {
            self.inflight.room(link.receive_maximum)
        } else {
            0
        })
    }

    fn window_has_room(&self, link: &Link, turn: Turn<'_>) -> bool {
        self.inflight.has_room(link.receive_maximum, turn.limits.max_queued_bytes)
    }

    fn enqueue(&mut self, offer: &Offer<'_>, limits: &Limits) -> Fate {
        let queued = Queued {
            message: offer.owned().clone(),
            qos: offer.qos,
            retain: offer.retain,
            identifiers: offer.identifiers.into(),
            ready: offer.ready,
            logged: offer.logged,
            provenance: offer.provenance.map(Arc::clone),
        };
        match self.queue.push(queued, limits) {
            Ok(()) => Fate::Queued,
            Err(_) => Fate::Dropped(Dropped::QueueFull),
        }
    }

    /// The identifier of the delivery that was sent last, at QoS 1 or 2.
    #[must_use]
    pub fn newest_in_flight(&self) -> Option<PacketId> {
        self.inflight.newest()
    }

    /// Deliveries that were in flight and that the client, on its new connection, cannot take.
    pub fn take_given_up(&mut self) -> Vec<PacketId> {
        std::mem::take(&mut self.given_up)
    }

    /// Sends what may be sent now: first what was in flight on an earlier connection, in its order
    /// [MQTT5-4.4.0-1], then what waits. `left` is told of each message that left the
    /// queue, and under which identifier it was sent.
    pub fn pump(
        &mut self,
        link: &mut Link,
        turn: Turn<'_>,
        left: &mut impl FnMut(&Queued, Fate, Option<PacketId>),
    ) -> Pumped {
        self.resend(link, turn);
        let mut pumped = Pumped::default();
        while link.has_room()
            && let Some(queued) = self.queue.front()
        {
            let waits_for_window =
                queued.qos > QoS::AtMostOnce && !self.window_has_room(link, turn);
            let waits_for_log = self.is_durable()
                && queued.qos == QoS::ExactlyOnce
                && queued.ready > turn.committed;
            if waits_for_window || waits_for_log {
                break;
            }
            if let Some(queued) = self.queue.pop() {
                let fate = self.send_queued(&queued, link, turn);
                pumped.enter(fate);
                let is_sent = fate == Fate::Sent && queued.qos > QoS::AtMostOnce;
                let packet_id = is_sent.then(|| self.newest_in_flight()).flatten();
                left(&queued, fate, packet_id);
            }
        }
        pumped
    }

    fn send_queued(&mut self, queued: &Queued, link: &mut Link, turn: Turn<'_>) -> Fate {
        let Queued { message, qos, retain, identifiers, ready: _, logged: _, provenance } = queued;
        let Ok(message_expiry_interval) = turn.remaining(message.expires_at()) else {
            return Fate::Dropped(Dropped::Expired);
        };
        let mut delivery = Delivery {
            message: message.as_ref(),
            qos: *qos,
            retain: *retain,
            dup: false,
            packet_id: None,
            subscription_identifiers: identifiers,
            message_expiry_interval,
        };
        if !fits(&delivery, link) {
            return Fate::Dropped(Dropped::TooLarge);
        }
        if *qos > QoS::AtMostOnce {
            let kept = self.keeps(provenance.as_ref()).then(|| {
                Box::new(InflightMessage {
                    message: message.clone(),
                    retain: *retain,
                    identifiers: identifiers.clone(),
                    provenance: provenance.clone(),
                })
            });
            delivery.packet_id = Some(self.inflight.push(kept, *qos));
        }
        link.deliver(&delivery);
        Fate::Sent
    }

    fn resend(&mut self, link: &mut Link, turn: Turn<'_>) {
        while link.has_room()
            && let Some(resend) = self.inflight.resend(link.receive_maximum)
        {
            match resend {
                Resend::Publish(packet_id, kept, qos) => {
                    let delivery = Delivery {
                        message: kept.message.as_ref(),
                        qos,
                        retain: kept.retain,
                        dup: true,
                        packet_id: Some(packet_id),
                        subscription_identifiers: &kept.identifiers,
                        // An exchange that began is finished even when the message expired
                        // meanwhile.
                        message_expiry_interval: turn
                            .remaining(kept.message.expires_at())
                            .unwrap_or(Some(0)),
                    };
                    if fits(&delivery, link) {
                        link.deliver(&delivery);
                    } else {
                        // The new connection takes smaller packets: the place in the window is
                        // freed.
                        self.inflight.published_is_done(packet_id, qos);
                        self.given_up.push(packet_id);
                    }
                }
                Resend::Release(packet_id) => link.send(&Packet::PubRel(Ack {
                    packet_id,
                    reason: ReasonCode::Success,
                    properties: sluice_mqtt::Properties::default(),
                })),
            }
        }
    }

    /// PUBACK, or a PUBREC with an error code, which ends the exchange too; the caller pumps
    /// afterwards.
    pub fn delivery_done(&mut self, packet_id: PacketId, qos: QoS) -> Acknowledged {
        self.inflight.published_is_done(packet_id, qos)
    }

    /// PUBREC with success: PUBREL says whether the delivery is known.
    pub fn delivery_received(&mut self, packet_id: PacketId) -> Acknowledged {
        self.inflight.received(packet_id)
    }

    /// PUBCOMP; the caller pumps afterwards.
    pub fn delivery_completed(&mut self, packet_id: PacketId) -> bool {
        self.inflight.completed(packet_id)
    }
}

impl Pumped {
    const fn enter(&mut self, fate: Fate) {
        match fate {
            Fate::Sent => self.sent += 1,
            Fate::Dropped(Dropped::TooLarge) => self.too_large += 1,
            Fate::Dropped(Dropped::Expired) => self.expired += 1,
            // Neither can come of a message that is taken out of the queue to be sent.
            Fate::Queued
            | Fate::Dropped(Dropped::QueueFull | Dropped::Offline | Dropped::SessionEnded) => {}
        }
    }
}

impl Offer<'_> {
    /// The message in memory of its own.
    #[must_use]
    pub fn owned(&self) -> &Message {
        self.owned.get_or_init(|| Message::from(&self.message))
    }
}

fn fits(delivery: &Delivery<'_>, link: &Link) -> bool {
    link.maximum_packet_size == u32::MAX
        || delivery.encoded_size(link.version)
            <= usize::try_from(link.maximum_packet_size).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
