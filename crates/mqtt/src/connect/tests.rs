//! CONNECT in three versions, and what is wrong with some.

use super::*;
use crate::{
    Packet, Property,
    packet::tests::{bytes, check, framed, list, reads, refused},
};

fn plain(version: Version) -> Connect<'static> {
    Connect {
        version,
        is_bridge: false,
        clean_start: true,
        keep_alive: 60,
        client_id: "c1",
        will: None,
        username: None,
        password: None,
        properties: Properties::EMPTY,
    }
}

fn will() -> Will<'static> {
    Will {
        message: MessageRef {
            topic: "w",
            payload: b"off",
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: Properties::EMPTY,
            expires_at: None,
        },
    }
}

#[test]
fn each_version_has_its_name_and_level() {
    let table = [
        (Version::V3_1, "10 10 00 06 4d 51 49 73 64 70 03 02 00 3c 00 02 63 31"),
        (Version::V3_1_1, "10 0e 00 04 4d 51 54 54 04 02 00 3c 00 02 63 31"),
        (Version::V5, "10 0f 00 04 4d 51 54 54 05 02 00 3c 00 00 02 63 31"),
    ];
    for (version, hex) in table {
        check(version, hex, &Packet::Connect(plain(version)));
        assert_eq!(Connect::version_at(&bytes(hex)), Some(version));
    }
}

#[test]
fn everything_a_connect_of_3_1_1_can_hold() {
    let connect = Connect {
        clean_start: false,
        keep_alive: 0,
        client_id: "",
        will: Some(will()),
        username: Some("u"),
        password: Some(&[0, 255]),
        ..plain(Version::V3_1_1)
    };
    let hex =
        "10 1b 00 04 4d 51 54 54 04 ec 00 00 00 00 00 01 77 00 03 6f 66 66 00 01 75 00 02 00 ff";
    check(Version::V3_1_1, hex, &Packet::Connect(connect));
}

#[test]
fn everything_a_connect_of_5_can_hold() {
    let properties = list(&[
        Property::SessionExpiryInterval(10),
        Property::ReceiveMaximum(20),
        Property::MaximumPacketSize(1000),
        Property::TopicAliasMaximum(5),
        Property::RequestResponseInformation(true),
        Property::RequestProblemInformation(false),
        Property::UserProperty("k", "v"),
        Property::AuthenticationMethod("m"),
        Property::AuthenticationData(&[1]),
    ]);
    let will_properties = list(&[
        Property::WillDelayInterval(5),
        Property::PayloadFormatIndicator(1),
        Property::MessageExpiryInterval(60),
        Property::ContentType("t"),
        Property::ResponseTopic("r"),
        Property::CorrelationData(&[2]),
        Property::UserProperty("k", "v"),
    ]);
    let mut will = will();
    will.message.properties = will_properties.as_properties();
    let connect = Connect {
        will: Some(will),
        password: Some(b"p"),
        properties: properties.as_properties(),
        ..plain(Version::V5)
    };
    let hex = "10 5d 00 04 4d 51 54 54 05 6e 00 3c \
        23 11 00 00 00 0a 21 00 14 27 00 00 03 e8 22 00 05 19 01 17 00 26 00 01 6b 00 01 76 \
        15 00 01 6d 16 00 01 01 00 02 63 31 \
        1f 18 00 00 00 05 01 01 02 00 00 00 3c 03 00 01 74 08 00 01 72 09 00 01 02 \
        26 00 01 6b 00 01 76 00 01 77 00 03 6f 66 66 00 01 70";
    let wire = framed(0x10, &bytes(hex)[2..]);
    let frame = Frame::cut(&wire, 1000).unwrap().unwrap();
    assert_eq!(Connect::decode(&frame).as_ref(), Ok(&connect));
    let mut out = Vec::new();
    connect.encode(&mut out);
    assert_eq!(out, wire);
    assert_eq!(connect.will.unwrap().message.properties.will_delay_interval(), Some(5));
}

#[test]
fn bridges_are_known_by_bit_7_of_the_level() {
    let bridge = |version| Connect { is_bridge: true, ..plain(version) };
    check(
        Version::V3_1_1,
        "10 0e 00 04 4d 51 54 54 84 02 00 3c 00 02 63 31",
        &Packet::Connect(bridge(Version::V3_1_1)),
    );
    check(
        Version::V3_1,
        "10 10 00 06 4d 51 49 73 64 70 83 02 00 3c 00 02 63 31",
        &Packet::Connect(bridge(Version::V3_1)),
    );
}

// [MQTT5-3.1.2-1, MQTT5-3.1.2-2, MQTT3-3.1.2-2]
#[test]
fn other_names_and_levels_are_unsupported_whatever_follows() {
    for name_and_level in [
        "00 04 4d 51 54 54 06",
        "00 04 4d 51 54 54 03",
        "00 04 4d 51 54 54 00",
        "00 04 4d 51 54 54 85",
        "00 04 6d 71 74 74 04",
        "00 06 4d 51 49 73 64 70 04",
        "00 00 05",
    ] {
        for rest in ["", "02 00 3c 00 02 63 31", "ff ff"] {
            let wire = framed(0x10, &bytes(&format!("{name_and_level}{rest}")));
            let frame = Frame::cut(&wire, 100).unwrap().unwrap();
            let error = Connect::decode(&frame).unwrap_err();
            assert_eq!(error.reason, ReasonCode::UnsupportedProtocolVersion, "{wire:02x?}");
            assert_eq!(Connect::version_at(&wire), None);
        }
    }
}

