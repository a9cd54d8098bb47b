//! Numbers and texts as bytes: integers of variable length, low groups of seven bits first. It does
//! not know entries.

/// Bytes that no entry has: damage that a checksum did not show, or another version's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record says what no entry can say")]
pub(crate) struct Corrupt;

pub(super) fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push(low_bits(number) | 0x80);
        number >>= 7;
    }
    out.push(low_bits(number));
}

fn low_bits(number: u64) -> u8 {
    let [low, ..] = number.to_le_bytes();
    low & 0x7f
}

pub(super) fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_number(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// What is left of a body.
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn byte(&mut self) -> Result<u8, Corrupt> {
        let (&byte, rest) = self.0.split_first().ok_or(Corrupt)?;
        self.0 = rest;
        Ok(byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        let (array, rest) = self.0.split_first_chunk::<N>().ok_or(Corrupt)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(super) fn number(&mut self) -> Result<u64, Corrupt> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(Corrupt);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Corrupt)
    }

    /// A number that fits a smaller type.
    pub(super) fn small<T: TryFrom<u64>>(&mut self) -> Result<T, Corrupt> {
        T::try_from(self.number()?).map_err(|_| Corrupt)
    }

    /// How many things follow, each of which takes a byte at least: no more can be there.
    pub(super) fn count(&mut self) -> Result<usize, Corrupt> {
        let count = self.small()?;
        if count > self.0.len() { Err(Corrupt) } else { Ok(count) }
    }

    pub(super) fn bytes(&mut self) -> Result<&'b [u8], Corrupt> {
        let length = self.small::<usize>()?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Corrupt)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self) -> Result<&'b str, Corrupt> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Corrupt)
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<(), Corrupt> {
        if self.0.is_empty() { Ok(()) } else { Err(Corrupt) }
    }
}
