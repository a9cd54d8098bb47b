//! CONNACK in three versions.

use super::*;
use crate::{
    Packet, Property,
    packet::tests::{check, list, refused},
};

fn connack(session_present: bool, reason: ReasonCode) -> Packet<'static> {
    Packet::ConnAck(ConnAck { session_present, reason, properties: Properties::EMPTY })
}

#[test]
fn accepted_and_refused() {
    check(Version::V3_1_1, "20 02 00 00", &connack(false, ReasonCode::Success));
    check(Version::V3_1_1, "20 02 01 00", &connack(true, ReasonCode::Success));
    check(Version::V3_1, "20 02 00 00", &connack(false, ReasonCode::Success));
    check(Version::V5, "20 03 01 00 00", &connack(true, ReasonCode::Success));
    check(Version::V5, "20 03 00 87 00", &connack(false, ReasonCode::NotAuthorized));
    for (code, reason) in [
        (1, ReasonCode::UnsupportedProtocolVersion),
        (2, ReasonCode::ClientIdentifierNotValid),
        (3, ReasonCode::ServerUnavailable),
        (4, ReasonCode::BadUserNameOrPassword),
        (5, ReasonCode::NotAuthorized),
    ] {
        check(Version::V3_1_1, &format!("20 02 00 {code:02x}"), &connack(false, reason));
    }
}

#[test]
fn properties_of_5() {
    let list = list(&[
        Property::AssignedClientIdentifier("x"),
        Property::ServerKeepAlive(30),
        Property::RetainAvailable(true),
    ]);
    let properties = list.as_properties();
    let connack = ConnAck { session_present: false, reason: ReasonCode::Success, properties };
    check(
        Version::V5,
        "20 0c 00 00 09 12 00 01 78 13 00 1e 25 01",
        &Packet::ConnAck(connack.clone()),
    );
    let mut out = Vec::new();
    connack.encode(Version::V3_1_1, &mut out);
    assert_eq!(out, [0x20, 2, 0, 0], "a 3.x client never gets properties");
}

/// A CONNACK is written with these two bytes.
fn writes(version: Version, session_present: bool, reason: ReasonCode, expected: [u8; 2]) {
    let mut out = Vec::new();
    connack(session_present, reason).encode(version, &mut out);
    assert_eq!(out[2..4], expected, "{version:?} {reason}");
}

#[test]
fn a_refusal_never_tells_of_a_session() {
    // [MQTT5-3.2.2-6, MQTT3-3.2.2-4]
    writes(Version::V5, true, ReasonCode::Banned, [0, 0x8A]);
    writes(Version::V3_1_1, true, ReasonCode::Banned, [0, 5]);
    writes(Version::V3_1, true, ReasonCode::Success, [0, 0]);
    refused(Version::V5, "20 03 01 8a 00", ReasonCode::ProtocolError);
    refused(Version::V3_1_1, "20 02 01 05", ReasonCode::ProtocolError);
}

#[test]
fn every_reason_has_a_return_code_before_5() {
    for reason in ReasonCode::ALL {
        let expected = reason.connect_return_code().unwrap_or(3);
        writes(Version::V3_1_1, false, *reason, [0, expected]);
        assert_eq!(expected == 0, *reason == ReasonCode::Success);
    }
    writes(Version::V3_1_1, false, ReasonCode::ServerBusy, [0, 3]);
    writes(Version::V3_1_1, false, ReasonCode::BadAuthenticationMethod, [0, 4]);
}

#[test]
fn wrong_ones() {
    refused(Version::V3_1_1, "20 02 02 00", ReasonCode::MalformedPacket);
    refused(Version::V3_1_1, "20 02 00 06", ReasonCode::MalformedPacket);
    refused(Version::V3_1_1, "20 01 00", ReasonCode::MalformedPacket);
    refused(Version::V5, "20 02 00 00", ReasonCode::MalformedPacket);
    refused(Version::V5, "20 03 00 8e 00", ReasonCode::ProtocolError);
    refused(Version::V5, "20 03 00 20 00", ReasonCode::ProtocolError);
}
