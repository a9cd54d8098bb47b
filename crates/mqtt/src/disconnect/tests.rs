//! DISCONNECT and AUTH.

use super::*;
use crate::{
    Packet, Property,
    packet::tests::{VERSIONS, check, list, reads, refused},
};

fn disconnect(reason: ReasonCode) -> Packet<'static> {
    Packet::Disconnect(Disconnect { reason, properties: Properties::EMPTY })
}

#[test]
fn a_normal_disconnection_has_no_body() {
    for version in VERSIONS {
        check(version, "e0 00", &disconnect(ReasonCode::Success));
    }
    reads(Version::V5, "e0 01 00", &disconnect(ReasonCode::Success));
    reads(Version::V5, "e0 02 00 00", &disconnect(ReasonCode::Success));
}

#[test]
fn reasons_and_properties_of_5() {
    check(Version::V5, "e0 01 04", &disconnect(ReasonCode::DisconnectWithWill));
    check(Version::V5, "e0 01 8e", &disconnect(ReasonCode::SessionTakenOver));
    let list = list(&[Property::SessionExpiryInterval(0), Property::ReasonString("x")]);
    let properties = list.as_properties();
    check(
        Version::V5,
        "e0 0b 00 09 11 00 00 00 00 1f 00 01 78",
        &Packet::Disconnect(Disconnect { reason: ReasonCode::Success, properties }),
    );
    let mut out = Vec::new();
    Packet::Disconnect(Disconnect { reason: ReasonCode::ServerBusy, properties })
        .encode(Version::V3_1_1, &mut out);
    assert_eq!(out, [0xE0, 0], "a 3.x client never gets a reason");
}

#[test]
fn wrong_disconnects() {
    refused(Version::V3_1_1, "e0 01 00", ReasonCode::MalformedPacket);
    // [MQTT5-3.14.1-1, MQTT3-3.14.1-1]
    refused(Version::V5, "e1 00", ReasonCode::MalformedPacket);
    refused(Version::V3_1_1, "e1 00", ReasonCode::MalformedPacket);
    // [MQTT5-3.14.2-1]
    refused(Version::V5, "e0 01 01", ReasonCode::ProtocolError);
    refused(Version::V5, "e0 01 92", ReasonCode::ProtocolError);
    refused(Version::V5, "e0 03 00 00 00", ReasonCode::MalformedPacket);
    refused(Version::V5, "e0 02 00 01", ReasonCode::MalformedPacket);
}

#[test]
fn auth_names_its_method() {
    let list = list(&[Property::AuthenticationMethod("m"), Property::AuthenticationData(&[1])]);
    let properties = list.as_properties();
    for (code, reason) in [
        ("00", ReasonCode::Success),
        ("18", ReasonCode::ContinueAuthentication),
        ("19", ReasonCode::ReAuthenticate),
    ] {
        check(
            Version::V5,
            &format!("f0 0a {code} 08 15 00 01 6d 16 00 01 01"),
            &Packet::Auth(Auth { reason, properties }),
        );
    }
}

#[test]
fn wrong_auths() {
    refused(Version::V5, "f0 00", ReasonCode::ProtocolError);
    refused(Version::V5, "f0 02 18 00", ReasonCode::ProtocolError);
    refused(Version::V5, "f0 06 18 04 16 00 01 01", ReasonCode::ProtocolError);
    // [MQTT5-3.15.2-1]
    refused(Version::V5, "f0 06 80 04 15 00 01 6d", ReasonCode::ProtocolError);
    // [MQTT5-3.15.1-1]
    refused(Version::V5, "f1 06 18 04 15 00 01 6d", ReasonCode::MalformedPacket);
    refused(Version::V3_1_1, "f0 00", ReasonCode::MalformedPacket);
}
