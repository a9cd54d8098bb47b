//! Properties on the wire and back; `list_for` generates them for the tests of packets.

use proptest::{collection::vec, prelude::*, sample::subsequence};

use super::*;
use crate::{
    Packet, Version,
    packet::tests::{bytes, decode, framed},
};

/// Any properties that this place allows, in any order.
pub(crate) fn list_for(place: Place) -> impl Strategy<Value = PropertyList> {
    let allowed: Vec<u8> = (0..=u8::MAX)
        .filter(|id| table::row(*id).is_some_and(|row| row.places.contains(place)))
        .collect();
    let chosen = subsequence(allowed.clone(), 0..=allowed.len()).prop_shuffle();
    let seeds = vec((any::<u32>(), "[^\0+#]{1,20}", "[^\0]{0,20}"), 64);
    (chosen, seeds, 0_usize..4).prop_map(move |(mut ids, seeds, repeats)| {
        if !ids.contains(&table::AUTHENTICATION_METHOD) {
            ids.retain(|id| *id != table::AUTHENTICATION_DATA);
        }
        for id in ids.clone() {
            if table::row(id).is_some_and(|row| row.may_repeat(place)) {
                ids.extend(iter::repeat_n(id, repeats));
            }
        }
        let mut list = PropertyList::new();
        for (id, (number, text, more)) in ids.into_iter().zip(&seeds) {
            let format = table::row(id).unwrap().format;
            let value = value(format, *number, text, more);
            assert!(list.push(Property::from_parts(id, value).unwrap()), "{id:#04x} {value:?}");
        }
        list
    })
}

fn value<'b>(format: Format, number: u32, text: &'b str, more: &'b str) -> Value<'b> {
    match format {
        Format::Byte => Value::Byte((number & 1) as u8),
        Format::Flag => Value::Flag(number & 1 == 1),
        Format::TwoBytes => Value::TwoBytes((number & 0xFFFF) as u16 | 1),
        Format::FourBytes => Value::FourBytes(number | 1),
        Format::Variable => Value::Variable(number % crate::variable::MAX + 1),
        Format::Text => Value::Text(text),
        Format::Binary => Value::Binary(more.as_bytes()),
        Format::Pair => Value::Pair(text, more),
    }
}

/// The properties are taken or refused in this place.
fn check_in(place: Place, hex: &str, expected: Result<(), ReasonCode>) {
    let properties = bytes(hex);
    let result = check(&properties, place).map_err(|error| error.reason);
    assert_eq!(result, expected, "{place:?}: {hex}");
}

const PLACES: [Place; 9] = [
    Place::Connect,
    Place::Will,
    Place::ConnAck,
    Place::Publish,
    Place::Ack,
    Place::Subscribe,
    Place::Unsubscribe,
    Place::Disconnect,
    Place::Auth,
];

/// One valid form of each property, and the places that allow it.
fn one_of_each() -> [(&'static str, &'static [Place]); 27] {
    use Place::{Ack, Auth, ConnAck, Connect, Disconnect, Publish, Subscribe, Will};
    [
        ("01 01", &[Publish, Will]),
        ("02 00 00 00 3c", &[Publish, Will]),
        ("03 00 01 74", &[Publish, Will]),
        ("08 00 01 72", &[Publish, Will]),
        ("09 00 02 00 ff", &[Publish, Will]),
        ("0b ff ff ff 7f", &[Publish, Subscribe]),
        ("11 ff ff ff ff", &[Connect, ConnAck, Disconnect]),
        ("12 00 02 63 31", &[ConnAck]),
        ("13 00 3c", &[ConnAck]),
        ("15 00 01 6d", &[Connect, ConnAck, Auth]),
        ("16 00 01 00", &[Connect, ConnAck, Auth]),
        ("17 00", &[Connect]),
        ("18 00 00 00 05", &[Will]),
        ("19 01", &[Connect]),
        ("1a 00 01 72", &[ConnAck]),
        ("1c 00 01 73", &[ConnAck, Disconnect]),
        ("1f 00 02 6f 6b", &[ConnAck, Ack, Disconnect, Auth]),
        ("21 00 01", &[Connect, ConnAck]),
        ("22 00 00", &[Connect, ConnAck]),
        ("23 00 01", &[Publish]),
        ("24 00", &[ConnAck]),
        ("25 01", &[ConnAck]),
        ("26 00 01 6b 00 00", &PLACES),
        ("27 00 00 00 01", &[Connect, ConnAck]),
        ("28 00", &[ConnAck]),
        ("29 01", &[ConnAck]),
        ("2a 00", &[ConnAck]),
    ]
}

#[test]
fn each_property_stands_only_where_it_is_allowed() {
    for (hex, allowed) in one_of_each() {
        for place in PLACES {
            let expected = match allowed.contains(&place) {
                // Its method is missing.
                true if hex.starts_with("16") => Err(ReasonCode::ProtocolError),
                true => Ok(()),
                false => Err(ReasonCode::MalformedPacket),
            };
            check_in(place, hex, expected);
        }
    }
}

