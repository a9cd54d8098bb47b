//! Acknowledgements, both ways. It does not know what a message says.

use sluice_journal::{Entry, Position};
use sluice_mqtt::{Ack, QoS, ReasonCode};
use sluice_session::{Acknowledged, Acknowledgement, Open};

use super::After;
use crate::core::{Core, Cx};
use crate::{ConnectionId, Effects, Shared};

/// Sends an acknowledgement once `position` is committed.
pub(super) fn acknowledge<S: Shared>(
    core: &mut Core<S>,
    (id, open): (ConnectionId, &mut Open),
    acknowledgement: Acknowledgement,
    position: Position,
) -> After {
    let committed = core.shared.committed();
    let Some(link) = core.links.writable(id.slot) else { return After::Continue };
    if open.acknowledge(acknowledgement, position, committed, link) {
        After::Wait
    } else {
        After::Continue
    }
}

/// Sends what waited for the log; whether something still waits.
pub(crate) fn release_waiting<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    id: ConnectionId,
    open: &mut Open,
) -> bool {
    let committed = core.shared.committed();
    let Some(link) = core.links.writable(id.slot) else { return false };
    if open.committed(committed, link) {
        super::connect::attach(core, cx, id, open);
    }
    open.is_waiting()
}

/// PUBACK: one delivery at QoS 1 is complete.
pub(super) fn pub_ack<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    open: &Open,
    ack: &Ack<'_>,
) -> After {
    if let Some(home) = core.sessions.get_mut(open.session) {
        let acknowledged = home.session.delivery_done(ack.packet_id, QoS::AtLeastOnce);
        if tell(core, open, ack, (acknowledged, QoS::AtLeastOnce)) {
            complete(core, cx, open, ack);
        }
    }
    After::Continue
}

/// Tells rules of the acknowledgement; whether it was for a delivery that is known.
fn tell<S: Shared>(
    core: &mut Core<S>,
    open: &Open,
    ack: &Ack<'_>,
    (acknowledged, qos): (Acknowledged, QoS),
) -> bool {
    let Acknowledged::Delivery(kept) = acknowledged else { return false };
    core.counters.acknowledged += 1;
    if let Some(kept) = kept {
        core.deliveries.acked(&open.facts, (*kept, qos), ack.properties);
    }
    true
}

/// PUBREC: the client has the message; an error code ends the exchange instead [MQTT5-4.3.3-4].
pub(super) fn pub_rec<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, open): (ConnectionId, &mut Open),
    ack: &Ack<'_>,
) -> After {
    let Some(home) = core.sessions.get_mut(open.session) else { return After::Continue };
    if ack.reason.is_failure() {
        let acknowledged = home.session.delivery_done(ack.packet_id, QoS::ExactlyOnce);
        if tell(core, open, ack, (acknowledged, QoS::ExactlyOnce)) {
            complete(core, cx, open, ack);
        }
        return After::Continue;
    }
    let acknowledged = home.session.delivery_received(ack.packet_id);
    let known = tell(core, open, ack, (acknowledged, QoS::ExactlyOnce));
    let mut position = Position::START;
    if known {
        let packet_id = ack.packet_id;
        position =
            core.log_durable(open.session, |session| Entry::SentReceived { session, packet_id });
    }
    let reason = if known { ReasonCode::Success } else { ReasonCode::PacketIdentifierNotFound };
    acknowledge(core, (id, open), Acknowledgement::PubRel(ack.packet_id, reason), position)
}

/// PUBCOMP: one delivery at QoS 2 is complete.
pub(super) fn pub_comp<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    open: &Open,
    ack: &Ack<'_>,
) -> After {
    if let Some(home) = core.sessions.get_mut(open.session)
        && home.session.delivery_completed(ack.packet_id)
    {
        complete(core, cx, open, ack);
    }
    After::Continue
}

/// A place in the window is free.
fn complete<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    open: &Open,
    ack: &Ack<'_>,
) {
    let packet_id = ack.packet_id;
    core.log_durable(open.session, |session| Entry::SentComplete { session, packet_id });
    if core.sessions.get(open.session).is_some_and(|home| home.wants_pump()) {
        core.pump(open.session, cx.now);
    }
}

/// PUBREL: the client is done with the packet identifier of its QoS 2 publish.
pub(super) fn pub_rel<S: Shared>(
    core: &mut Core<S>,
    (id, open): (ConnectionId, &mut Open),
    ack: &Ack<'_>,
) -> After {
    let Some(home) = core.sessions.get_mut(open.session) else { return After::Continue };
    let known = home.session.release(ack.packet_id);
    let mut position = Position::START;
    if known {
        let packet_id = ack.packet_id;
        position = core.log_durable(open.session, |session| Entry::Released { session, packet_id });
    }
    let reason = if known { ReasonCode::Success } else { ReasonCode::PacketIdentifierNotFound };
    acknowledge(core, (id, open), Acknowledgement::PubComp(ack.packet_id, reason), position)
}
