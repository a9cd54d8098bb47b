//! What each incoming packet does: one line per type here, the work in the file of that type. It
//! does not know how bytes become frames.

mod acknowledge;
pub(crate) mod connect;
mod disconnect;
mod publish;
mod subscribe;

use sluice_event::{ClientPing, Event};
use sluice_mqtt::{Ack, AckType, DecodeError, Frame, Packet, PacketType, Publish, ReasonCode};
use sluice_session::{Connection, Open, Phase, Violation};

use crate::core::{Core, Cx};
use crate::read::refuse;
use crate::{ConnectionId, Effects, Shared};

pub(crate) use acknowledge::release_waiting;
pub(crate) use publish::resume;

/// One packet with its surroundings.
pub(crate) struct Read<'r> {
    pub(crate) frame: &'r Frame<'r>,
    /// The same packet as bytes.
    pub(crate) raw: &'r [u8],
    /// What was read after it.
    pub(crate) rest: &'r [u8],
}

/// How the connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// With the next packet.
    Continue,
    /// The same, and an acknowledgement waits for the log.
    Wait,
    /// Not at all: the server ends it for this reason, which rules see as that word.
    Close(ReasonCode, &'static str),
    /// Not at all: the client said goodbye.
    ClosedByClient,
    /// On another worker.
    Gone,
}

impl After {
    /// What follows when both are asked for.
    pub(crate) const fn or(self, other: Self) -> Self {
        if matches!(self, Self::Continue) { other } else { self }
    }

    /// Whether nothing more is read from the connection here.
    pub(crate) const fn ends(self) -> bool {
        match self {
            Self::Continue | Self::Wait => false,
            Self::Close(..) | Self::ClosedByClient | Self::Gone => true,
        }
    }
}

/// Handles one packet.
pub(crate) fn handle<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, connection): (ConnectionId, &mut Connection),
    read: &Read<'_>,
) -> After {
    core.counters.packets_received += 1;
    let open = match &mut connection.phase {
        Phase::Open(open) => open,
        Phase::AwaitConnect => return connect::handle(core, cx, (id, connection), read),
        Phase::Closed => return After::ClosedByClient,
    };
    let version = open.facts.version;
    if let Some(handled) = handle_frequent(core, cx, (id, open), read.frame) {
        return match handled {
            Ok(after) => after,
            Err(Unwanted::NoPacket(error)) => refuse(core, cx, (id, connection), error),
            Err(Unwanted::NotAllowed(Violation { reason, detail })) => {
                refuse(core, cx, (id, connection), DecodeError { reason, detail })
            }
        };
    }
    let packet = match Packet::decode(read.frame, version) {
        Ok(packet) => packet,
        Err(error) => return refuse(core, cx, (id, connection), error),
    };
    match dispatch(core, cx, (id, open), &packet) {
        Ok(after) => after,
        Err(Violation { reason, detail }) => {
            refuse(core, cx, (id, connection), DecodeError { reason, detail })
        }
    }
}

/// Why a packet ends its connection.
enum Unwanted {
    NoPacket(DecodeError),
    NotAllowed(Violation),
}

/// The packets of the hot path, without the enum of all packets; `None` for the others.
#[inline]
fn handle_frequent<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, open): (ConnectionId, &mut Open),
    frame: &Frame<'_>,
) -> Option<Result<After, Unwanted>> {
    let version = open.facts.version;
    let packet_type = frame.packet_type();
    if packet_type == PacketType::Publish {
        return Some(match Publish::decode(frame, version) {
            Ok(publish) => {
                publish::handle(core, cx, (id, open), &publish).map_err(Unwanted::NotAllowed)
            }
            Err(error) => Err(Unwanted::NoPacket(error)),
        });
    }
    if packet_type == PacketType::PubAck {
        return Some(match Ack::decode(frame, AckType::PubAck, version) {
            Ok(ack) => Ok(acknowledge::pub_ack(core, cx, open, &ack)),
            Err(error) => Err(Unwanted::NoPacket(error)),
        });
    }
    None
}

fn dispatch<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    (id, open): (ConnectionId, &mut Open),
    packet: &Packet<'_>,
) -> Result<After, Violation> {
    match packet {
        Packet::Publish(publish) => publish::handle(core, cx, (id, open), publish),
        Packet::PubAck(ack) => Ok(acknowledge::pub_ack(core, cx, open, ack)),
        Packet::PubRec(ack) => Ok(acknowledge::pub_rec(core, cx, (id, open), ack)),
        Packet::PubRel(ack) => Ok(acknowledge::pub_rel(core, (id, open), ack)),
        Packet::PubComp(ack) => Ok(acknowledge::pub_comp(core, cx, open, ack)),
        Packet::Subscribe(packet) => subscribe::subscribe(core, cx, (id, open), packet),
        Packet::Unsubscribe(packet) => Ok(subscribe::unsubscribe(core, cx, (id, open), packet)),
        Packet::PingReq => {
            if let Some(link) = core.links.writable(id.slot) {
                open.pong(link);
            }
            core.raise(cx, &Event::ClientPing(ClientPing { client: &open.facts }));
            Ok(After::Continue)
        }
        Packet::Disconnect(packet) => disconnect::handle(core, cx, open, packet),
        Packet::Connect(_) => Err(unexpected("a second CONNECT")),
        Packet::Auth(_) => Err(unexpected("AUTH without an authentication method in CONNECT")),
        Packet::ConnAck(_) | Packet::SubAck(_) | Packet::UnsubAck(_) | Packet::PingResp => {
            Err(unexpected("a packet that only a server may send"))
        }
    }
}

const fn unexpected(detail: &'static str) -> Violation {
    Violation { reason: ReasonCode::ProtocolError, detail }
}
