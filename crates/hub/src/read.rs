//! From the bytes of one read to packets. It does not know what packets do.

use sluice_mqtt::{DecodeError, Frame, ReasonCode};
use sluice_session::{Connection, Phase};

use crate::core::{Core, Cx};
use crate::packet::{self, After, Read};
use crate::{ConnectionId, Effects, Report, Shared};

/// Cuts and handles the packets of one read; what is left of the last one is kept. So are packets
/// beyond what one read may lead to: they are handled by the next call, after others had their
/// turn.
pub(crate) fn read_packets<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, connection): (ConnectionId, &mut Connection),
    bytes: &[u8],
) -> After {
    if let (Phase::AwaitConnect, true, Some(first)) =
        (&connection.phase, connection.partial.is_empty(), bytes.first())
        && *first != CONNECT
    {
        // [MQTT5-3.1.0-1]; nothing is answered, and a stranger's bytes are not collected.
        let detail = "the first packet is no CONNECT";
        let error = DecodeError { reason: ReasonCode::ProtocolError, detail };
        return refuse(core, cx, (id, connection), error);
    }
    let work_end = core.routed.saturating_add(core.limits.deliveries_per_read);
    let mut waits = false;
    let mut rest = bytes;
    let mut partial = std::mem::take(&mut connection.partial);
    let mut start = 0;
    while let Some(begun) = partial.get(start..)
        && !begun.is_empty()
    {
        if core.routed >= work_end {
            connection.partial = [begun, rest].concat();
            return if waits { After::Wait } else { After::Continue };
        }
        // The packet that began in an earlier read is completed first, with no more than it needs.
        let wanted = Frame::needed(begun).unwrap_or(begun.len() + 1);
        let taken = wanted.saturating_sub(begun.len()).min(rest.len());
        let (now, later) = rest.split_at(taken);
        partial.extend_from_slice(now);
        rest = later;
        let begun = partial.get(start..).unwrap_or_default();
        match Frame::cut(begun, core.limits.maximum_packet_size) {
            Ok(Some(frame)) => {
                let (raw, _) = begun.split_at(frame.size.min(begun.len()));
                let read = Read { frame: &frame, raw, rest };
                let after = packet::handle(core, cx, (id, connection), &read);
                if after.ends() {
                    return after;
                }
                waits |= after == After::Wait;
                start += frame.size;
            }
            Ok(None) if rest.is_empty() => {
                connection.partial = partial.split_off(start);
                return if waits { After::Wait } else { After::Continue };
            }
            Ok(None) => {}
            Err(error) => return refuse_bytes(core, cx, (id, connection), (begun, error)),
        }
    }
    while core.routed < work_end {
        match Frame::cut(rest, core.limits.maximum_packet_size) {
            Ok(Some(frame)) => {
                let (raw, later) = rest.split_at(frame.size.min(rest.len()));
                let read = Read { frame: &frame, raw, rest: later };
                let after = packet::handle(core, cx, (id, connection), &read);
                if after.ends() {
                    return after;
                }
                waits |= after == After::Wait;
                rest = later;
            }
            Ok(None) => break,
            Err(error) => return refuse_bytes(core, cx, (id, connection), (rest, error)),
        }
    }
    connection.partial = rest.to_vec();
    if waits { After::Wait } else { After::Continue }
}

/// Whether a whole packet, or one that is none, was read and not handled yet.
pub(crate) fn has_unread(connection: &Connection, maximum_packet_size: u32) -> bool {
    !connection.partial.is_empty()
        && !matches!(Frame::cut(&connection.partial, maximum_packet_size), Ok(None))
}

/// No packet can be cut from the bytes.
fn refuse_bytes<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, connection): (ConnectionId, &Connection),
    (bytes, error): (&[u8], DecodeError),
) -> After {
    match connection.phase {
        Phase::AwaitConnect => {
            packet::connect::refuse_bytes(core, cx, (id, connection), (bytes, error))
        }
        Phase::Open(_) | Phase::Closed => refuse(core, cx, (id, connection), error),
    }
}

/// The bytes are no packet, or one that is not allowed here.
pub(crate) fn refuse<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (_, connection): (ConnectionId, &Connection),
    DecodeError { reason, detail }: DecodeError,
) -> After {
    core.counters.connections_refused += 1;
    let client_id = match &connection.phase {
        Phase::Open(open) => Some(&*open.facts.client_id),
        Phase::AwaitConnect | Phase::Closed => None,
    };
    cx.effects.report(Report::Refused { client_id, peer: connection.peer, reason, detail });
    After::Close(reason, "protocol_error")
}

/// The first byte of every CONNECT.
const CONNECT: u8 = 0x10;
