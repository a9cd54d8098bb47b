//! Every packet there and back; knows nothing of single fields.

use super::*;

/// Hexadecimal digits, spaces ignored.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn a_publish_goes_there_and_back() {
    let wire = bytes("32 0a 00 03 61 2f 62 00 07 00 68 69");
    let frame = Frame::cut(&wire, u32::MAX).unwrap().unwrap();
    let packet = Packet::decode(&frame, Version::V5).unwrap();
    let mut out = Vec::new();
    packet.encode(Version::V5, &mut out);
    assert_eq!(out, wire);
}
