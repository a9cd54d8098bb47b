//! The way of a publish: rules are evaluated, a retained copy is kept, subscribers get theirs, and
//! what rules made of it goes the same way after it. It does not know which packet it came in.

use sluice_event::{DropReason, Event, MessageDropped, MessageId, MessagePublished, Publisher};
use sluice_journal::{Entry, Position, Receiver, SessionKey, Store};
use sluice_mqtt::{MessageRef, QoS};
use sluice_router::{Retain, Route, RouteCache, SessionRef, SubscriptionTree};
use sluice_session::Turn;
use smallvec::SmallVec;

use super::deliver::Delivering;
use super::evaluate::{DerivedMessage, DerivedQueue, Evaluator};
use super::{Core, Cx};
use crate::{Effects, Report, Shared};

/// A message on its way in.
#[derive(Clone, Copy)]
pub(crate) struct Publication<'p> {
    pub(crate) publisher: Publisher<'p>,
    /// The publisher's session, for No Local.
    pub(crate) origin: Option<SessionRef>,
    pub(crate) message: MessageRef<'p>,
    /// The DUP flag as received.
    pub(crate) dup: bool,
}

/// What became of a publication.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Published {
    /// Whether any session wants it.
    pub(crate) matched: bool,
    /// An acknowledgement waits until this is committed.
    pub(crate) position: Position,
}

/// How a message came to be published.
#[derive(Clone, Copy)]
pub(super) struct Chain {
    /// Rules between the client's publish and this message.
    pub(super) hops: u8,
    /// The rule that made it, which never fires on it.
    pub(super) rule: Option<u32>,
}

impl<S: Shared> Core<S> {
    /// Publishes a client's message, and whatever rules make of it.
    pub(crate) fn publish<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        publication: &Publication<'_>,
    ) -> Published {
        let mut derived = DerivedQueue::default();
        let chain = Chain { hops: 0, rule: None };
        let mut published = self.publish_one(cx, publication, chain, &mut derived);
        published.position = published.position.max(self.publish_derived(cx, &mut derived));
        published
    }

    /// Publishes what rules made, and what rules made of that, until nothing is left or the bounds
    /// are met.
    pub(super) fn publish_derived<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        derived: &mut DerivedQueue,
    ) -> Position {
        let mut position = Position::START;
        let mut count = 0;
        while let Some(message) = derived.pop() {
            count += 1;
            if message.hops > HOPS_MAX || count > DERIVED_MAX {
                self.end_chain(cx, &message);
                continue;
            }
            self.counters.messages_derived += 1;
            let publication = Publication {
                publisher: Publisher {
                    client_id: message.rule_id.as_str(),
                    username: None,
                    peer: None,
                },
                origin: None,
                message: message.message(cx.now.unix_millis()),
                dup: false,
            };
            let chain = Chain { hops: message.hops, rule: Some(message.rule) };
            let published = self.publish_one(cx, &publication, chain, derived);
            position = position.max(published.position);
        }
        position
    }

    fn end_chain<E: Effects>(&mut self, cx: &mut Cx<'_, E>, message: &DerivedMessage) {
        self.counters.chains_ended += 1;
        self.evaluator.discarded(message.rule);
        let topic = message.message(cx.now.unix_millis()).topic;
        cx.effects.report(Report::ChainEnded { rule: message.rule_id.as_str(), topic });
    }

    fn publish_one<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        publication: &Publication<'_>,
        chain: Chain,
        derived: &mut DerivedQueue,
    ) -> Published {
        let message = &publication.message;
        self.last_message += 1;
        let published = MessagePublished {
            id: message_id(cx.now.unix_nanos, self.placement.worker.0, self.last_message),
            publisher: publication.publisher,
            message: *message,
            dup: publication.dup,
            received_at: cx.now.unix_millis(),
        };
        // Rules come first: what a full sink buffer holds back is to be neither retained nor
        // routed.
        let route = find_route(&mut self.routes, &self.tree, &self.evaluator, message.topic);
        if !route.rules.is_empty() {
            let indexes = route.rules.clone();
            let event = Event::MessagePublished(published);
            self.evaluator.evaluate(cx, &indexes, &event, (chain, derived));
        }
        let mut position = Position::START;
        let route = if message.retain {
            position = self.retain(cx, message);
            // Subscribing enters the index first and then reads the retained store; here it is the
            // other way round, so that a message may come as both, never as neither.
            self.refresh_subscriptions();
            find_route(&mut self.routes, &self.tree, &self.evaluator, message.topic)
        } else {
            route
        };
        if message.qos > QoS::AtMostOnce && route.durable {
            position = position.max(log_message(&mut self.shared, route, &published));
        }
        let turn = Turn { now: cx.now, committed: self.shared.committed(), limits: &self.limits };
        let mut delivering = Delivering {
            worker: self.placement.worker,
            sessions: &mut self.sessions,
            links: &mut self.links,
            counters: &mut self.counters,
            batches: &mut self.batches,
            frames: &mut self.frames,
            awaiting_log: &mut self.awaiting_log,
            turn,
        };
        self.routed += route.targets.len() as u64;
        let matched = delivering.offer_all(message, &route.targets, publication.origin, position);
        if !matched {
            self.counters.publishes_without_subscribers += 1;
            let dropped = MessageDropped { published, reason: DropReason::NoSubscribers };
            self.raise_into(cx, &Event::MessageDropped(dropped), (chain, derived));
        }
        Published { matched, position }
    }

    fn retain<E: Effects>(&mut self, cx: &mut Cx<'_, E>, message: &MessageRef<'_>) -> Position {
        match self.shared.retain(message) {
            Retain::Done => self.shared.append(&Entry::Retained { message: *message }),
            Retain::Full => {
                cx.effects.report(Report::RetainedFull { topic: message.topic });
                let cleared = MessageRef { payload: &[], ..*message };
                self.shared.append(&Entry::Retained { message: cleared })
            }
        }
    }
}

fn find_route<'r>(
    routes: &'r mut RouteCache,
    tree: &SubscriptionTree,
    evaluator: &Evaluator,
    topic: &str,
) -> &'r mut Route {
    let rules = evaluator.rules();
    routes.route(topic, tree, rules.version(), |topic, found| rules.for_topic(topic, found))
}

/// Enters the message for the durable sessions that get it at QoS 1 or 2.
fn log_message(
    store: &mut impl Store,
    route: &Route,
    published: &MessagePublished<'_>,
) -> Position {
    let durable = route.targets.iter().filter(|target| target.session_key != 0);
    let receivers: SmallVec<[Receiver; 4]> = durable
        .map(|target| Receiver {
            session: SessionKey(target.session_key),
            qos: target.qos.min(published.message.qos),
        })
        .filter(|receiver| receiver.qos > QoS::AtMostOnce)
        .collect();
    if receivers.is_empty() {
        return Position::START;
    }
    store.append(&Entry::Message {
        id: published.id.0,
        message: published.message,
        receivers: &receivers,
    })
}

/// Time, worker, counter: unique on this node, ascending on one worker.
fn message_id(unix_nanos: u64, worker: u16, count: u64) -> MessageId {
    let low = (u64::from(worker) << 48) | (count & 0xFFFF_FFFF_FFFF);
    MessageId((u128::from(unix_nanos / 1000) << 64) | u128::from(low))
}

/// A chain of rules that feed each other ends after this many (`decisions.md` of the rule
/// language).
const HOPS_MAX: u8 = 8;
/// Messages that rules may make of one publish, over all hops.
const DERIVED_MAX: usize = 10_000;
