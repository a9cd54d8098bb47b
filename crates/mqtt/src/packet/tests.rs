//! The boundary that all tables of packets use: bytes on one side, a packet on the other.

mod identity;

use super::*;
use crate::{Property, PropertyList, ReasonCode};

/// Hexadecimal digits, spaces ignored.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    assert_eq!(digits.len() % 2, 0, "half a byte in {hex}");
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The packet with this first byte and body.
pub(crate) fn framed(header: u8, body: &[u8]) -> Vec<u8> {
    let mut wire = vec![header];
    crate::variable::write(u32::try_from(body.len()).unwrap(), &mut wire);
    wire.extend_from_slice(body);
    wire
}

pub(crate) fn decode(wire: &[u8], version: Version) -> Result<Packet<'_>, DecodeError> {
    let frame = Frame::cut(wire, u32::MAX)?.expect("a whole packet");
    assert_eq!(frame.size, wire.len());
    Packet::decode(&frame, version)
}

/// The bytes are this packet, and the packet is these bytes.
pub(crate) fn check(version: Version, hex: &str, packet: &Packet<'_>) {
    reads(version, hex, packet);
    let mut out = vec![0xAA];
    packet.encode(version, &mut out);
    assert_eq!(out[1..], bytes(hex), "{packet:?} is not written as {hex}");
}

/// The bytes are this packet; it would be written in another form.
pub(crate) fn reads(version: Version, hex: &str, packet: &Packet<'_>) {
    assert_eq!(decode(&bytes(hex), version).as_ref(), Ok(packet), "{hex}");
}

/// The bytes are refused for this reason.
pub(crate) fn refused(version: Version, hex: &str, reason: ReasonCode) {
    let wire = bytes(hex);
    let error = decode(&wire, version).expect_err(hex);
    assert_eq!(error.reason, reason, "{hex}: {error}");
}

pub(crate) fn list(properties: &[Property<'_>]) -> PropertyList {
    let mut list = PropertyList::new();
    for property in properties {
        assert!(list.push(*property), "{property:?}");
    }
    list
}

pub(crate) const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];

/// One or more packets of each type that the version has: the start of everything that mutates
/// packets.
pub(crate) fn samples(version: Version) -> Vec<Vec<u8>> {
    let before_5 = [
        "20 02 00 05",
        "30 05 00 03 61 2f 62",
        "3d 0b 00 03 61 2f 62 00 0a 68 65 6c 6c",
        "40 02 00 01",
        "50 02 00 02",
        "62 02 00 03",
        "70 02 ff ff",
        "82 0e 00 01 00 03 61 2f 62 01 00 03 23 2f 2b 02",
        "90 05 00 01 00 02 80",
        "a2 0a 00 01 00 03 61 2f 62 00 01 23",
        "b0 02 00 01",
        "c0 00",
        "d0 00",
        "e0 00",
    ];
    let of_5 = [
        "10 41 00 04 4d 51 54 54 05 ee 00 3c 08 11 00 00 00 0a 21 00 14 00 02 63 31 \
         0b 18 00 00 00 05 08 00 03 61 2f 72 00 01 77 00 02 6f 6b 00 01 75 00 02 70 77",
        "20 0a 01 00 07 24 01 27 00 00 10 00",
        "20 03 00 87 00",
        "30 06 00 03 61 2f 62 00",
        "3d 25 00 03 61 2f 62 00 0a 18 01 01 02 00 00 00 3c 03 00 01 74 08 00 01 72 09 00 01 00 \
         23 00 07 0b 05 68 65 6c 6c",
        "40 02 00 01",
        "40 03 00 01 10",
        "50 0a 00 02 87 06 1f 00 03 62 61 64",
        "62 03 00 03 92",
        "70 0d 00 04 00 09 26 00 01 6b 00 03 76 61 6c",
        "82 0d 00 01 02 0b 07 00 03 61 2f 62 2e 00 01 23 1d",
        "90 06 00 01 00 00 02 87",
        "a2 0d 00 01 00 00 03 61 2f 62 00 03 63 2f 23",
        "b0 05 00 01 00 00 11",
        "c0 00",
        "d0 00",
        "e0 00",
        "e0 01 04",
        "e0 08 8e 06 1f 00 03 6f 6c 64",
        "f0 0e 18 0c 15 00 04 53 43 52 41 16 00 02 01 02",
    ];
    let of_3_1 = ["20 02 00 00", "10 10 00 06 4d 51 49 73 64 70 03 02 00 3c 00 02 63 31"];
    let of_3_1_1 = [
        "20 02 01 00",
        "10 1f 00 04 4d 51 54 54 04 ce 00 3c 00 02 63 31 00 01 77 00 02 6f 6b 00 01 75 00 02 70 77",
    ];
    let hex: Vec<&str> = match version {
        Version::V3_1 => [&before_5[..], &of_3_1].concat(),
        Version::V3_1_1 => [&before_5[..], &of_3_1_1].concat(),
        Version::V5 => of_5.to_vec(),
    };
    hex.into_iter()
        .map(|hex| {
            let wire = bytes(hex);
            // Lengths are not counted by hand.
            framed(wire[0], &wire[2..])
        })
        .collect()
}

