//! From a route to sessions: those of this worker get the message at once, those of others by
//! batch. It does not know rules.

use std::cell::OnceCell;
use std::sync::Arc;

use sluice_event::Provenance;
use sluice_journal::{Entry, Position, SessionKey};
use sluice_mqtt::{Delivery, Message, MessageRef, PacketId, QoS, Version};
use sluice_router::{SessionRef, Target, WorkerId};
use sluice_session::{Fate, Link, Offer, Session, Turn};

use super::Core;
use super::deliveries::Deliveries;
use crate::links::Links;
use crate::sessions::Sessions;
use crate::{Batch, Counters, Shared};

/// The parts of a worker that a delivery touches, apart from the route it follows.
pub(super) struct Delivering<'d> {
    pub(super) worker: WorkerId,
    pub(super) sessions: &'d mut Sessions,
    pub(super) links: &'d mut Links,
    pub(super) counters: &'d mut Counters,
    pub(super) batches: &'d mut [Batch],
    pub(super) frames: &'d mut Frames,
    /// Sessions with a delivery that waits for the log.
    pub(super) awaiting_log: &'d mut Vec<u32>,
    pub(super) deliveries: &'d mut Deliveries,
    /// What became of messages that are in the log.
    pub(super) outcomes: &'d mut Vec<Outcome>,
    /// Of the message in hand.
    pub(super) provenance: Option<Arc<Provenance>>,
    pub(super) turn: Turn<'d>,
}

/// What became of a message that is in the log for a durable session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) session: SessionKey,
    /// Where the message stands.
    pub(super) message: Position,
    /// Under which identifier it was sent; `None`: the session will never get it.
    pub(super) packet_id: Option<PacketId>,
}

impl Outcome {
    /// What the log is to say, if anything.
    pub(super) fn of(
        (key, message): (u64, Position),
        (qos, fate): (QoS, Fate),
        packet_id: Option<PacketId>,
    ) -> Option<Self> {
        let is_logged = key != 0 && message > Position::START && qos > QoS::AtMostOnce;
        let packet_id = match fate {
            Fate::Sent => Some(packet_id?),
            Fate::Dropped(_) => None,
            Fate::Queued => return None,
        };
        is_logged.then_some(Self { session: SessionKey(key), message, packet_id })
    }
}

/// The encoded QoS 0 PUBLISH of the message in hand, once for each version, so that a fan-out
/// copies bytes only.
#[derive(Debug, Default)]
pub(super) struct Frames {
    v3: Vec<u8>,
    v5: Vec<u8>,
}

impl Frames {
    fn clear(&mut self) {
        self.v3.clear();
        self.v5.clear();
    }

    fn frame(&mut self, delivery: &Delivery<'_>, version: Version) -> &[u8] {
        let frame = match version {
            Version::V3_1 | Version::V3_1_1 => &mut self.v3,
            Version::V5 => &mut self.v5,
        };
        if frame.is_empty() {
            delivery.encode(version, frame);
        }
        frame
    }
}