#[test]
fn a_property_comes_twice_only_where_it_may() {
    for (hex, allowed) in one_of_each() {
        for place in allowed {
            let repeats =
                hex.starts_with("26") || (hex.starts_with("0b") && *place == Place::Publish);
            let expected = if repeats { Ok(()) } else { Err(ReasonCode::ProtocolError) };
            check_in(*place, &format!("{hex} {hex}"), expected);
        }
    }
}

#[test]
fn a_property_cut_short_is_malformed() {
    for (hex, allowed) in one_of_each() {
        let whole = bytes(hex);
        for len in 1..whole.len() {
            let result = check(&whole[..len], allowed[0]);
            assert_eq!(result.unwrap_err().reason, ReasonCode::MalformedPacket, "{hex}: {len}");
        }
    }
}

#[test]
fn every_other_identifier_is_malformed() {
    let known = one_of_each().map(|(hex, _)| bytes(hex)[0]);
    for id in (0..=u8::MAX).filter(|id| !known.contains(id)) {
        for place in PLACES {
            check_in(place, &format!("{id:02x} 00 01 61"), Err(ReasonCode::MalformedPacket));
        }
    }
}

#[test]
fn values_have_limits() {
    use Place::{ConnAck, Connect, Publish, Subscribe, Will};
    let protocol_errors = [
        (Publish, "01 02"),
        (Will, "01 ff"),
        (Connect, "17 02"),
        (Connect, "19 02"),
        (ConnAck, "24 02"),
        (ConnAck, "25 02"),
        (ConnAck, "28 02"),
        (ConnAck, "29 ff"),
        (ConnAck, "2a 80"),
        (Connect, "21 00 00"),
        (ConnAck, "21 00 00"),
        (Connect, "27 00 00 00 00"),
        (ConnAck, "27 00 00 00 00"),
        (Subscribe, "0b 00"),
        (Publish, "0b 00"),
        // [MQTT5-3.3.2-14]
        (Publish, "08 00 03 61 2f 23"),
        (Publish, "08 00 01 2b"),
        (Will, "08 00 03 2b 2f 61"),
        (Publish, "08 00 00"),
    ];
    for (place, hex) in protocol_errors {
        check_in(place, hex, Err(ReasonCode::ProtocolError));
    }
    // [MQTT5-3.3.2-8]
    check_in(Publish, "23 00 00", Err(ReasonCode::TopicAliasInvalid));
}

#[test]
fn malformed_values() {
    use Place::{Connect, Publish, Subscribe};
    let malformed = [
        // Longer than four bytes, and longer than needed [MQTT5-1.5.5-1].
        (Subscribe, "0b ff ff ff ff 7f"),
        (Subscribe, "0b 81 00"),
        // A surrogate, an overlong form, U+0000 [MQTT5-1.5.4-1, MQTT5-1.5.4-2, MQTT5-1.5.7-1].
        (Publish, "03 00 03 ed a0 80"),
        (Publish, "08 00 02 c0 80"),
        (Publish, "26 00 01 6b 00 01 00"),
        (Publish, "26 00 02 c1 bf 00 00"),
        (Connect, "15 00 03 61 00 62"),
    ];
    for (place, hex) in malformed {
        check_in(place, hex, Err(ReasonCode::MalformedPacket));
    }
    // A byte order mark is text [MQTT5-1.5.4-3].
    check_in(Publish, "03 00 03 ef bb bf", Ok(()));
}

#[test]
fn authentication_data_needs_a_method() {
    for place in [Place::Connect, Place::ConnAck, Place::Auth] {
        check_in(place, "16 00 01 00", Err(ReasonCode::ProtocolError));
        check_in(place, "16 00 01 00 15 00 01 6d", Ok(()));
        check_in(place, "15 00 01 6d", Ok(()));
    }
}

#[test]
fn a_property_length_beyond_the_packet_is_malformed() {
    for length in [7, 8, 0x7F] {
        let mut body = bytes("00 01 61");
        body.extend([length, 0x02, 0, 0, 0, 60, 0x78]);
        let wire = framed(0x30, &body);
        let error = decode(&wire, Version::V5).unwrap_err();
        assert_eq!(error.reason, ReasonCode::MalformedPacket);
    }
}

