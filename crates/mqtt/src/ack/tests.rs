//! The four acknowledgements.

use super::*;
use crate::{
    Packet, Property,
    packet::tests::{VERSIONS, check, list, reads, refused},
};

/// The four with their first bytes.
fn four(ack: &Ack<'static>) -> [(u8, Packet<'static>); 4] {
    [
        (0x40, Packet::PubAck(ack.clone())),
        (0x50, Packet::PubRec(ack.clone())),
        (0x62, Packet::PubRel(ack.clone())),
        (0x70, Packet::PubComp(ack.clone())),
    ]
}

fn ack(reason: ReasonCode) -> Ack<'static> {
    Ack::new(PacketId::new(0x0102).unwrap(), reason)
}

#[test]
fn success_takes_four_bytes_in_every_version() {
    for (header, packet) in four(&ack(ReasonCode::Success)) {
        for version in VERSIONS {
            check(version, &format!("{header:02x} 02 01 02"), &packet);
        }
        reads(Version::V5, &format!("{header:02x} 03 01 02 00"), &packet);
        reads(Version::V5, &format!("{header:02x} 04 01 02 00 00"), &packet);
    }
}

#[test]
fn a_reason_takes_one_more_byte_in_5_and_none_before() {
    let no_subscriber = Packet::PubAck(ack(ReasonCode::NoMatchingSubscribers));
    check(Version::V5, "40 03 01 02 10", &no_subscriber);
    let mut out = Vec::new();
    no_subscriber.encode(Version::V3_1_1, &mut out);
    assert_eq!(out, [0x40, 2, 1, 2]);
    check(Version::V5, "50 03 01 02 87", &Packet::PubRec(ack(ReasonCode::NotAuthorized)));
    let not_found = ack(ReasonCode::PacketIdentifierNotFound);
    check(Version::V5, "62 03 01 02 92", &Packet::PubRel(not_found.clone()));
    check(Version::V5, "70 03 01 02 92", &Packet::PubComp(not_found));
}

#[test]
fn properties_of_5() {
    let list = list(&[Property::ReasonString("no"), Property::UserProperty("k", "v")]);
    let packet =
        Packet::PubAck(Ack { properties: list.as_properties(), ..ack(ReasonCode::QuotaExceeded) });
    check(Version::V5, "40 10 01 02 97 0c 1f 00 02 6e 6f 26 00 01 6b 00 01 76", &packet);
    let mut out = Vec::new();
    packet.encode(Version::V3_1_1, &mut out);
    assert_eq!(out, [0x40, 2, 1, 2], "a 3.x client never gets properties");
}

#[test]
fn wrong_ones() {
    for header in ["40", "50", "62", "70"] {
        for version in VERSIONS {
            refused(version, &format!("{header} 02 00 00"), ReasonCode::ProtocolError);
            refused(version, &format!("{header} 01 01"), ReasonCode::MalformedPacket);
            refused(version, &format!("{header} 00"), ReasonCode::MalformedPacket);
        }
        refused(Version::V3_1_1, &format!("{header} 03 01 02 00"), ReasonCode::MalformedPacket);
        refused(Version::V5, &format!("{header} 03 01 02 8e"), ReasonCode::ProtocolError);
        refused(Version::V5, &format!("{header} 03 01 02 7f"), ReasonCode::ProtocolError);
        refused(Version::V5, &format!("{header} 04 01 02 00 01"), ReasonCode::MalformedPacket);
    }
    // Codes of the other pair [MQTT5-3.4.2-1, MQTT5-3.5.2-1, MQTT5-3.6.2-1, MQTT5-3.7.2-1].
    refused(Version::V5, "40 03 01 02 92", ReasonCode::ProtocolError);
    refused(Version::V5, "50 03 01 02 92", ReasonCode::ProtocolError);
    refused(Version::V5, "62 03 01 02 10", ReasonCode::ProtocolError);
    refused(Version::V5, "70 03 01 02 80", ReasonCode::ProtocolError);
}

#[test]
fn pubrel_has_flags_of_its_own() {
    // [MQTT5-3.6.1-1, MQTT3-3.6.1-1]
    for version in VERSIONS {
        refused(version, "60 02 00 01", ReasonCode::MalformedPacket);
    }
}
