//! Deliveries as their clients see them.

use super::*;
use crate::{
    Properties, Property, UnixMillis,
    packet::tests::{VERSIONS, bytes, list},
};

fn delivery(properties: Properties<'_>) -> Delivery<'_> {
    Delivery {
        message: MessageRef {
            topic: "a/b",
            payload: b"hi",
            qos: QoS::ExactlyOnce,
            retain: true,
            properties,
            expires_at: Some(UnixMillis(1)),
        },
        qos: QoS::AtMostOnce,
        retain: false,
        dup: false,
        packet_id: None,
        subscription_identifiers: &[],
        message_expiry_interval: None,
    }
}

fn check(version: Version, delivery: &Delivery<'_>, hex: &str) {
    let mut out = vec![0xAA];
    delivery.encode(version, &mut out);
    assert_eq!(out[1..], bytes(hex), "{delivery:?}");
    assert_eq!(delivery.encoded_size(version), out.len() - 1);
}

#[test]
fn qos_and_flags_are_those_of_the_delivery() {
    let plain = delivery(Properties::EMPTY);
    check(Version::V3_1_1, &plain, "30 07 00 03 61 2f 62 68 69");
    check(Version::V3_1, &plain, "30 07 00 03 61 2f 62 68 69");
    check(Version::V5, &plain, "30 08 00 03 61 2f 62 00 68 69");
    let again = Delivery {
        qos: QoS::AtLeastOnce,
        retain: true,
        dup: true,
        packet_id: PacketId::new(10),
        ..plain
    };
    check(Version::V3_1_1, &again, "3b 09 00 03 61 2f 62 00 0a 68 69");
    check(Version::V5, &again, "3b 0a 00 03 61 2f 62 00 0a 00 68 69");
    // [MQTT5-3.3.1-2]
    let dup_with_qos_0 = Delivery { dup: true, ..plain };
    check(Version::V3_1_1, &dup_with_qos_0, "30 07 00 03 61 2f 62 68 69");
}

#[test]
fn what_concerns_the_publisher_alone_is_not_forwarded() {
    let received = list(&[
        Property::UserProperty("k", "1"),
        Property::TopicAlias(7),
        Property::MessageExpiryInterval(60),
        Property::ResponseTopic("r"),
        Property::WillDelayInterval(5),
        Property::UserProperty("k", "2"),
        Property::SubscriptionIdentifier(3),
        Property::PayloadFormatIndicator(1),
    ]);
    let plain = delivery(received.as_properties());
    let forwarded = "26 00 01 6b 00 01 31 08 00 01 72 26 00 01 6b 00 01 32 01 01";
    check(Version::V5, &plain, &format!("30 1c 00 03 61 2f 62 14 {forwarded} 68 69"));
    let expiring = Delivery {
        message_expiry_interval: Some(59),
        subscription_identifiers: &[1, 300],
        ..plain
    };
    check(
        Version::V5,
        &expiring,
        &format!("30 26 00 03 61 2f 62 1e {forwarded} 02 00 00 00 3b 0b 01 0b ac 02 68 69"),
    );
    check(Version::V3_1_1, &expiring, "30 07 00 03 61 2f 62 68 69");
}

#[test]
fn identifiers_without_other_properties() {
    let delivery =
        Delivery { subscription_identifiers: &[268_435_455], ..delivery(Properties::EMPTY) };
    check(Version::V5, &delivery, "30 0d 00 03 61 2f 62 05 0b ff ff ff 7f 68 69");
}

#[test]
fn what_the_protocol_cannot_carry_is_not_written() {
    let topic = "x".repeat(65_536);
    let mut delivery = delivery(Properties::EMPTY);
    delivery.message.topic = &topic;
    for version in VERSIONS {
        let mut out = vec![7];
        delivery.encode(version, &mut out);
        assert_eq!(out, [7]);
        assert!(delivery.encoded_size(version) > 65_536);
    }
}
