//! The few packets that flow while a load runs, read and written with as little work as possible,
//! since the generator shares the machine with the broker it measures. It trusts the broker more
//! than `sluice_mqtt` trusts a peer: of a PUBLISH only what the load needs is looked at.

use sluice_mqtt::Version;

/// A packet that came while a load ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inbound<'b> {
    Publish {
        topic: &'b [u8],
        qos: u8,
        packet_id: [u8; 2],
        payload: &'b [u8],
    },
    PubAck {
        reason: u8,
    },
    PubRec {
        packet_id: [u8; 2],
        reason: u8,
    },
    PubRel {
        packet_id: [u8; 2],
    },
    PubComp,
    /// PINGRESP and what else needs no answer.
    Other,
    /// DISCONNECT of a 5.0 server, with its reason code.
    Disconnect {
        reason: u8,
    },
}

/// The bytes are no packet that a server may send.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The first packet of `bytes` and its size; `None` while it is incomplete.
pub(crate) fn cut(
    bytes: &[u8],
    version: Version,
) -> Result<Option<(Inbound<'_>, usize)>, Malformed> {
    let Some((header, rest)) = bytes.split_first() else { return Ok(None) };
    let Some((len, len_bytes)) = variable_integer(rest)? else { return Ok(None) };
    let size = 1 + len_bytes + len;
    let Some(body) = bytes.get(1 + len_bytes..size) else { return Ok(None) };
    Ok(Some((read(*header, body, version)?, size)))
}

fn read(header: u8, body: &[u8], version: Version) -> Result<Inbound<'_>, Malformed> {
    Ok(match header >> 4 {
        3 => publish(header, body, version)?,
        4 => Inbound::PubAck { reason: ack_reason(body) },
        5 => Inbound::PubRec {
            packet_id: *body.first_chunk().ok_or(Malformed)?,
            reason: ack_reason(body),
        },
        6 => Inbound::PubRel { packet_id: *body.first_chunk().ok_or(Malformed)? },
        7 => Inbound::PubComp,
        14 => Inbound::Disconnect { reason: body.first().copied().unwrap_or(0) },
        _ => Inbound::Other,
    })
}

/// Success before 5.0 and where it is left out.
fn ack_reason(body: &[u8]) -> u8 {
    body.get(2).copied().unwrap_or(0)
}

fn publish(header: u8, body: &[u8], version: Version) -> Result<Inbound<'_>, Malformed> {
    let (topic_len, rest) = body.split_first_chunk::<2>().ok_or(Malformed)?;
    let topic_len = usize::from(u16::from_be_bytes(*topic_len));
    let (topic, mut rest) = rest.split_at_checked(topic_len).ok_or(Malformed)?;
    let qos = header >> 1 & 3;
    let mut packet_id = [0; 2];
    if qos > 0 {
        let (id, behind) = rest.split_first_chunk::<2>().ok_or(Malformed)?;
        (packet_id, rest) = (*id, behind);
    }
    if version == Version::V5 {
        let (len, len_bytes) = variable_integer(rest)?.ok_or(Malformed)?;
        rest = rest.get(len_bytes + len..).ok_or(Malformed)?;
    }
    Ok(Inbound::Publish { topic, qos, packet_id, payload: rest })
}

/// Value and size of a variable byte integer; `None` while it is incomplete.
fn variable_integer(bytes: &[u8]) -> Result<Option<(usize, usize)>, Malformed> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((value, index + 1)));
        }
    }
    if bytes.len() < 4 { Ok(None) } else { Err(Malformed) }
}

/// Writes a variable byte integer of at most 268,435,455.
pub(crate) fn put_variable_integer(mut value: usize, out: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(value & 0x7F).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Writes PUBACK, PUBREC, PUBREL or PUBCOMP with the reason code Success.
pub(crate) fn put_ack(header: u8, packet_id: [u8; 2], out: &mut Vec<u8>) {
    let [high, low] = packet_id;
    out.extend_from_slice(&[header, 2, high, low]);
}

pub(crate) const PUBACK: u8 = 0x40;
pub(crate) const PUBREC: u8 = 0x50;
pub(crate) const PUBREL: u8 = 0x62;
pub(crate) const PUBCOMP: u8 = 0x70;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_is_cut_whole_or_not_yet() {
        let bytes = b"\x32\x08\x00\x02a/\x00\x07hi\x40\x02\x00\x07";
        for len in 0..10 {
            assert_eq!(cut(&bytes[..len], Version::V3_1_1), Ok(None), "{len}");
        }
        let publish = Inbound::Publish { topic: b"a/", qos: 1, packet_id: [0, 7], payload: b"hi" };
        assert_eq!(cut(bytes, Version::V3_1_1), Ok(Some((publish, 10))));
        assert_eq!(
            cut(&bytes[10..], Version::V3_1_1),
            Ok(Some((Inbound::PubAck { reason: 0 }, 4)))
        );
    }

    #[test]
    fn properties_of_a_publish_are_skipped() {
        let bytes = b"\x30\x07\x00\x01a\x02\x01\x01x";
        let publish = Inbound::Publish { topic: b"a", qos: 0, packet_id: [0, 0], payload: b"x" };
        assert_eq!(cut(bytes, Version::V5), Ok(Some((publish, 9))));
    }

    #[test]
    fn lengths_that_lie_are_malformed() {
        for bytes in [&b"\x30\xFF\xFF\xFF\xFF\x01"[..], b"\x30\x02\x00\x05", b"\x50\x01\x00"] {
            assert_eq!(cut(bytes, Version::V3_1_1), Err(Malformed), "{bytes:?}");
        }
    }

    #[test]
    fn a_variable_integer_reads_back() {
        for value in [0, 127, 128, 16_383, 16_384, 2_097_151, 268_435_455] {
            let mut out = Vec::new();
            put_variable_integer(value, &mut out);
            assert_eq!(variable_integer(&out), Ok(Some((value, out.len()))));
        }
    }
}
