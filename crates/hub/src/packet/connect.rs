//! CONNECT: who it is, where its home is, and the session that it begins or goes on with. It does
//! not know credentials beyond whether they are asked for.

use std::sync::Arc;

use sluice_event::{ClientConnack, ClientConnected, ClientFacts, Event};
use sluice_mqtt::{
    ConnAck, Connect, DecodeError, Packet, Properties, Property, PropertyList, ReasonCode, Version,
};
use sluice_session::{Acknowledgement, Connection, Open, Phase, Session, Will};

use super::acknowledge::acknowledge;
use super::{After, Read};
use crate::core::{Core, Cx};
use crate::timers::TimerKey;
use crate::{ConnectionId, Effects, Report, Shared};

/// Why a client is not let in.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    reason: ReasonCode,
    detail: &'static str,
}

/// The first packet of a connection.
pub(super) fn handle<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, connection): (ConnectionId, &mut Connection),
    read: &Read<'_>,
) -> After {
    let connect = match Connect::decode(read.frame) {
        Ok(connect) => connect,
        Err(error) => {
            return refuse_bytes(core, cx, (id, connection), (read.raw, error));
        }
    };
    set_version(core, id, connect.version);
    let client_id: Box<str> = match identify(core, cx, &connect) {
        Ok(client_id) => client_id,
        Err(refusal) => return turn_away(core, cx, (id, connection), (&connect, refusal)),
    };
    let home = core.home_of(&client_id);
    if home != core.placement.worker {
        let unread = [read.raw, read.rest].concat();
        core.counters.handed_over(unread.len());
        cx.effects.hand_over(id, home, &unread);
        return After::Gone;
    }
    if let Err(refusal) = admit(core, &connect) {
        return turn_away(core, cx, (id, connection), (&connect, refusal));
    }
    begin(core, cx, (id, connection), (&connect, client_id))
}

/// The client could be read, and is not let in.
fn turn_away<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, connection): (ConnectionId, &Connection),
    (connect, refusal): (&Connect<'_>, Refusal),
) -> After {
    let client = facts(core, cx, connection, (connect, connect.client_id.into()));
    let connack = ClientConnack { client: &client, reason: refusal.reason };
    core.raise(cx, &Event::ClientConnack(connack));
    refuse(core, cx, (id, connection), refusal)
}

/// The first packet cannot be read: a CONNACK says why, as far as the client can be told. `bytes`
/// is what has come of it.
pub(crate) fn refuse_bytes<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, connection): (ConnectionId, &Connection),
    (bytes, error): (&[u8], DecodeError),
) -> After {
    let version = match error.reason == ReasonCode::UnsupportedProtocolVersion {
        // In the format that clients of every version can read [MQTT3-3.1.2-2].
        true => Some(Version::V3_1_1),
        false => Connect::version_at(bytes),
    };
    let Some(version) = version else {
        // It is no CONNECT at all, or ends before its version: nothing is answered [MQTT5-3.1.0-1].
        return crate::read::refuse(core, cx, (id, connection), error);
    };
    set_version(core, id, version);
    let refusal = Refusal { reason: error.reason, detail: error.detail };
    refuse(core, cx, (id, connection), refusal)
}

/// The client's identifier, or one that the server assigns and that is at home here.
fn identify<S: Shared, E: Effects>(
    core: &Core<S>,
    cx: &mut Cx<'_, E>,
    connect: &Connect<'_>,
) -> Result<Box<str>, Refusal> {
    if !connect.client_id.is_empty() {
        return Ok(connect.client_id.into());
    }
    let may_be_empty = match connect.version {
        Version::V3_1 => false,
        Version::V3_1_1 => connect.clean_start,
        Version::V5 => true,
    };
    if !may_be_empty {
        // [MQTT3-3.1.3-8]
        return Err(Refusal {
            reason: ReasonCode::ClientIdentifierNotValid,
            detail: "an empty client identifier without a clean session",
        });
    }
    // About as many tries as there are workers; the bound only keeps a bug from turning into a
    // loop.
    for _ in 0..10_000 {
        let id = format!("auto-{:016X}{:08X}", cx.entropy.next_u64(), cx.entropy.next_u64() >> 32);
        if core.home_of(&id) == core.placement.worker {
            return Ok(id.into());
        }
    }
    Err(Refusal {
        reason: ReasonCode::ServerBusy,
        detail: "no client identifier could be assigned",
    })
}

