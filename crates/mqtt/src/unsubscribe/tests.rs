//! UNSUBSCRIBE and its filters.

use super::*;
use crate::{
    Packet, Property, ReasonCode,
    packet::tests::{VERSIONS, bytes, check, decode, framed, list, refused},
};

fn id() -> PacketId {
    PacketId::new(1).unwrap()
}

#[test]
fn filters_come_in_order() {
    let list = list(&[Property::UserProperty("k", "v")]);
    let table = [
        (Version::V3_1, "a2 0a 00 01 00 03 61 2f 62 00 01 23", Properties::EMPTY),
        (Version::V3_1_1, "a2 0a 00 01 00 03 61 2f 62 00 01 23", Properties::EMPTY),
        (
            Version::V5,
            "a2 12 00 01 07 26 00 01 6b 00 01 76 00 03 61 2f 62 00 01 23",
            list.as_properties(),
        ),
    ];
    for (version, hex, properties) in table {
        let wire = bytes(hex);
        let Ok(Packet::Unsubscribe(unsubscribe)) = decode(&wire, version) else { panic!("{hex}") };
        assert_eq!((unsubscribe.packet_id, unsubscribe.properties), (id(), properties));
        assert_eq!(unsubscribe.filters().collect::<Vec<_>>(), ["a/b", "#"]);
        let mut out = Vec::new();
        encode_unsubscribe(id(), properties, &["a/b", "#"], version, &mut out);
        assert_eq!(out, wire);
        check(version, hex, &Packet::Unsubscribe(unsubscribe));
    }
}

#[test]
fn wrong_ones() {
    for version in VERSIONS {
        let properties = if version == Version::V5 { "00" } else { "" };
        let result = |rest: &str| {
            let body = bytes(&rest.replace("P", properties));
            decode(&framed(0xA2, &body), version).map(drop).map_err(|error| error.reason)
        };
        // [MQTT5-3.10.3-2, MQTT3-3.10.3-2]
        assert_eq!(result("00 01 P"), Err(ReasonCode::ProtocolError));
        assert_eq!(result("00 00 P 00 01 61"), Err(ReasonCode::ProtocolError));
        assert_eq!(result("00 01 P 00 01 61 00"), Err(ReasonCode::MalformedPacket));
        // [MQTT5-3.10.3-1, MQTT3-3.10.3-1]
        assert_eq!(result("00 01 P 00 03 ed a0 80"), Err(ReasonCode::MalformedPacket));
        // [MQTT5-3.10.1-1, MQTT3-3.10.1-1]
        refused(version, "a0 05 00 01 00 01 61", ReasonCode::MalformedPacket);
    }
}
