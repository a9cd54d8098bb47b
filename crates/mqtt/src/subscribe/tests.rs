//! SUBSCRIBE: entries, options and what is wrong with some.

use super::*;
use crate::{
    Packet, Property, ReasonCode,
    packet::tests::{VERSIONS, bytes, check, decode, framed, list, refused},
};

fn id() -> PacketId {
    PacketId::new(1).unwrap()
}

/// The bytes are a SUBSCRIBE of these entries, which is written as these bytes.
fn check_entries(
    version: Version,
    hex: &str,
    properties: Properties<'_>,
    entries: &[SubscribeEntry<'_>],
) {
    let wire = bytes(hex);
    let Ok(Packet::Subscribe(subscribe)) = decode(&wire, version) else { panic!("{hex}") };
    assert_eq!(subscribe.packet_id, id());
    assert_eq!(subscribe.properties, properties);
    assert_eq!(subscribe.entries().collect::<Vec<_>>(), entries);
    let mut out = Vec::new();
    encode_subscribe(id(), properties, entries, version, &mut out);
    assert_eq!(out, wire);
    check(version, hex, &Packet::Subscribe(subscribe));
}

#[test]
fn before_5_an_entry_has_a_qos() {
    let entry = |filter, qos| SubscribeEntry {
        filter,
        options: SubscriptionOptions { qos, ..SubscriptionOptions::default() },
    };
    for version in [Version::V3_1, Version::V3_1_1] {
        check_entries(
            version,
            "82 10 00 01 00 03 61 2f 62 01 00 01 23 02 00 01 2b 00",
            Properties::EMPTY,
            &[
                entry("a/b", QoS::AtLeastOnce),
                entry("#", QoS::ExactlyOnce),
                entry("+", QoS::AtMostOnce),
            ],
        );
    }
}

#[test]
fn in_5_an_entry_has_options() {
    let list = list(&[Property::SubscriptionIdentifier(7), Property::UserProperty("k", "v")]);
    let all = SubscriptionOptions {
        qos: QoS::ExactlyOnce,
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::DoNotSend,
    };
    let one = SubscriptionOptions {
        retain_handling: RetainHandling::SendIfNew,
        ..SubscriptionOptions::default()
    };
    check_entries(
        Version::V5,
        "82 16 00 01 09 0b 07 26 00 01 6b 00 01 76 00 03 61 2f 62 2e 00 01 23 10",
        list.as_properties(),
        &[
            SubscribeEntry { filter: "a/b", options: all },
            SubscribeEntry { filter: "#", options: one },
        ],
    );
}

#[test]
fn all_256_option_bytes() {
    for version in VERSIONS {
        for options in 0..=u8::MAX {
            let mut body = bytes(if version == Version::V5 { "00 01 00" } else { "00 01" });
            body.extend([0, 1, b'a', options]);
            // [MQTT5-3.8.3-5, MQTT3-3.8.3-4]
            let reserved = if version == Version::V5 { 0xC0 } else { 0xFC };
            let expected = if options & reserved != 0 {
                Err(ReasonCode::MalformedPacket)
            } else if options & 0x30 == 0x30 || options & 3 == 3 {
                Err(ReasonCode::ProtocolError)
            } else {
                Ok(())
            };
            let wire = framed(0x82, &body);
            let packet = decode(&wire, version).map_err(|error| error.reason);
            assert_eq!(packet.as_ref().map(drop).map_err(|reason| *reason), expected);
            if let Ok(Packet::Subscribe(subscribe)) = packet {
                let entry = subscribe.entries().next().unwrap();
                assert_eq!(entry.options.as_u8(), options);
            }
        }
    }
}

#[test]
fn wrong_ones() {
    for version in VERSIONS {
        let properties = if version == Version::V5 { "00" } else { "" };
        let result = |rest: &str| {
            let body = bytes(&rest.replace("P", properties));
            decode(&framed(0x82, &body), version).map(drop).map_err(|error| error.reason)
        };
        // [MQTT5-3.8.3-2, MQTT3-3.8.3-3]
        assert_eq!(result("00 01 P"), Err(ReasonCode::ProtocolError));
        assert_eq!(result("00 00 P 00 01 61 00"), Err(ReasonCode::ProtocolError));
        // No option byte, also behind a good entry; a filter cut short.
        assert_eq!(result("00 01 P 00 01 61"), Err(ReasonCode::MalformedPacket));
        assert_eq!(result("00 01 P 00 01 61 00 00 01 62"), Err(ReasonCode::MalformedPacket));
        assert_eq!(result("00 01 P 00 05 61 00"), Err(ReasonCode::MalformedPacket));
        assert_eq!(result("00 01 P 00 01 61 00 00"), Err(ReasonCode::MalformedPacket));
        // [MQTT5-3.8.3-1, MQTT3-3.8.3-1]
        assert_eq!(result("00 01 P 00 02 c0 80 00"), Err(ReasonCode::MalformedPacket));
        assert_eq!(result("00 01 P 00 01 00 00"), Err(ReasonCode::MalformedPacket));
        // Whether it is a filter is not for the codec to say.
        assert_eq!(result("00 01 P 00 00 00"), Ok(()));
        assert_eq!(result("00 01 P 00 02 23 23 00"), Ok(()));
        // [MQTT5-3.8.1-1, MQTT3-3.8.1-1]
        refused(version, "80 06 00 01 00 01 61 00", ReasonCode::MalformedPacket);
    }
    refused(Version::V5, "82 09 00 01 02 0b 00 00 01 61 00", ReasonCode::ProtocolError);
    refused(Version::V5, "82 0b 00 01 04 0b 01 0b 02 00 01 61 00", ReasonCode::ProtocolError);
}