fn admit<S: Shared>(core: &Core<S>, connect: &Connect<'_>) -> Result<(), Refusal> {
    if connect.properties.authentication_method().is_some() {
        return Err(Refusal {
            reason: ReasonCode::BadAuthenticationMethod,
            detail: "enhanced authentication is not configured",
        });
    }
    let will_topic = connect.will.as_ref().map_or("", |will| will.message.topic);
    if will_topic.starts_with("$SYS/") {
        // What the broker says of itself cannot be said by others.
        return Err(Refusal { reason: ReasonCode::NotAuthorized, detail: "a will below $SYS/" });
    }
    if !core.limits.allow_anonymous {
        // No authenticator is configured that could say yes.
        return Err(Refusal {
            reason: ReasonCode::NotAuthorized,
            detail: "auth.allow_anonymous is false and no authenticator is configured",
        });
    }
    Ok(())
}

fn begin<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, connection): (ConnectionId, &mut Connection),
    (connect, client_id): (&Connect<'_>, Box<str>),
) -> After {
    let assigned = connect.client_id.is_empty();
    let facts = Arc::new(facts(core, cx, connection, (connect, client_id)));
    let (slot, session_present) = take_session(core, cx, (id, connect), &facts);
    let mut open = Open::new(Arc::clone(&facts), slot);
    open.request_problem_information =
        connect.properties.request_problem_information().unwrap_or(true);
    let position = core.log_session(slot, None);
    let reason = ReasonCode::Success;
    core.raise(cx, &Event::ClientConnack(ClientConnack { client: &facts, reason }));
    let connack = encode_connack(core, connect, (&facts, assigned, session_present));
    let waits = acknowledge(core, (id, &mut open), Acknowledgement::ConnAck(connack), position);
    if waits == After::Continue {
        attach(core, cx, id, &open);
    }
    connection.phase = Phase::Open(Box::new(open));
    connection.last_received = cx.now.monotonic;
    let overdue = connection.overdue_at(&core.limits);
    core.timers.set(TimerKey::Connection(id.slot), &mut connection.deadline, overdue);
    waits
}

/// CONNACK has left: messages may follow.
pub(super) fn attach<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    id: ConnectionId,
    open: &Open,
) {
    let Some(home) = core.sessions.get_mut(open.session) else { return };
    if home.session.owner != Some(id.slot) {
        return;
    }
    home.session.attach(id.slot);
    core.pump(open.session, cx.now);
    let event = Event::ClientConnected(ClientConnected { client: &open.facts });
    core.raise(cx, &event);
    core.tell_connected(cx, &open.facts);
}

fn facts<S: Shared, E: Effects>(
    core: &Core<S>,
    cx: &Cx<'_, E>,
    connection: &Connection,
    (connect, client_id): (&Connect<'_>, Box<str>),
) -> ClientFacts {
    let limits = &core.limits;
    let session_expiry = match connect.version {
        Version::V3_1 | Version::V3_1_1 if connect.clean_start => 0,
        Version::V3_1 | Version::V3_1_1 => limits.session_expiry_max,
        Version::V5 => {
            let asked = connect.properties.session_expiry_interval().unwrap_or(0);
            asked.min(limits.session_expiry_max)
        }
    };
    let keep_alive = match (limits.server_keep_alive, connect.version) {
        // Only a 5.0 client can be told another value than its own [MQTT5-3.2.2-21].
        (server, Version::V5) if server > 0 => server,
        _ => connect.keep_alive,
    };
    ClientFacts {
        client_id,
        username: connect.username.map(Into::into),
        peer: connection.peer,
        local: connection.local,
        version: connect.version,
        is_bridge: connect.is_bridge,
        clean_start: connect.clean_start,
        keep_alive,
        receive_maximum: connect.properties.receive_maximum().unwrap_or(limits.max_inflight),
        session_expiry,
        connected_at: cx.now.unix_millis(),
        connect_properties: connect.properties.as_bytes().into(),
    }
}

/// The session that the client goes on with, or a new one; and whether it was there before.
fn take_session<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, connect): (ConnectionId, &Connect<'_>),
    facts: &Arc<ClientFacts>,
) -> (u32, bool) {
    if let Some(slot) = core.sessions.find(&facts.client_id) {
        core.evict(cx, slot, connect.clean_start);
    }
    if let Some(slot) = core.sessions.find(&facts.client_id) {
        if connect.clean_start {
            core.discard_session(cx, slot);
        } else if core.is_over(slot, cx.now) {
            // Its time ran out before this CONNECT, and its timer has not been looked at yet.
            core.arm_session(slot, None);
            core.session_due(cx, slot);
        }
    }
    let found = core.sessions.find(&facts.client_id);
    let slot = if let Some(slot) = found {
        resume(core, slot, facts);
        slot
    } else {
        let key = if facts.session_expiry > 0 { core.shared.session_key() } else { 0 };
        core.counters.sessions += 1;
        core.sessions.insert(Session::new(Arc::clone(facts), key, facts.session_expiry))
    };
    core.counters.clients_connected += 1;
    if let Some(home) = core.sessions.get_mut(slot) {
        home.session.owner = Some(id.slot);
        home.session.will = connect.will.as_ref().map(|will| Box::new(Will::of(will)));
    }
    let maximum_packet_size = connect.properties.maximum_packet_size();
    if let Some(link) = core.links.get_mut(id.slot) {
        link.receive_maximum = facts.receive_maximum;
        link.maximum_packet_size = maximum_packet_size.unwrap_or(u32::MAX);
    }
    (slot, found.is_some())
}