#[test]
fn the_version_is_known_when_the_rest_is_malformed() {
    let wire = framed(0x10, &bytes("00 04 4d 51 54 54 05 01 00"));
    let frame = Frame::cut(&wire, 100).unwrap().unwrap();
    assert_eq!(Connect::decode(&frame).unwrap_err().reason, ReasonCode::MalformedPacket);
    assert_eq!(Connect::version_at(&wire), Some(Version::V5));
}

#[test]
fn the_version_is_known_before_the_packet_is_whole() {
    // 256 MiB are announced.
    let start = bytes("10 ff ff ff 7f 00 04 4d 51 54 54 05 02");
    for end in 0..start.len() {
        let wanted = (end >= 12).then_some(Version::V5);
        assert_eq!(Connect::version_at(&start[..end]), wanted, "{end} bytes");
    }
    // What comes after the packet is not looked at.
    assert_eq!(Connect::version_at(&bytes("10 02 00 04 4d 51 54 54 05")), None);
}

#[test]
fn a_first_packet_of_another_type_is_a_protocol_error() {
    for wire in [bytes("c0 00"), bytes("30 05 00 03 61 2f 62"), bytes("e0 00")] {
        let frame = Frame::cut(&wire, 100).unwrap().unwrap();
        assert_eq!(Connect::decode(&frame).unwrap_err().reason, ReasonCode::ProtocolError);
        assert_eq!(Connect::version_at(&wire), None);
    }
}

/// A CONNECT with these flags that holds every field they announce.
fn with_flags(version: Version, flags: u8) -> Result<(), ReasonCode> {
    let mut body = bytes(match version {
        Version::V3_1 => "00 06 4d 51 49 73 64 70 03",
        Version::V3_1_1 => "00 04 4d 51 54 54 04",
        Version::V5 => "00 04 4d 51 54 54 05",
    });
    body.extend([flags, 0, 60]);
    let properties: &[u8] = if version == Version::V5 { &[0] } else { &[] };
    body.extend([properties, &bytes("00 02 63 31")].concat());
    if flags & Flags::WILL != 0 {
        body.extend([properties, &bytes("00 01 77 00 01 78")].concat());
    }
    for flag in [Flags::USER_NAME, Flags::PASSWORD] {
        if flags & flag != 0 {
            body.extend(bytes("00 01 78"));
        }
    }
    let wire = framed(0x10, &body);
    let frame = Frame::cut(&wire, 100).unwrap().unwrap();
    Connect::decode(&frame).map(drop).map_err(|error| error.reason)
}

// [MQTT5-3.1.2-3, MQTT5-3.1.2-11, MQTT5-3.1.2-12, MQTT5-3.1.2-13, MQTT3-3.1.2-22]
#[test]
fn all_256_connect_flags() {
    for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
        for flags in 0..=u8::MAX {
            let will_qos = flags >> 3 & 3;
            let is_valid = flags & 1 == 0
                && if flags & 4 == 0 { flags & 0x38 == 0 } else { will_qos != 3 }
                && (version == Version::V5 || flags & 0xC0 != 0x40);
            let expected = if is_valid { Ok(()) } else { Err(ReasonCode::MalformedPacket) };
            assert_eq!(with_flags(version, flags), expected, "{version:?} {flags:#010b}");
        }
    }
}

#[test]
fn in_3_1_the_end_of_the_packet_outweighs_the_flags() {
    let user = Connect { username: Some("u"), ..plain(Version::V3_1) };
    let head = "00 06 4d 51 49 73 64 70 03 c2 00 3c 00 02 63 31";
    let hex = |body: &str| {
        framed(0x10, &bytes(body)).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    reads(Version::V3_1, &hex(head), &Packet::Connect(plain(Version::V3_1)));
    reads(Version::V3_1, &hex(&format!("{head} 00 01 75")), &Packet::Connect(user));
    refused(
        Version::V3_1_1,
        "10 11 00 04 4d 51 54 54 04 c2 00 3c 00 02 63 31 00 01 75",
        ReasonCode::MalformedPacket,
    );
}

#[test]
fn will_topics_are_topic_names() {
    let with_topic = |topic: &str| {
        let body = format!("00 04 4d 51 54 54 05 06 00 3c 00 00 02 63 31 00 {topic} 00 00");
        framed(0x10, &bytes(&body)).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    for topic in ["00 01 2b", "00 03 61 2f 23", "00 00"] {
        refused(Version::V5, &with_topic(topic), ReasonCode::TopicNameInvalid);
    }
    refused(Version::V5, &with_topic("00 03 61 00 62"), ReasonCode::MalformedPacket);
}
