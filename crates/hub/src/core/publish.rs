//! The way of a publish: rules are evaluated, the rows they make find room, a retained copy is
//! kept, subscribers get theirs, and what rules made of it goes the same way after it. It does not
//! know which packet it came in.

use sluice_event::{
    DropReason, Event, EventKind, MessageDropped, MessageId, MessagePublished, Publisher,
};
use sluice_journal::{Entry, Position, Receiver, SessionKey, Store};
use sluice_mqtt::{MessageRef, QoS, UnixMillis};
use sluice_router::{Retain, Route, RouteCache, SessionRef, SubscriptionTree, Target};
use sluice_rule::Ticket;
use sluice_session::{Now, Turn};
use smallvec::SmallVec;

use super::deliver::Delivering;
use super::derived::DerivedMessage;
use super::evaluate::{Evaluator, Made};
use super::held::Held;
use super::system::is_system;
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

impl Chain {
    /// No rule made it.
    pub(super) const START: Self = Self { hops: 0, rule: None };
}

impl<S: Shared> Core<S> {
    /// Publishes a message, and whatever rules make of it: rules are evaluated first, over the
    /// whole chain, then every row finds room, and only then anything is logged, retained or
    /// routed. With a ticket a publish whose rows find no room waits, and is handed back; without
    /// one those rows are dropped.
    pub(crate) fn publish<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        publication: &Publication<'_>,
        ticket: Option<Ticket>,
    ) -> Result<Published, Box<Held>> {
        let published = MessagePublished {
            id: self.next_message_id(cx.now),
            publisher: publication.publisher,
            message: publication.message,
            dup: publication.dup,
            received_at: cx.now.unix_millis(),
        };
        let mut made = Made::default();
        self.evaluate_message(cx, &published, Chain::START, &mut made);
        if made.is_empty() {
            // Nothing to admit, and nothing behind it: the way of most messages.
            let routed = (&published, publication.origin);
            let (matched, position) = self.route_one(cx, routed, (Chain::START, &mut made));
            let position = position.max(self.follow(cx, made));
            return Ok(Published { matched, position });
        }
        if !made.derived.is_empty() {
            self.evaluate_derived(cx, &mut made);
        }
        if !made.rows.is_empty() && !made.rows.admit(ticket) {
            self.counters.publishes_held += 1;
            let rules_version = self.evaluator.rules().version();
            return Err(Box::new(Held::new(publication, &published, (made, rules_version))));
        }
        Ok(self.route_all(cx, (&published, publication.origin), made))
    }

    /// Tries again to publish what waited for room; evaluates nothing again.
    pub(crate) fn resume<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        mut held: Box<Held>,
        (publisher, ticket): (Publisher<'_>, Option<Ticket>),
    ) -> Result<Published, Box<Held>> {
        if !held.made.rows.admit(ticket) {
            return Err(held);
        }
        if held.rules_version != self.evaluator.rules().version() {
            let evaluator = &self.evaluator;
            held.made.derived.rename(|rule| evaluator.place_of(rule));
        }
        let Held { message, id, received_at, dup, origin, made, .. } = *held;
        let message = message.as_ref();
        let published = MessagePublished { id, publisher, message, dup, received_at };
        Ok(self.route_all(cx, (&published, origin), made))
    }

    /// Raises an event that is no publish: rules look at it, and what they make is published.
    pub(crate) fn raise<E: Effects>(&mut self, cx: &mut Cx<'_, E>, event: &Event<'_>) {
        let mut made = Made::default();
        self.raise_into(cx, event, (Chain::START, &mut made));
        self.follow(cx, made);
    }

    pub(super) fn raise_into<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        event: &Event<'_>,
        (chain, made): (Chain, &mut Made),
    ) {
        if self.evaluator.rules().wants(event.kind()) {
            let indexes = self.evaluator.rules().for_event(event.kind()).to_vec();
            let id = self.next_message_id(cx.now);
            self.evaluator.evaluate(cx, &indexes, (event, id), (chain, made));
        }
    }

    /// Rules look at a message.
    fn evaluate_message<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        published: &MessagePublished<'_>,
        chain: Chain,
        made: &mut Made,
    ) {
        if !self.evaluator.rules().wants(EventKind::MessagePublish) {
            return;
        }
        let topic = published.message.topic;
        let route = find_route(&mut self.routes, &self.tree, &self.evaluator, topic);
        if !route.rules.is_empty() {
            let indexes = route.rules.clone();
            let event = Event::MessagePublished(*published);
            self.evaluator.evaluate(cx, &indexes, (&event, published.id), (chain, made));
        }
    }

    /// Rules look at what rules made, and at what they make of that, until nothing is new or the
    /// bounds are met.
    fn evaluate_derived<E: Effects>(&mut self, cx: &mut Cx<'_, E>, made: &mut Made) {
        while let Some(mut message) = made.derived.next_fresh() {
            made.derived_count += 1;
            if message.hops > HOPS_MAX || made.derived_count > DERIVED_MAX {
                made.derived.ended(&message);
                self.end_chain(cx, &message);
                continue;
            }
            self.counters.messages_derived += 1;
            message.id = self.next_message_id(cx.now);
            let published = derived_published(&message, cx.now.unix_millis());
            let chain = Chain { hops: message.hops, rule: Some(message.rule) };
            self.evaluate_message(cx, &published, chain, made);
            made.derived.evaluated(message);
        }
    }

    fn end_chain<E: Effects>(&mut self, cx: &mut Cx<'_, E>, message: &DerivedMessage) {
        self.counters.chains_ended += 1;
        self.evaluator.discarded(message.rule);
        let topic = message.message(cx.now.unix_millis()).topic;
        cx.effects.report(Report::ChainEnded { rule: message.rule_id.as_str(), topic });
    }

    /// Routes a message and what rules made of it, all of which was admitted.
    fn route_all<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        (published, origin): (&MessagePublished<'_>, Option<SessionRef>),
        mut made: Made,
    ) -> Published {
        let mut raised = Made { derived_count: made.derived_count, ..Made::default() };
        let logged = made.rows.enter(&mut self.shared);
        let (matched, position) =
            self.route_one(cx, (published, origin), (Chain::START, &mut raised));
        let mut position = position.max(logged);
        position = position.max(self.route_derived(cx, &mut made, &mut raised));
        position = position.max(self.follow(cx, raised));
        Published { matched, position }
    }

    fn route_derived<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        made: &mut Made,
        raised: &mut Made,
    ) -> Position {
        let mut position = Position::START;
        while let Some(message) = made.derived.pop() {
            let published = derived_published(&message, cx.now.unix_millis());
            let chain = Chain { hops: message.hops, rule: Some(message.rule) };
            let (_, logged) = self.route_one(cx, (&published, None), (chain, raised));
            position = position.max(logged);
        }
        position
    }

    /// Publishes what rules made of events, and of the events that this raises, until nothing is
    /// new. Nobody waits for room here: rows of events count as QoS 0.
    pub(super) fn follow<E: Effects>(&mut self, cx: &mut Cx<'_, E>, mut made: Made) -> Position {
        let mut position = Position::START;
        while !made.is_empty() {
            self.evaluate_derived(cx, &mut made);
            made.rows.admit(None);
            position = position.max(made.rows.enter(&mut self.shared));
            let mut raised = Made { derived_count: made.derived_count, ..Made::default() };
            position = position.max(self.route_derived(cx, &mut made, &mut raised));
            made = raised;
        }
        position
    }

    /// Retains and routes one message; where the publisher's acknowledgement waits, and whether any
    /// session wants it.
    fn route_one<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        (published, origin): (&MessagePublished<'_>, Option<SessionRef>),
        (chain, raised): (Chain, &mut Made),
    ) -> (bool, Position) {
        let message = &published.message;
        let mut position = Position::START;
        if message.retain {
            position = self.retain(cx, message);
            // Subscribing enters the index first and then reads the retained store; here it is the
            // other way round, so that a message may come as both, never as neither.
            self.refresh_subscriptions();
        }
        let provenance = self.provenance(published, origin, chain.hops);
        let route = find_route(&mut self.routes, &self.tree, &self.evaluator, message.topic);
        let mut logged = Position::START;
        if message.qos > QoS::AtMostOnce && route.durable {
            logged = log_message(&mut self.shared, route, (published, origin));
            position = position.max(logged);
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
            deliveries: &mut self.deliveries,
            outcomes: &mut self.outcomes,
            provenance,
            turn,
        };
        self.routed += route.targets.len() as u64;
        let matched = delivering.offer_all(message, &route.targets, origin, (position, logged));
        self.log_outcomes();
        if !matched && !is_system(message.topic) {
            self.counters.publishes_without_subscribers += 1;
            let dropped =
                MessageDropped { published: *published, reason: DropReason::NoSubscribers };
            self.raise_into(cx, &Event::MessageDropped(dropped), (chain, raised));
        }
        (matched, position)
    }

    /// Tells rules of a message that is not published at all.
    pub(crate) fn drop_publication<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        publication: &Publication<'_>,
        reason: DropReason,
    ) {
        let published = MessagePublished {
            id: self.next_message_id(cx.now),
            publisher: publication.publisher,
            message: publication.message,
            dup: publication.dup,
            received_at: cx.now.unix_millis(),
        };
        self.raise(cx, &Event::MessageDropped(MessageDropped { published, reason }));
    }

    fn next_message_id(&mut self, now: Now) -> MessageId {
        self.last_message += 1;
        message_id(now.unix_nanos, self.placement.worker.0, self.last_message)
    }

    fn retain<E: Effects>(&mut self, cx: &mut Cx<'_, E>, message: &MessageRef<'_>) -> Position {
        let retained = self.shared.retain(message);
        if is_system(message.topic) {
            // After a restart the broker says anew what it says of itself.
            return Position::START;
        }
        match retained {
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

/// A derived message as the publish that rules and sessions see: its client is the rule.
fn derived_published(message: &DerivedMessage, now: UnixMillis) -> MessagePublished<'_> {
    MessagePublished {
        id: message.id,
        publisher: Publisher { client_id: message.rule_id.as_str(), username: None, peer: None },
        message: message.message(now),
        dup: false,
        received_at: now,
    }
}

/// Enters the message for the durable sessions that get it at QoS 1 or 2.
fn log_message(
    store: &mut impl Store,
    route: &Route,
    (published, origin): (&MessagePublished<'_>, Option<SessionRef>),
) -> Position {
    let is_own = |target: &Target| target.no_local && origin == Some(target.session);
    let durable = route.targets.iter().filter(|target| target.session_key != 0 && !is_own(target));
    let receivers: SmallVec<[Receiver<'_>; 4]> = durable
        .map(|target| Receiver {
            session: SessionKey(target.session_key),
            qos: target.qos.min(published.message.qos),
            retain: target.retain_as_published && published.message.retain,
            identifiers: &target.identifiers,
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
pub(super) const HOPS_MAX: u8 = 8;
/// Messages that rules may make of one publish, over all hops.
const DERIVED_MAX: usize = 10_000;
