//! What became of messages at sessions, collected for the rules that look at it. They are told once
//! what led to it is done: a rule may publish, and that must not happen in the middle of a route.
//! It does not know how a message is delivered.

use std::collections::VecDeque;
use std::sync::Arc;

use sluice_event::{
    Author, ClientFacts, DeliveryDropReason, DeliveryDropped, Event, EventKind, EventKinds,
    MessageAcked, MessageDelivered, MessagePublished, Provenance, PublishedFacts,
};
use sluice_mqtt::{Message, MessageRef, Properties, QoS};
use sluice_router::SessionRef;
use sluice_rule::RuleSet;
use sluice_session::{Dropped, Fate, InflightMessage, Offer, Queued};

use super::evaluate::Made;
use super::publish::{Chain, HOPS_MAX};
use super::system::is_system;
use super::{Core, Cx};
use crate::{Effects, Report, Shared};

/// See the module. While no rule looks at deliveries it holds nothing and is asked one bit.
#[derive(Default)]
pub(crate) struct Deliveries {
    /// The kinds of [`DELIVERIES`] that rules look at.
    wanted: EventKinds,
    told: VecDeque<Told>,
    /// Deliveries of clients' messages since rules were last told.
    original: usize,
    /// Deliveries of derived messages since then.
    derived: usize,
    /// Those of them that exceeded the bound, and the first one.
    untold: u64,
    first_untold: Option<(Arc<Provenance>, Message)>,
}

/// One delivery, its end or its failure.
struct Told {
    receiver: Arc<ClientFacts>,
    message: Message,
    qos: QoS,
    retain: bool,
    provenance: Option<Arc<Provenance>>,
    outcome: Outcome,
}

enum Outcome {
    Sent,
    /// With the properties of the acknowledgement.
    Acked(Box<[u8]>),
    Dropped(DeliveryDropReason),
}

impl Deliveries {
    /// Other rules are in force.
    pub(super) fn take_rules(&mut self, rules: &RuleSet) {
        self.wanted = rules.wanted().and(DELIVERIES);
    }

    /// Whether any rule looks at deliveries.
    pub(super) const fn are_wanted(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// What is known of a retained message: the store does not say who published it.
    pub(super) fn provenance_of_retained(&self) -> Option<Arc<Provenance>> {
        let awaits_acknowledgement = self.wanted.contains(EventKind::MessageAcked);
        self.are_wanted()
            .then(|| Arc::new(Provenance { awaits_acknowledgement, ..Provenance::default() }))
    }

    /// What became of an offer.
    pub(super) fn offered(&mut self, receiver: &Arc<ClientFacts>, offer: &Offer<'_>, fate: Fate) {
        let Some(outcome) = self.outcome(fate) else { return };
        self.tell(Told {
            receiver: Arc::clone(receiver),
            message: offer.owned().clone(),
            qos: offer.qos,
            retain: offer.retain,
            provenance: offer.provenance.map(Arc::clone),
            outcome,
        });
    }

    /// The client published the message itself and subscribed with No Local.
    pub(super) fn not_local(&mut self, receiver: &Arc<ClientFacts>, offer: &Offer<'_>) {
        if self.wanted.contains(EventKind::DeliveryDropped) {
            self.tell(Told {
                receiver: Arc::clone(receiver),
                message: offer.owned().clone(),
                qos: offer.qos,
                retain: offer.retain,
                provenance: offer.provenance.map(Arc::clone),
                outcome: Outcome::Dropped(DeliveryDropReason::NoLocal),
            });
        }
    }

    /// What became of a message that left a session's queue.
    pub(super) fn left(&mut self, receiver: &Arc<ClientFacts>, queued: &Queued, fate: Fate) {
        let Some(outcome) = self.outcome(fate) else { return };
        self.tell(Told {
            receiver: Arc::clone(receiver),
            message: queued.message.clone(),
            qos: queued.qos,
            retain: queued.retain,
            provenance: queued.provenance.clone(),
            outcome,
        });
    }

    /// A client acknowledged a message that was sent with this QoS.
    pub(crate) fn acked(
        &mut self,
        receiver: &Arc<ClientFacts>,
        (kept, qos): (InflightMessage, QoS),
        properties: Properties<'_>,
    ) {
        if self.wanted.contains(EventKind::MessageAcked) {
            self.tell(Told {
                receiver: Arc::clone(receiver),
                message: kept.message,
                qos,
                retain: kept.retain,
                provenance: kept.provenance,
                outcome: Outcome::Acked(properties.as_bytes().into()),
            });
        }
    }

    /// `None` where no rule looks at it.
    fn outcome(&self, fate: Fate) -> Option<Outcome> {
        let reason = match fate {
            Fate::Queued => return None,
            Fate::Sent => {
                let wanted = self.wanted.contains(EventKind::MessageDelivered);
                return wanted.then_some(Outcome::Sent);
            }
            Fate::Dropped(Dropped::QueueFull) => DeliveryDropReason::QueueFull,
            Fate::Dropped(Dropped::Offline) => DeliveryDropReason::QoS0Message,
            Fate::Dropped(Dropped::TooLarge) => DeliveryDropReason::TooLarge,
            Fate::Dropped(Dropped::Expired) => DeliveryDropReason::Expired,
            Fate::Dropped(Dropped::SessionEnded) => DeliveryDropReason::SessionEnded,
        };
        let wanted = self.wanted.contains(EventKind::DeliveryDropped);
        wanted.then_some(Outcome::Dropped(reason))
    }

    fn tell(&mut self, told: Told) {
        // What the broker says of itself raises no events of messages: `$SYS` would be about
        // itself.
        if is_system(told.message.as_ref().topic) {
            return;
        }
        match &told.provenance {
            Some(provenance) if provenance.hops > 0 => {
                self.derived += 1;
                if self.derived > DERIVED_MAX.max(self.original * usize::from(HOPS_MAX)) {
                    self.untold += 1;
                    if self.first_untold.is_none() {
                        self.first_untold = Some((Arc::clone(provenance), told.message));
                    }
                    return;
                }
            }
            Some(_) | None => self.original += 1,
        }
        self.told.push_back(told);
    }
}

impl Told {
    fn event(&self) -> Event<'_> {
        let message = MessageRef { qos: self.qos, retain: self.retain, ..self.message.as_ref() };
        let published = self.provenance.as_ref().and_then(|it| it.published.as_ref());
        let delivered = MessageDelivered { published, receiver: &self.receiver, message };
        match &self.outcome {
            Outcome::Sent => Event::MessageDelivered(delivered),
            Outcome::Acked(properties) => Event::MessageAcked(MessageAcked {
                delivered,
                properties: Properties::checked_before(properties),
            }),
            Outcome::Dropped(reason) => {
                Event::DeliveryDropped(DeliveryDropped { delivered, reason: *reason })
            }
        }
    }
}

