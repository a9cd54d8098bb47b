//! PUBLISH: flags, topics, identifiers and the borrowed parts.

use super::*;
use crate::{
    Packet, Property,
    packet::tests::{VERSIONS, bytes, check, decode, framed, list, refused},
};

fn publish(qos: QoS, packet_id: Option<u16>) -> Publish<'static> {
    let message = MessageRef {
        topic: "a/b",
        payload: b"hi",
        qos,
        retain: false,
        properties: Properties::EMPTY,
        expires_at: None,
    };
    Publish { dup: false, packet_id: packet_id.and_then(PacketId::new), message }
}

#[test]
fn each_quality_of_service() {
    let at_most_once = Packet::Publish(publish(QoS::AtMostOnce, None));
    let at_least_once = Packet::Publish(publish(QoS::AtLeastOnce, Some(10)));
    let exactly_once = Packet::Publish(publish(QoS::ExactlyOnce, Some(0xFFFF)));
    for version in [Version::V3_1, Version::V3_1_1] {
        check(version, "30 07 00 03 61 2f 62 68 69", &at_most_once);
        check(version, "32 09 00 03 61 2f 62 00 0a 68 69", &at_least_once);
        check(version, "34 09 00 03 61 2f 62 ff ff 68 69", &exactly_once);
    }
    check(Version::V5, "30 08 00 03 61 2f 62 00 68 69", &at_most_once);
    check(Version::V5, "32 0a 00 03 61 2f 62 00 0a 00 68 69", &at_least_once);
    check(Version::V5, "34 0a 00 03 61 2f 62 ff ff 00 68 69", &exactly_once);
}

#[test]
fn flags_and_an_empty_payload() {
    let mut publish = publish(QoS::AtLeastOnce, Some(1));
    publish.dup = true;
    publish.message.retain = true;
    publish.message.payload = b"";
    check(Version::V3_1_1, "3b 07 00 03 61 2f 62 00 01", &Packet::Publish(publish.clone()));
    check(Version::V5, "3b 08 00 03 61 2f 62 00 01 00", &Packet::Publish(publish));
}

#[test]
fn all_properties_of_a_publish() {
    let list = list(&[
        Property::UserProperty("k", "1"),
        Property::TopicAlias(7),
        Property::MessageExpiryInterval(60),
        Property::UserProperty("k", "2"),
    ]);
    let mut publish = publish(QoS::AtMostOnce, None);
    publish.message.properties = list.as_properties();
    check(
        Version::V5,
        "30 1e 00 03 61 2f 62 16 26 00 01 6b 00 01 31 23 00 07 02 00 00 00 3c 26 00 01 6b 00 01 32 \
         68 69",
        &Packet::Publish(publish.clone()),
    );
    let mut out = Vec::new();
    publish.encode(Version::V3_1_1, &mut out);
    assert_eq!(out, bytes("30 07 00 03 61 2f 62 68 69"), "a 3.x client never gets properties");
}

#[test]
fn wrong_flags_and_identifiers() {
    for version in VERSIONS {
        let properties = if version == Version::V5 { "00" } else { "" };
        let wire = |header: u8, rest: &str| {
            let body = bytes(&format!("00 01 61 {rest} {properties}"));
            decode(&framed(header, &body), version).map(drop).map_err(|error| error.reason)
        };
        // [MQTT5-3.3.1-4, MQTT3-3.3.1-4]
        for header in [0x36, 0x37, 0x3E, 0x3F] {
            assert_eq!(wire(header, "00 01"), Err(ReasonCode::MalformedPacket));
        }
        // [MQTT5-3.3.1-2, MQTT3-3.3.1-2]
        assert_eq!(wire(0x38, ""), Err(ReasonCode::ProtocolError));
        // [MQTT5-2.2.1-3, MQTT3-2.3.1-1]
        assert_eq!(wire(0x32, "00 00"), Err(ReasonCode::ProtocolError));
        assert_eq!(wire(0x34, "00 00"), Err(ReasonCode::ProtocolError));
        assert_eq!(wire(0x34, "00 01"), Ok(()));
    }
    refused(Version::V3_1_1, "32 04 00 01 61 00", ReasonCode::MalformedPacket);
    refused(Version::V5, "32 05 00 01 61 00 01", ReasonCode::MalformedPacket);
}

