//! Records as bytes: a head with a checksum, then a body. It does not know what a body says.

use crc32fast::Hasher;

/// The head of a record: length of the body, checksum, position, kind. Little-endian.
pub(crate) const HEAD_BYTES: usize = 17;

/// No body is longer: more than a packet, its receivers and what a rule computes can come to.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 30;

/// Set in the kind of a record that was copied forward: its position is that of the first writing.
pub(crate) const COPIED: u8 = 0x80;

/// One record of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'b> {
    pub(crate) position: u64,
    /// Without [`COPIED`].
    pub(crate) kind: u8,
    pub(crate) is_copy: bool,
    pub(crate) body: &'b [u8],
    /// Where it begins in its segment.
    pub(crate) offset: usize,
}

impl Record<'_> {
    pub(crate) const fn len(&self) -> usize {
        HEAD_BYTES + self.body.len()
    }
}

/// The checksum of a body, to be completed when its position is known.
pub(crate) fn checksum(body: &[u8]) -> u32 {
    crc32fast::hash(body)
}

/// Appends a record. `body_checksum` is [`checksum`] of the body.
pub(crate) fn write(
    position: u64,
    kind: u8,
    (body, body_checksum): (&[u8], u32),
    out: &mut Vec<u8>,
) {
    // Bodies are bounded far below.
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    let position = position.to_le_bytes();
    out.extend_from_slice(&length);
    out.extend_from_slice(&seal(length, position, kind, body_checksum).to_le_bytes());
    out.extend_from_slice(&position);
    out.push(kind);
    out.extend_from_slice(body);
}

/// The checksum of the whole record.
fn seal(length: [u8; 4], position: [u8; 8], kind: u8, body: u32) -> u32 {
    let mut hasher = Hasher::new_with_initial(body);
    hasher.update(&length);
    hasher.update(&position);
    hasher.update(&[kind]);
    hasher.finalize()
}

/// The record at `offset`; `None` when there is no whole one that checks.
pub(crate) fn read(bytes: &[u8], offset: usize) -> Option<Record<'_>> {
    let rest = bytes.get(offset..)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let (position, rest) = rest.split_first_chunk::<8>()?;
    let (&kind, rest) = rest.split_first()?;
    let body_length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let body = rest.get(..body_length.min(BODY_BYTES_MAX + 1))?;
    let is_whole = body.len() == body_length
        && u32::from_le_bytes(*sum) == seal(*length, *position, kind, checksum(body));
    is_whole.then_some(Record {
        position: u64::from_le_bytes(*position),
        kind: kind & !COPIED,
        is_copy: kind & COPIED != 0,
        body,
        offset,
    })
}

/// The first place behind `offset` where a record begins that checks. Gives up after so much work
/// that only damage made on purpose costs it.
pub(crate) fn find(bytes: &[u8], offset: usize) -> Option<usize> {
    let ends = bytes.len().checked_sub(HEAD_BYTES)?;
    let mut budget = FIND_BYTES_MAX;
    for at in offset.saturating_add(1)..=ends {
        let (length, _) = bytes.get(at..)?.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        if length > ends - at {
            continue;
        }
        budget = budget.checked_sub(length)?;
        if read(bytes, at).is_some() {
            return Some(at);
        }
    }
    None
}

/// Bytes that are summed up in search of the next record.
const FIND_BYTES_MAX: usize = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut out = Vec::new();
        for (position, body) in [(7, &b"seven"[..]), (8, b""), (9, b"nine")] {
            write(position, 3, (body, checksum(body)), &mut out);
        }
        out
    }

    #[test]
    fn records_are_read_as_written() {
        let bytes = written();
        let first = read(&bytes, 0).unwrap();
        assert_eq!((first.position, first.kind, first.body), (7, 3, &b"seven"[..]));
        let second = read(&bytes, first.len()).unwrap();
        assert_eq!((second.position, second.body), (8, &b""[..]));
        assert_eq!(find(&bytes, 0), Some(first.len()));
        assert_eq!(read(&bytes, bytes.len()), None);
    }

    #[test]
    fn no_bit_can_turn_and_nothing_be_missing() {
        let whole = written();
        let length = read(&whole, 0).unwrap().len();
        for end in 0..length {
            assert_eq!(read(&whole[..end], 0), None, "{end}");
        }
        for bit in 0..length * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read(&bytes, 0), None, "bit {bit}");
        }
    }
}