impl<S: Shared> Core<S> {
    /// What the deliveries of a message that is being routed will tell of it; `None` while no rule
    /// looks at deliveries.
    pub(super) fn provenance(
        &mut self,
        published: &MessagePublished<'_>,
        origin: Option<SessionRef>,
        hops: u8,
    ) -> Option<Arc<Provenance>> {
        if !self.deliveries.are_wanted() || is_system(published.message.topic) {
            return None;
        }
        let author = if hops > 0 {
            Some(Author::Rule(published.publisher.client_id.into()))
        } else {
            let session = origin.and_then(|at| self.sessions.current(at.slot, at.serial));
            session.map(|session| Author::Client(Arc::clone(&session.facts)))
        };
        let (id, received_at) = (published.id, published.received_at);
        let published = author.map(|author| PublishedFacts { id, author, received_at });
        let awaits_acknowledgement = self.deliveries.wanted.contains(EventKind::MessageAcked);
        Some(Arc::new(Provenance { published, hops, awaits_acknowledgement }))
    }

    /// Tells rules what became of messages, and publishes what they make of it; this ends, since a
    /// message that is made of a delivery stands behind one more rule than the message delivered.
    pub(crate) fn raise_deliveries<E: Effects>(&mut self, cx: &mut Cx<'_, E>) {
        if self.deliveries.told.is_empty() {
            return;
        }
        // A batch of another worker, or a timer, comes without a look at what is new.
        self.refresh();
        while let Some(told) = self.deliveries.told.pop_front() {
            let event = told.event();
            let chain = self.chain_of(event.kind(), told.provenance.as_deref());
            let mut made = Made::default();
            self.raise_into(cx, &event, (chain, &mut made));
            self.follow(cx, made);
        }
        (self.deliveries.original, self.deliveries.derived) = (0, 0);
        self.counters.chains_ended += std::mem::take(&mut self.deliveries.untold);
        if let Some((provenance, message)) = self.deliveries.first_untold.take() {
            let rule = provenance.rule().unwrap_or_default();
            cx.effects.report(Report::ChainEnded { rule, topic: message.topic() });
        }
    }

    /// The rule that made a message does not look at its deliveries either.
    fn chain_of(&self, kind: EventKind, provenance: Option<&Provenance>) -> Chain {
        let Some(provenance) = provenance else { return Chain::START };
        let rules = self.evaluator.rules();
        let is_made_by = |index: &u32| {
            let rule = rules.rule(*index).map(|active| active.rule.id.as_str());
            rule.is_some() && rule == provenance.rule()
        };
        let rule = rules.for_event(kind).iter().copied().find(is_made_by);
        Chain { hops: provenance.hops, rule }
    }
}

const DELIVERIES: EventKinds = EventKinds::of(&[
    EventKind::MessageDelivered,
    EventKind::MessageAcked,
    EventKind::DeliveryDropped,
]);
/// Deliveries of derived messages that rules are told of after one input, or as many as chains of
/// single receivers may have: each may lead to as many more as the next message has receivers.
const DERIVED_MAX: usize = 10_000;