#[test]
fn pings_have_no_body() {
    for version in VERSIONS {
        check(version, "c0 00", &Packet::PingReq);
        check(version, "d0 00", &Packet::PingResp);
        refused(version, "c0 01 00", ReasonCode::MalformedPacket);
        refused(version, "d0 01 00", ReasonCode::MalformedPacket);
    }
}

#[test]
fn samples_are_read_and_written_as_they_are() {
    for version in VERSIONS {
        for wire in samples(version) {
            let packet = decode(&wire, version).unwrap_or_else(|error| {
                panic!("{version:?} {wire:02x?}: {error}");
            });
            let mut out = Vec::new();
            packet.encode(version, &mut out);
            assert_eq!(out, wire, "{packet:?}");
        }
    }
}

#[test]
fn samples_hold_every_type_of_the_version() {
    for version in VERSIONS {
        let mut types: Vec<u8> = samples(version).iter().map(|wire| wire[0] >> 4).collect();
        types.sort_unstable();
        types.dedup();
        let last = if version == Version::V5 { 15 } else { 14 };
        assert_eq!(types, (1..=last).collect::<Vec<_>>());
    }
}

// [MQTT5-2.1.3-1, MQTT3-2.2.2-2]
#[test]
fn wrong_flags_in_the_fixed_header_are_malformed() {
    for version in VERSIONS {
        for wire in samples(version) {
            let right = wire[0];
            if right >> 4 == 3 {
                continue;
            }
            for flags in (0..16).filter(|flags| *flags != right & 0x0F) {
                let mut wire = wire.clone();
                wire[0] = right & 0xF0 | flags;
                let result = decode(&wire, version);
                if version == Version::V3_1 && right & 0x0F == 2 && flags == 0x0A {
                    assert!(result.is_ok(), "3.1 marks redelivery of {right:#04x}");
                } else {
                    let error = result.expect_err("wrong flags");
                    assert_eq!(error.reason, ReasonCode::MalformedPacket, "{wire:02x?}");
                }
            }
        }
    }
}

#[test]
fn a_byte_after_the_end_is_refused() {
    for version in VERSIONS {
        for wire in samples(version) {
            let header = wire[0];
            let frame = Frame::cut(&wire, u32::MAX).unwrap().unwrap();
            let body = [frame.body, &[0xC3]].concat();
            let longer = framed(header, &body);
            let result = decode(&longer, version);
            // Only there is another byte the beginning of something.
            let is_open = matches!(frame.packet_type(), PacketType::Publish);
            assert_eq!(result.is_ok(), is_open, "{longer:02x?}");
        }
    }
}

