//! The incoming half on its own.

use std::net::Ipv4Addr;

use sluice_mqtt::{AckType, encode_ack};

use super::*;

fn open(version: Version) -> Open {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let facts = ClientFacts {
        client_id: "c".into(),
        username: None,
        peer: address,
        local: address,
        version,
        is_bridge: false,
        clean_start: true,
        keep_alive: 10,
        receive_maximum: 10,
        session_expiry: 0,
        connected_at: UnixMillis(0),
        connect_properties: Box::default(),
    };
    Open::new(Arc::new(facts), 0)
}

fn ack(id: u16) -> Acknowledgement {
    Acknowledgement::PubAck(PacketId::new(id).unwrap(), ReasonCode::Success)
}

#[test]
fn acknowledgements_leave_in_order_once_the_log_is_durable() {
    let mut open = open(Version::V5);
    let mut link = Link::new(Version::V5, 10);
    assert!(open.acknowledge(ack(1), Position(4), Position(3), &mut link));
    // It waits for nothing itself, but not before the one in front of it.
    assert!(open.acknowledge(ack(2), Position::START, Position(3), &mut link));
    assert!(link.unwritten().is_empty() && open.is_waiting());
    open.committed(Position(4), &mut link);
    let mut expected = Vec::new();
    for id in [1, 2] {
        let id = PacketId::new(id).unwrap();
        encode_ack(AckType::PubAck, id, ReasonCode::Success, Version::V5, &mut expected);
    }
    assert_eq!(link.unwritten(), expected);
    assert!(!open.is_waiting());
}

#[test]
fn a_silent_client_is_overdue_after_one_and_a_half_keep_alives() {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let limits = Limits::default();
    let mut connection = Connection::new(address, address, 100);
    assert_eq!(connection.overdue_at(&limits), Some(100 + limits.connect_timeout));
    connection.phase = Phase::Open(Box::new(open(Version::V5)));
    connection.last_received = 1000;
    assert_eq!(connection.overdue_at(&limits), Some(16_000));
}
