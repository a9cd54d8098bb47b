//! Reads the specification's data types from the body of a packet. It does not know packets.

use crate::{DecodeError, PacketId, ReasonCode, variable};

/// What is left of a packet's body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(crate) const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All that is left.
    pub(crate) const fn rest(self) -> &'b [u8] {
        self.0
    }

    /// Nothing may be left.
    pub(crate) fn end(self) -> Result<(), DecodeError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::malformed("bytes after the end of the packet"))
        }
    }

    #[inline]
    pub(crate) fn take(&mut self, len: usize) -> Result<&'b [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(CUT_SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    #[inline]
    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (chunk, rest) = self.0.split_first_chunk().ok_or(CUT_SHORT)?;
        self.0 = rest;
        Ok(*chunk)
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.chunk().map(|[byte]| byte)
    }

    #[inline]
    pub(crate) fn two_bytes(&mut self) -> Result<u16, DecodeError> {
        self.chunk().map(u16::from_be_bytes)
    }

    #[inline]
    pub(crate) fn four_bytes(&mut self) -> Result<u32, DecodeError> {
        self.chunk().map(u32::from_be_bytes)
    }

    /// A Variable Byte Integer in its shortest form.
    #[inline]
    pub(crate) fn variable(&mut self) -> Result<u32, DecodeError> {
        let (value, rest) = variable::read(self.0)?.ok_or(CUT_SHORT)?;
        if self.0.len() - rest.len() != variable::size(value as usize) {
            // [MQTT5-1.5.5-1]
            return Err(DecodeError::malformed("an integer is not written in its shortest form"));
        }
        self.0 = rest;
        Ok(value)
    }

    #[inline]
    pub(crate) fn binary(&mut self) -> Result<&'b [u8], DecodeError> {
        let len = self.two_bytes()?;
        self.take(usize::from(len))
    }

    /// A UTF-8 string [MQTT5-1.5.4-1, MQTT5-1.5.4-2]. A byte order mark is a character like any
    /// other.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<&'b str, DecodeError> {
        let text = utf8(self.binary()?)?;
        if memchr::memchr(0, text.as_bytes()).is_some() {
            return Err(NULL_CHARACTER);
        }
        Ok(text)
    }

    /// A string that holds no wildcard, and may be empty.
    #[inline]
    pub(crate) fn topic_name(&mut self) -> Result<&'b str, DecodeError> {
        let text = utf8(self.binary()?)?;
        if is_plain(text.as_bytes()) { Ok(text) } else { Err(not_a_topic_name(text)) }
    }

    /// A Packet Identifier, which is never zero.
    #[inline]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId, DecodeError> {
        PacketId::new(self.two_bytes()?)
            .ok_or(const { DecodeError::protocol("packet identifier 0") })
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|_| DecodeError::malformed("a string is not UTF-8"))
}

/// Whether no byte is `+`, `#` or zero. Eight at a time: topics are too short for a vectorised
/// search to pay.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut found = 0;
    for word in words {
        let word = u64::from_ne_bytes(*word);
        found |= zero_bytes(word)
            | zero_bytes(word ^ u64::from_ne_bytes([b'+'; 8]))
            | zero_bytes(word ^ u64::from_ne_bytes([b'#'; 8]));
    }
    found == 0 && !tail.iter().any(|byte| matches!(byte, 0 | b'+' | b'#'))
}

/// Not zero exactly when some byte of `word` is zero.
#[inline]
const fn zero_bytes(word: u64) -> u64 {
    const LOW: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    word.wrapping_sub(LOW) & !word & HIGH
}

#[cold]
fn not_a_topic_name(text: &str) -> DecodeError {
    if text.contains('\0') {
        NULL_CHARACTER
    } else {
        // [MQTT5-3.3.2-2]
        DecodeError::new(ReasonCode::TopicNameInvalid, "a wildcard in a topic name")
    }
}

const CUT_SHORT: DecodeError = DecodeError::malformed("the packet ends too early");
const NULL_CHARACTER: DecodeError = DecodeError::malformed("U+0000 in a string");