// [MQTT5-3.3.2-2, MQTT3-3.3.2-2]
#[test]
fn a_wildcard_anywhere_in_the_topic_is_found() {
    for len in 1..40 {
        for at in 0..len {
            for (byte, reason) in [
                (b'+', Err(ReasonCode::TopicNameInvalid)),
                (b'#', Err(ReasonCode::TopicNameInvalid)),
                (0, Err(ReasonCode::MalformedPacket)),
                (b'"', Ok(())),
                (b'$', Ok(())),
                (b'*', Ok(())),
                (b',', Ok(())),
                (1, Ok(())),
            ] {
                let mut body = vec![0, len];
                body.resize(usize::from(len) + 2, b'/');
                body[usize::from(at) + 2] = byte;
                let wire = framed(0x30, &body);
                let result = decode(&wire, Version::V3_1_1).map(drop).map_err(|error| error.reason);
                assert_eq!(result, reason, "{byte:#04x} at {at} of {len}");
            }
        }
    }
}

#[test]
fn an_empty_topic_needs_an_alias() {
    refused(Version::V5, "30 03 00 00 00", ReasonCode::ProtocolError);
    refused(Version::V5, "30 08 00 00 05 02 00 00 00 3c", ReasonCode::ProtocolError);
    refused(Version::V5, "30 06 00 00 03 23 00 00", ReasonCode::TopicAliasInvalid);
    // [MQTT3-4.7.3-1]
    refused(Version::V3_1_1, "30 02 00 00", ReasonCode::TopicNameInvalid);
    let list = list(&[Property::TopicAlias(1)]);
    let mut publish = publish(QoS::AtMostOnce, None);
    publish.message.topic = "";
    publish.message.properties = list.as_properties();
    check(Version::V5, "30 08 00 00 03 23 00 01 68 69", &Packet::Publish(publish));
}

#[test]
fn a_server_may_send_several_subscription_identifiers() {
    let wire = bytes("30 0c 00 01 61 06 0b 01 0b ff ff 03 68 69 69");
    let wire = framed(0x30, &wire[2..]);
    let Ok(Packet::Publish(publish)) = decode(&wire, Version::V5) else { panic!() };
    let identifiers: Vec<u32> = publish.message.properties.subscription_identifiers().collect();
    assert_eq!(identifiers, [1, 65_535]);
}

#[test]
fn lengths_at_their_boundaries_are_written_shortest() {
    for body_len in [127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
        let payload = vec![b'x'; body_len - 5];
        let mut publish = publish(QoS::AtMostOnce, None);
        publish.message.payload = &payload;
        let mut out = Vec::new();
        publish.encode(Version::V3_1_1, &mut out);
        assert_eq!(out.len(), 1 + variable::size(body_len) + body_len);
        assert_eq!(decode(&out, Version::V3_1_1), Ok(Packet::Publish(publish)));
    }
}

#[test]
fn a_topic_that_has_no_form_on_the_wire_is_not_written() {
    let topic = "x".repeat(65_536);
    let mut publish = publish(QoS::AtMostOnce, None);
    publish.message.topic = &topic;
    let mut out = vec![7];
    publish.encode(Version::V5, &mut out);
    assert_eq!(out, [7]);
    let topic = "x".repeat(65_535);
    publish.message.topic = &topic;
    publish.encode(Version::V5, &mut out);
    assert_eq!(decode(&out[1..], Version::V5), Ok(Packet::Publish(publish)));
}