#[test]
fn every_property_is_found_by_its_name() {
    let mut all = PropertyList::new();
    all.extend([
        Property::UserProperty("k", "1"),
        Property::PayloadFormatIndicator(1),
        Property::MessageExpiryInterval(60),
        Property::ContentType("text"),
        Property::ResponseTopic("r"),
        Property::CorrelationData(&[0, 255]),
        Property::SubscriptionIdentifier(7),
        Property::SessionExpiryInterval(u32::MAX),
        Property::AssignedClientIdentifier("c1"),
        Property::ServerKeepAlive(30),
        Property::AuthenticationMethod("m"),
        Property::AuthenticationData(&[1]),
        Property::RequestProblemInformation(false),
        Property::WillDelayInterval(5),
        Property::RequestResponseInformation(true),
        Property::ResponseInformation("base"),
        Property::ServerReference("other"),
        Property::ReasonString("why"),
        Property::ReceiveMaximum(20),
        Property::TopicAliasMaximum(0),
        Property::TopicAlias(3),
        Property::MaximumQoS(1),
        Property::RetainAvailable(true),
        Property::MaximumPacketSize(1024),
        Property::WildcardSubscriptionAvailable(false),
        Property::SubscriptionIdentifiersAvailable(true),
        Property::SharedSubscriptionAvailable(false),
        Property::SubscriptionIdentifier(300),
        Property::UserProperty("k", "2"),
    ]);
    let found = all.as_properties();
    assert_eq!(found.iter().count(), 29);
    assert_eq!(found.payload_format_indicator(), Some(1));
    assert_eq!(found.message_expiry_interval(), Some(60));
    assert_eq!(found.content_type(), Some("text"));
    assert_eq!(found.response_topic(), Some("r"));
    assert_eq!(found.correlation_data(), Some(&[0, 255][..]));
    assert_eq!(found.subscription_identifier(), Some(7));
    assert_eq!(found.subscription_identifiers().collect::<Vec<_>>(), [7, 300]);
    assert_eq!(found.session_expiry_interval(), Some(u32::MAX));
    assert_eq!(found.assigned_client_identifier(), Some("c1"));
    assert_eq!(found.server_keep_alive(), Some(30));
    assert_eq!(found.authentication_method(), Some("m"));
    assert_eq!(found.authentication_data(), Some(&[1][..]));
    assert_eq!(found.request_problem_information(), Some(false));
    assert_eq!(found.will_delay_interval(), Some(5));
    assert_eq!(found.request_response_information(), Some(true));
    assert_eq!(found.response_information(), Some("base"));
    assert_eq!(found.server_reference(), Some("other"));
    assert_eq!(found.reason_string(), Some("why"));
    assert_eq!(found.receive_maximum(), Some(20));
    assert_eq!(found.topic_alias_maximum(), Some(0));
    assert_eq!(found.topic_alias(), Some(3));
    assert_eq!(found.maximum_qos(), Some(1));
    assert_eq!(found.retain_available(), Some(true));
    assert_eq!(found.maximum_packet_size(), Some(1024));
    assert_eq!(found.wildcard_subscription_available(), Some(false));
    assert_eq!(found.subscription_identifiers_available(), Some(true));
    assert_eq!(found.shared_subscription_available(), Some(false));
    assert_eq!(found.user_properties().collect::<Vec<_>>(), [("k", "1"), ("k", "2")]);
    assert_eq!(Properties::EMPTY.receive_maximum(), None);
}

#[test]
fn the_list_leaves_out_what_the_wire_forbids() {
    let mut list = PropertyList::new();
    assert!(list.push(Property::ReasonString("kept")));
    let before = list.clone();
    for property in [
        Property::ReasonString(&"x".repeat(65_536)),
        Property::UserProperty("k", "a\0b"),
        Property::ReceiveMaximum(0),
        Property::TopicAlias(0),
        Property::MaximumQoS(2),
        Property::PayloadFormatIndicator(2),
        Property::SubscriptionIdentifier(268_435_456),
        Property::ResponseTopic("a/+"),
    ] {
        assert!(!list.push(property), "{property:?}");
        assert_eq!(list, before);
    }
    assert!(list.push(Property::AuthenticationData(&[])), "its method may follow");
}

#[test]
fn kept_properties_are_checked_again() {
    let kept = bytes("26 00 01 6b 00 01 76 18 00 00 00 05 21 00 14");
    assert_eq!(Properties::from_encoded(&kept).unwrap().as_bytes(), kept);
    assert!(Properties::from_encoded(&kept[..kept.len() - 1]).is_err());
    assert!(Properties::from_encoded(&bytes("21 00 14 21 00 14")).is_err());
    assert!(Properties::from_encoded(&[]).unwrap().is_empty());
}

proptest! {
    #[test]
    fn reading_and_pushing_each_property_gives_the_same_bytes(list in list_for(Place::Anywhere)) {
        let mut copy = PropertyList::new();
        copy.extend(list.as_properties().iter());
        prop_assert_eq!(copy, list);
    }
}

#[test]
fn properties_of_a_publish_are_borrowed_from_the_packet() {
    let wire = bytes("30 0d 00 01 61 08 26 00 01 6b 00 02 76 76 78");
    let Packet::Publish(publish) = decode(&wire, Version::V5).unwrap() else { panic!() };
    assert_eq!(publish.message.properties.user_properties().next(), Some(("k", "vv")));
    assert_eq!(publish.message.payload, b"x");
    assert_eq!(format!("{:?}", publish.message.properties), r#"[UserProperty("k", "vv")]"#);
}
