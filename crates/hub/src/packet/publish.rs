//! PUBLISH from a client. It does not know where messages go.

use sluice_event::{DropReason, Publisher};
use sluice_journal::{Entry, Position};
use sluice_mqtt::{Message, MessageRef, PacketId, Publish, QoS, ReasonCode};
use sluice_session::{Acknowledgement, Inbound, Open, Violation};

use super::After;
use super::acknowledge::acknowledge;
use crate::core::{Core, Cx, Later, Publication, Published, is_system};
use crate::{ConnectionId, Effects, Shared};

pub(super) fn handle<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, open): (ConnectionId, &mut Open),
    publish: &Publish<'_>,
) -> Result<After, Violation> {
    core.counters.publish_received(publish.message.qos, publish.message.payload.len());
    // The topic may be borrowed from the aliases while the rest of the connection changes.
    let mut aliases = std::mem::take(&mut open.aliases);
    let handled = admit(core, cx, (id, open), publish, &mut aliases);
    open.aliases = aliases;
    handled
}

/// Checks the packet, and publishes it unless one of the same client waits for room.
fn admit<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, open): (ConnectionId, &mut Open),
    publish: &Publish<'_>,
    aliases: &mut sluice_session::InboundAliases,
) -> Result<After, Violation> {
    let Some(home) = core.sessions.get(open.session) else {
        return Ok(After::Close(ReasonCode::UnspecifiedError, "internal_error"));
    };
    let limits = std::sync::Arc::clone(&core.limits);
    let turn = core.turn(&limits, cx.now);
    let message = match open.publish(publish, aliases, &home.session, turn) {
        Ok(Inbound::New(message)) => message,
        Err(violation) => {
            tell_dropped(core, cx, open, (publish, &violation));
            return Err(violation);
        }
        Ok(Inbound::Repeated(packet_id)) => {
            let again = Acknowledgement::PubRec(packet_id, ReasonCode::Success);
            return Ok(acknowledge(core, (id, open), again, Position::START));
        }
    };
    if let Some(queue) = core.held.queue(id) {
        let (dup, packet_id) = (publish.dup, publish.packet_id);
        queue.push(Later { message: Message::from(&message), dup, packet_id });
        open.held_publishes += u16::from(packet_id.is_some());
        return Ok(After::Continue);
    }
    Ok(route(core, cx, (id, open), (message, publish.dup, publish.packet_id)))
}

/// One publish too many ends the connection; rules are told that this message is lost.
fn tell_dropped<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    open: &Open,
    (publish, violation): (&Publish<'_>, &Violation),
) {
    // Where an alias stands for the topic, nothing could be said about it.
    if violation.reason == ReasonCode::ReceiveMaximumExceeded && !publish.message.topic.is_empty() {
        let publication = Publication {
            publisher: Publisher::from(&*open.facts),
            origin: None,
            message: publish.message,
            dup: publish.dup,
        };
        core.drop_publication(cx, &publication, DropReason::ReceiveMaximumExceeded);
    }
}

/// Publishes a message and acknowledges it, or lets it wait for room.
fn route<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, open): (ConnectionId, &mut Open),
    (message, dup, packet_id): (MessageRef<'_>, bool, Option<PacketId>),
) -> After {
    if is_system(message.topic) {
        core.counters.publishes_refused += 1;
        let refused = (ReasonCode::NotAuthorized, Position::START);
        return answer(core, (id, open), (message.qos, packet_id), refused);
    }
    let publication = Publication {
        publisher: Publisher::from(&*open.facts),
        origin: core.session_ref(open.session),
        message,
        dup,
    };
    let ticket = packet_id.map(|_| core.ticket(id));
    match core.publish(cx, &publication, ticket) {
        Ok(published) => answer(core, (id, open), (message.qos, packet_id), outcome(&published)),
        Err(held) => {
            core.held.hold(id, (held, packet_id));
            open.held_publishes += u16::from(packet_id.is_some());
            After::Continue
        }
    }
}

/// The turn of the connection's publish that waited has come: it is tried again, and what waited
/// behind it follows as far as the work of one turn allows ([`crate::Worker::has_unread`]).
pub(crate) fn resume<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, open): (ConnectionId, &mut Open),
) -> After {
    let work_end = core.routed.saturating_add(core.limits.deliveries_per_read);
    let mut after = After::Continue;
    let Some(queue) = core.held.queue(id) else { return after };
    if let Some((held, packet_id)) = queue.first.take() {
        let qos = held.qos();
        let publisher = Publisher::from(&*open.facts);
        let ticket = core.ticket(id);
        match core.resume(cx, held, (publisher, Some(ticket))) {
            Ok(published) => {
                open.held_publishes = open.held_publishes.saturating_sub(1);
                let outcome = outcome(&published);
                after = after.or(answer(core, (id, open), (qos, packet_id), outcome));
            }
            Err(held) => {
                core.held.hold(id, (held, packet_id));
                return after;
            }
        }
    }
    while core.routed < work_end
        && core.held.is_ready(id)
        && let Some(later) = core.held.next_later(id)
    {
        let Later { message, dup, packet_id } = later;
        open.held_publishes = open.held_publishes.saturating_sub(u16::from(packet_id.is_some()));
        let has_received = |packet_id| {
            let home = core.sessions.get(open.session);
            home.is_some_and(|home| home.session.has_received(packet_id))
        };
        after = after.or(match packet_id {
            // It was sent twice while it waited.
            Some(packet_id) if message.qos() == QoS::ExactlyOnce && has_received(packet_id) => {
                let again = Acknowledgement::PubRec(packet_id, ReasonCode::Success);
                acknowledge(core, (id, open), again, Position::START)
            }
            _ => route(core, cx, (id, open), (message.as_ref(), dup, packet_id)),
        });
    }
    after
}

const fn outcome(published: &Published) -> (ReasonCode, Position) {
    let reason =
        if published.matched { ReasonCode::Success } else { ReasonCode::NoMatchingSubscribers };
    (reason, published.position)
}

/// Acknowledges a publish of QoS 1 or 2.
fn answer<S: Shared>(
    core: &mut Core<S>,
    (id, open): (ConnectionId, &mut Open),
    (qos, packet_id): (QoS, Option<PacketId>),
    (reason, mut position): (ReasonCode, Position),
) -> After {
    let Some(packet_id) = packet_id else { return After::Continue };
    let acknowledgement = match qos {
        QoS::AtMostOnce | QoS::AtLeastOnce => Acknowledgement::PubAck(packet_id, reason),
        QoS::ExactlyOnce => Acknowledgement::PubRec(packet_id, reason),
    };
    if qos == QoS::ExactlyOnce
        && !reason.is_failure()
        && let Some(home) = core.sessions.get_mut(open.session)
    {
        home.session.received.insert(packet_id);
        let logged =
            core.log_durable(open.session, |session| Entry::Received { session, packet_id });
        position = position.max(logged);
    }
    acknowledge(core, (id, open), acknowledgement, position)
}
