//! SUBACK and UNSUBACK.

use super::*;
use crate::{
    Packet, Property, QoS, ReasonCode,
    packet::tests::{check, list, refused},
};

fn id() -> PacketId {
    PacketId::new(1).unwrap()
}

fn suback(reasons: &[ReasonCode]) -> Packet<'_> {
    let properties = Properties::EMPTY;
    Packet::SubAck(SubAck { packet_id: id(), reasons: reasons.into(), properties })
}

fn unsuback(reasons: &[ReasonCode]) -> Packet<'_> {
    let properties = Properties::EMPTY;
    Packet::UnsubAck(UnsubAck { packet_id: id(), reasons: reasons.into(), properties })
}

#[test]
fn one_code_for_each_filter() {
    let granted = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce].map(ReasonCode::granted);
    let with_failure = [granted[0], granted[1], granted[2], ReasonCode::UnspecifiedError];
    for version in [Version::V3_1, Version::V3_1_1] {
        check(version, "90 06 00 01 00 01 02 80", &suback(&with_failure));
        check(version, "b0 02 00 01", &unsuback(&[]));
    }
    check(Version::V5, "90 06 00 01 00 00 01 02", &suback(&granted));
    check(
        Version::V5,
        "90 05 00 01 00 8f a2",
        &suback(&[ReasonCode::TopicFilterInvalid, ReasonCode::WildcardSubscriptionsNotSupported]),
    );
    check(
        Version::V5,
        "b0 05 00 01 00 00 11",
        &unsuback(&[ReasonCode::Success, ReasonCode::NoSubscriptionExisted]),
    );
}

#[test]
fn before_5_every_failure_is_0x80_and_unsuback_has_no_codes() {
    // [MQTT3-3.9.3-2]
    let mut out = Vec::new();
    suback(&[ReasonCode::GrantedQoS2, ReasonCode::NotAuthorized, ReasonCode::QuotaExceeded])
        .encode(Version::V3_1_1, &mut out);
    unsuback(&[ReasonCode::NoSubscriptionExisted]).encode(Version::V3_1_1, &mut out);
    assert_eq!(out, [0x90, 5, 0, 1, 2, 0x80, 0x80, 0xB0, 2, 0, 1]);
}

#[test]
fn properties_of_5() {
    let list = list(&[Property::ReasonString("no")]);
    let (packet_id, properties) = (id(), list.as_properties());
    let reasons = [ReasonCode::NotAuthorized];
    let reasons = ReasonCodes::from(&reasons[..]);
    let suback = SubAck { packet_id, reasons, properties };
    check(Version::V5, "90 09 00 01 05 1f 00 02 6e 6f 87", &Packet::SubAck(suback));
    let unsuback = UnsubAck { packet_id, reasons, properties };
    check(Version::V5, "b0 09 00 01 05 1f 00 02 6e 6f 87", &Packet::UnsubAck(unsuback));
}

#[test]
fn wrong_ones() {
    refused(Version::V5, "90 03 00 01 00", ReasonCode::ProtocolError);
    refused(Version::V3_1_1, "90 02 00 01", ReasonCode::ProtocolError);
    refused(Version::V5, "b0 03 00 01 00", ReasonCode::ProtocolError);
    refused(Version::V3_1_1, "b0 03 00 01 00", ReasonCode::MalformedPacket);
    refused(Version::V5, "90 04 00 01 00 03", ReasonCode::ProtocolError);
    refused(Version::V3_1_1, "90 03 00 01 87", ReasonCode::ProtocolError);
    // [MQTT5-3.11.3-2]
    refused(Version::V5, "b0 04 00 01 00 01", ReasonCode::ProtocolError);
    refused(Version::V5, "90 04 00 00 00 00", ReasonCode::ProtocolError);
    refused(Version::V5, "90 02 00 01", ReasonCode::MalformedPacket);
}