fn resume<S: Shared>(core: &mut Core<S>, slot: u32, facts: &Arc<ClientFacts>) {
    core.cancel_delayed_will(slot);
    if let Some(home) = core.sessions.get_mut(slot) {
        home.session.resume(Arc::clone(facts));
    }
}

fn set_version<S: Shared>(core: &mut Core<S>, id: ConnectionId, version: Version) {
    if let Some(link) = core.links.get_mut(id.slot) {
        link.version = version;
    }
}

/// CONNACK with an error code, then the end.
fn refuse<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, connection): (ConnectionId, &Connection),
    refusal: Refusal,
) -> After {
    core.counters.connections_refused += 1;
    cx.effects.report(Report::Refused {
        client_id: None,
        peer: connection.peer,
        reason: refusal.reason,
        detail: refusal.detail,
    });
    if let Some(link) = core.links.writable(id.slot) {
        // 3.x has no code for a malformed packet: the connection is just closed.
        let has_code =
            link.version == Version::V5 || refusal.reason.connect_return_code().is_some();
        if has_code {
            link.send(&Packet::ConnAck(ConnAck {
                session_present: false,
                reason: refusal.reason,
                properties: Properties::EMPTY,
            }));
        }
    }
    After::Close(refusal.reason, "refused")
}

/// CONNACK with what differs from the specification's defaults.
fn encode_connack<S: Shared>(
    core: &Core<S>,
    connect: &Connect<'_>,
    (facts, assigned, session_present): (&ClientFacts, bool, bool),
) -> Box<[u8]> {
    let limits = &core.limits;
    let mut properties = PropertyList::new();
    if connect.version == Version::V5 {
        let asked = connect.properties.session_expiry_interval().unwrap_or(0);
        if asked != facts.session_expiry {
            properties.push(Property::SessionExpiryInterval(facts.session_expiry));
        }
        if limits.receive_maximum != u16::MAX {
            properties.push(Property::ReceiveMaximum(limits.receive_maximum));
        }
        properties.push(Property::MaximumPacketSize(limits.maximum_packet_size));
        if assigned {
            properties.push(Property::AssignedClientIdentifier(&facts.client_id));
        }
        if limits.topic_alias_maximum > 0 {
            properties.push(Property::TopicAliasMaximum(limits.topic_alias_maximum));
        }
        if facts.keep_alive != connect.keep_alive {
            properties.push(Property::ServerKeepAlive(facts.keep_alive));
        }
        properties.push(Property::SharedSubscriptionAvailable(false));
    }
    let packet = Packet::ConnAck(ConnAck {
        session_present,
        reason: ReasonCode::Success,
        properties: properties.as_properties(),
    });
    let mut encoded = Vec::new();
    packet.encode(connect.version, &mut encoded);
    encoded.into()
}
