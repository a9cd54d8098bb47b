//! PUBLISH from a client. It does not know where messages go.

use sluice_event::Publisher;
use sluice_journal::{Entry, Position};
use sluice_mqtt::{Publish, QoS, ReasonCode};
use sluice_session::{Acknowledgement, Inbound, Open, Violation};

use super::After;
use super::acknowledge::acknowledge;
use crate::core::{Core, Cx, Publication, Published};
use crate::{ConnectionId, Effects, Shared};

pub(super) fn handle<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, open): (ConnectionId, &mut Open),
    publish: &Publish<'_>,
) -> Result<After, Violation> {
    core.counters.publishes_received += 1;
    // The topic may be borrowed from the aliases while the rest of the connection changes.
    let mut aliases = std::mem::take(&mut open.aliases);
    let handled = route(core, cx, (id, open), publish, &mut aliases);
    open.aliases = aliases;
    handled
}

fn route<S: Shared, E: Effects>(
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
    let message = match open.publish(publish, aliases, &home.session, turn)? {
        Inbound::New(message) => message,
        Inbound::Repeated(packet_id) => {
            let again = Acknowledgement::PubRec(packet_id, ReasonCode::Success);
            return Ok(acknowledge(core, (id, open), again, Position::START));
        }
    };
    let (reason, position) = if message.topic.starts_with("$SYS/") {
        // What the broker says of itself cannot be said by others.
        core.counters.publishes_refused += 1;
        (ReasonCode::NotAuthorized, Position::START)
    } else {
        let publication = Publication {
            publisher: Publisher::from(&*open.facts),
            origin: core.session_ref(open.session),
            message,
            dup: publish.dup,
        };
        let Published { matched, position } = core.publish(cx, &publication);
        (if matched { ReasonCode::Success } else { ReasonCode::NoMatchingSubscribers }, position)
    };
    let Some(packet_id) = publish.packet_id else { return Ok(After::Continue) };
    let acknowledgement = match message.qos {
        QoS::AtMostOnce | QoS::AtLeastOnce => Acknowledgement::PubAck(packet_id, reason),
        QoS::ExactlyOnce => Acknowledgement::PubRec(packet_id, reason),
    };
    let mut position = position;
    if message.qos == QoS::ExactlyOnce
        && !reason.is_failure()
        && let Some(home) = core.sessions.get_mut(open.session)
    {
        home.session.received.insert(packet_id);
        let logged =
            core.log_durable(open.session, |session| Entry::Received { session, packet_id });
        position = position.max(logged);
    }
    Ok(acknowledge(core, (id, open), acknowledgement, position))
}
