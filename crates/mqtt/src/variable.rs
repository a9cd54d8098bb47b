//! Variable Byte Integers [MQTT5-1.5.5]. It does not know what they count.

use crate::DecodeError;

/// The largest value that four bytes hold.
pub(crate) const MAX: u32 = 268_435_455;

/// Reads one from the start of `bytes` and gives the rest; `None` when `bytes` ends within it.
/// Longer forms than needed are taken: only 5.0 forbids them, see [`size`].
#[inline]
pub(crate) fn read(bytes: &[u8]) -> Result<Option<(u32, &[u8])>, DecodeError> {
    let low = |byte: u8| u32::from(byte & 0x7F);
    Ok(Some(match bytes {
        [a @ 0..0x80, rest @ ..] => (u32::from(*a), rest),
        [a, b @ 0..0x80, rest @ ..] => (low(*a) | low(*b) << 7, rest),
        [a, b, c @ 0..0x80, rest @ ..] => (low(*a) | low(*b) << 7 | low(*c) << 14, rest),
        [a, b, c, d @ 0..0x80, rest @ ..] => {
            (low(*a) | low(*b) << 7 | low(*c) << 14 | low(*d) << 21, rest)
        }
        [_, _, _, _, ..] => return Err(DecodeError::malformed("a length of more than four bytes")),
        _ => return Ok(None),
    }))
}

/// How many bytes `value` takes in its shortest form, which 5.0 demands [MQTT5-1.5.5-1].
pub(crate) const fn size(value: usize) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        _ => 4,
    }
}

/// The four low groups of seven bits, the continuation bit set; the caller clears it in the last
/// one he takes.
pub(crate) fn write(value: u32, out: &mut Vec<u8>) {
    let byte = |shift: u32| (value >> shift & 0x7F) as u8;
    match size(value as usize) {
        1 => out.push(byte(0)),
        2 => out.extend_from_slice(&[byte(0) | 0x80, byte(7)]),
        3 => out.extend_from_slice(&[byte(0) | 0x80, byte(7) | 0x80, byte(14)]),
        _ => out.extend_from_slice(&[byte(0) | 0x80, byte(7) | 0x80, byte(14) | 0x80, byte(21)]),
    }
}