#[test]
fn a_packet_cut_anywhere_is_refused_or_another_packet() {
    for version in VERSIONS {
        for wire in samples(version) {
            let frame = Frame::cut(&wire, u32::MAX).unwrap().unwrap();
            for len in 0..frame.body.len() {
                let shorter = framed(wire[0], &frame.body[..len]);
                if let Ok(packet) = decode(&shorter, version) {
                    let mut out = Vec::new();
                    packet.encode(version, &mut out);
                    assert_eq!(decode(&out, version), Ok(packet), "{shorter:02x?}");
                }
            }
        }
    }
}

// [MQTT5-1.5.5-1]
#[test]
fn a_padded_remaining_length_is_malformed_in_5_only() {
    refused(Version::V5, "c0 80 00", ReasonCode::MalformedPacket);
    reads(Version::V3_1_1, "c0 80 00", &Packet::PingReq);
    reads(Version::V3_1, "c0 80 80 00", &Packet::PingReq);
    refused(Version::V5, "30 86 00 00 03 61 2f 62 00", ReasonCode::MalformedPacket);
}

/// Text that no string may hold [MQTT5-1.5.4-1, MQTT5-1.5.4-2, MQTT3-1.5.3-1, MQTT3-1.5.3-2]:
/// surrogates, U+0000 plain and overlong, an overlong slash, beyond U+10FFFF, a character cut
/// short, a stray byte.
const NO_TEXT: [&str; 8] = [
    "00 03 ed a0 80",
    "00 03 ed bf bf",
    "00 01 00",
    "00 02 c0 80",
    "00 02 c0 af",
    "00 04 f4 90 80 80",
    "00 02 e2 82",
    "00 01 ff",
];

#[test]
fn ill_formed_text_is_malformed_in_every_field() {
    let fields = [
        (Version::V3_1, 0x10, "00 06 4d 51 49 73 64 70 03 02 00 00 T"),
        (Version::V3_1_1, 0x10, "00 04 4d 51 54 54 04 02 00 00 T"),
        (Version::V3_1_1, 0x10, "00 04 4d 51 54 54 04 06 00 00 00 01 63 T 00 00"),
        (Version::V3_1_1, 0x10, "00 04 4d 51 54 54 04 82 00 00 00 01 63 T"),
        (Version::V5, 0x10, "00 04 4d 51 54 54 05 02 00 00 00 T"),
        (Version::V5, 0x10, "00 04 4d 51 54 54 05 06 00 00 00 00 01 63 00 T 00 00"),
        (Version::V5, 0x10, "00 04 4d 51 54 54 05 82 00 00 00 00 01 63 T"),
        (Version::V3_1_1, 0x30, "T"),
        (Version::V5, 0x30, "T 00"),
        (Version::V3_1_1, 0x82, "00 01 T 00"),
        (Version::V5, 0x82, "00 01 00 T 00"),
        (Version::V3_1_1, 0xA2, "00 01 T"),
        (Version::V5, 0xA2, "00 01 00 T"),
    ];
    for (version, header, body) in fields {
        let good = framed(header, &bytes(&body.replace('T', "00 03 ef bb bf")));
        assert!(decode(&good, version).is_ok(), "{body}");
        for text in NO_TEXT {
            let wire = framed(header, &bytes(&body.replace('T', text)));
            let error = decode(&wire, version).expect_err(body);
            assert_eq!(error.reason, ReasonCode::MalformedPacket, "{body}: {text}");
        }
    }
}

#[test]
fn a_packet_that_has_no_form_on_the_wire_is_not_written() {
    let long = "x".repeat(65_536);
    let connect = Connect {
        version: Version::V5,
        is_bridge: false,
        clean_start: true,
        keep_alive: 0,
        client_id: &long,
        will: None,
        username: None,
        password: None,
        properties: crate::Properties::EMPTY,
    };
    let mut out = vec![7];
    Packet::Connect(connect).encode(Version::V5, &mut out);
    assert_eq!(out, [7]);
}