impl Delivering<'_> {
    /// Gives the message to every target. Whether there was one: a publisher's own No Local
    /// subscription is none.
    pub(super) fn offer_all(
        &mut self,
        message: &MessageRef<'_>,
        targets: &[Target],
        origin: Option<SessionRef>,
        (ready, logged): (Position, Position),
    ) -> bool {
        let owned = OnceCell::new();
        let provenance = self.provenance.take();
        let mut reached = false;
        let mut batched = None;
        self.frames.clear();
        for target in targets {
            let offer = Offer {
                message: *message,
                qos: message.qos.min(target.qos),
                retain: message.retain && target.retain_as_published,
                identifiers: &target.identifiers,
                ready,
                logged,
                owned: &owned,
                provenance: provenance.as_ref(),
            };
            if target.no_local && origin == Some(target.session) {
                self.skip_publisher(target.session, &offer);
                continue;
            }
            reached = true;
            if target.session.worker == self.worker {
                self.offer_one(
                    (target.session.slot, target.session.serial),
                    &offer,
                    targets.len() > 1,
                );
            } else {
                self.enter_batch(target.session, &offer, &mut batched);
            }
        }
        reached
    }

    /// The client does not want its own messages back; it is at home where it published.
    fn skip_publisher(&mut self, publisher: SessionRef, offer: &Offer<'_>) {
        if self.deliveries.are_wanted()
            && let Some(session) = self.sessions.current(publisher.slot, publisher.serial)
        {
            self.deliveries.not_local(&session.facts, offer);
        }
    }

    fn enter_batch(
        &mut self,
        session: SessionRef,
        offer: &Offer<'_>,
        batched: &mut Option<WorkerId>,
    ) {
        let Some(batch) = self.batches.get_mut(usize::from(session.worker.0)) else { return };
        // Targets are sorted by worker: one message entry serves all of a worker's sessions.
        if *batched != Some(session.worker) {
            batch.push_message(&offer.message, (offer.ready, offer.logged));
            if let Some(provenance) = offer.provenance {
                batch.push_provenance(provenance);
            }
            *batched = Some(session.worker);
        }
        batch.push_receiver(
            (session.slot, session.serial),
            offer.qos,
            offer.retain,
            offer.identifiers,
        );
    }

    /// Gives the message to one session of this worker, unless that ended meanwhile.
    pub(super) fn offer_one(&mut self, at: (u32, u32), offer: &Offer<'_>, shares_frame: bool) {
        let Some(session) = self.sessions.current(at.0, at.1) else {
            self.counters.offered(Fate::Dropped(sluice_session::Dropped::SessionEnded));
            return;
        };
        let link = session.connection.and_then(|slot| self.links.writable(slot));
        let fate = match link {
            Some(link) if shares_frame && takes_frame(session, link, offer) => {
                let delivery = Delivery {
                    message: offer.message,
                    qos: QoS::AtMostOnce,
                    retain: false,
                    dup: false,
                    packet_id: None,
                    subscription_identifiers: &[],
                    message_expiry_interval: None,
                };
                link.send_encoded(self.frames.frame(&delivery, link.version));
                Fate::Sent
            }
            link => session.offer(offer, link, self.turn),
        };
        if offer.logged > Position::START && session.is_durable() {
            let (told, packet_id) = ((offer.qos, fate), session.newest_in_flight());
            self.outcomes.extend(Outcome::of((session.key, offer.logged), told, packet_id));
        }
        if fate == Fate::Queued
            && offer.ready > self.turn.committed
            && !std::mem::replace(&mut session.is_listed, true)
        {
            self.awaiting_log.push(at.0);
        }
        if self.deliveries.are_wanted() {
            self.deliveries.offered(&session.facts, offer, fate);
        }
        self.counters.offered(fate);
        if fate == Fate::Sent {
            self.counters.publish_sent(offer.qos, offer.message.payload.len());
        }
    }
}

/// Whether the session gets exactly what every other plain QoS 0 subscriber gets.
fn takes_frame(session: &Session, link: &Link, offer: &Offer<'_>) -> bool {
    offer.qos == QoS::AtMostOnce
        && !offer.retain
        && offer.identifiers.is_empty()
        && offer.message.expires_at.is_none()
        && session.queued_len() == 0
        && link.has_room()
        && link.maximum_packet_size == u32::MAX
}

impl<S: Shared> Core<S> {
    /// Delivers what another worker routed to sessions of this one.
    pub(crate) fn receive_batch(&mut self, batch: &Batch, now: sluice_session::Now) {
        let limits = Arc::clone(&self.limits);
        let turn = self.turn(&limits, now);
        let mut delivering = Delivering {
            worker: self.placement.worker,
            sessions: &mut self.sessions,
            links: &mut self.links,
            counters: &mut self.counters,
            batches: &mut [],
            frames: &mut self.frames,
            awaiting_log: &mut self.awaiting_log,
            deliveries: &mut self.deliveries,
            outcomes: &mut self.outcomes,
            provenance: None,
            turn,
        };
        for batched in batch.messages() {
            let owned: OnceCell<Message> = OnceCell::new();
            delivering.frames.clear();
            for receiver in batched.receivers {
                let offer = Offer {
                    message: batched.message,
                    qos: receiver.qos,
                    retain: receiver.retain,
                    identifiers: batch.identifiers_of(receiver),
                    ready: batched.ready,
                    logged: batched.logged,
                    owned: &owned,
                    provenance: batched.provenance,
                };
                let shares_frame = batched.receivers.len() > 1;
                delivering.offer_one((receiver.slot, receiver.serial), &offer, shares_frame);
            }
        }
        self.log_outcomes();
    }

    /// Enters into the log what became of messages that stand there.
    pub(super) fn log_outcomes(&mut self) {
        for Outcome { session, message, packet_id } in self.outcomes.drain(..) {
            self.shared.append(&match packet_id {
                Some(packet_id) => Entry::Sent { session, packet_id, message },
                None => Entry::Discarded { session, message },
            });
        }
    }
}
