//! Streams of bytes and the frames in them.

use super::*;
use crate::packet::tests::{bytes, framed};

/// What `cut` says of these bytes: the size of the first packet, not yet, or why not.
fn check(hex: &str, packet_bytes_max: u32, expected: Result<Option<usize>, ReasonCode>) {
    let stream = bytes(hex);
    let result = Frame::cut(&stream, packet_bytes_max)
        .map(|frame| frame.map(|frame| frame.size))
        .map_err(|error| error.reason);
    assert_eq!(result, expected, "{hex}");
}

#[test]
fn a_packet_is_cut_when_it_is_complete() {
    check("", 100, Ok(None));
    check("c0", 100, Ok(None));
    check("c0 00", 100, Ok(Some(2)));
    check("c0 00 d0 00", 100, Ok(Some(2)));
    check("40 02 00", 100, Ok(None));
    check("40 02 00 01", 100, Ok(Some(4)));
    check("30 80", 100, Ok(None));
    check("30 80 80", 100, Ok(None));
    check("30 80 80 80", 100, Ok(None));
}

#[test]
fn a_length_of_five_bytes_is_malformed_at_once() {
    check("30 ff ff ff ff", u32::MAX, Err(ReasonCode::MalformedPacket));
    check("30 80 80 80 80 01", u32::MAX, Err(ReasonCode::MalformedPacket));
    check("30 ff ff ff 7f", u32::MAX, Ok(None));
}

#[test]
fn packet_type_0_is_malformed_at_once() {
    check("00", 100, Err(ReasonCode::MalformedPacket));
    check("0f 00", 100, Err(ReasonCode::MalformedPacket));
}

#[test]
fn a_packet_too_large_is_refused_before_its_body_comes() {
    check("30 62", 100, Ok(None));
    check("30 63", 100, Err(ReasonCode::PacketTooLarge));
    check("30 ff ff ff 7f", 1 << 20, Err(ReasonCode::PacketTooLarge));
    check("c0 00", 2, Ok(Some(2)));
    check("c0 00", 1, Err(ReasonCode::PacketTooLarge));
}

#[test]
fn lengths_at_their_four_boundaries() {
    for len in [0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, 0x1F_FFFF, 0x20_0000] {
        let wire = framed(0x30, &vec![0; len]);
        let header = wire.len() - len;
        assert_eq!(header - 1, variable::size(len));
        let frame = Frame::cut(&wire, u32::MAX).unwrap().unwrap();
        assert_eq!((frame.body.len(), frame.size), (len, wire.len()));
        assert_eq!(Frame::needed(&wire[..header]), Some(wire.len()));
        assert_eq!(Frame::needed(&wire[..header - 1]), None);
    }
    assert_eq!(Frame::needed(&bytes("30 ff ff ff 7f")), Some(variable::MAX as usize + 5));
    assert_eq!(Frame::needed(&bytes("30 ff ff ff ff 00")), None);
}

#[test]
fn the_stream_goes_on_behind_the_frame() {
    let stream = bytes("c0 00 40 02 00 01 e0");
    let first = Frame::cut(&stream, 100).unwrap().unwrap();
    assert_eq!(first.packet_type(), PacketType::PingReq);
    let second = Frame::cut(&stream[first.size..], 100).unwrap().unwrap();
    assert_eq!((second.packet_type(), second.body), (PacketType::PubAck, &[0, 1][..]));
    assert_eq!(Frame::cut(&stream[first.size + second.size..], 100), Ok(None));
}
