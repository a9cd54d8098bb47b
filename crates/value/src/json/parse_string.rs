//! Reads a JSON text after its opening quote. It does not know keys from values.

use crate::json::JsonError;
use crate::json::parse::Cursor;

impl<'j> Cursor<'j> {
    /// The text up to the closing quote, borrowed from the source when it has no escapes.
    pub(super) fn text(&mut self) -> Result<&[u8], JsonError> {
        let plain = self.take_plain();
        if let [b'"', rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(plain);
        }
        self.unescaped.clear();
        self.unescaped.extend_from_slice(plain);
        loop {
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Ok(&self.unescaped);
                }
                [b'\\', rest @ ..] => {
                    self.rest = rest;
                    self.escape()?;
                }
                [] => return Err(self.error("a text without end")),
                [..] => return Err(self.error("a control character in a text")),
            }
            let plain = self.take_plain();
            self.unescaped.extend_from_slice(plain);
        }
    }

    fn take_plain(&mut self) -> &'j [u8] {
        let (plain, rest) = self.rest.split_at(plain_len(self.rest));
        self.rest = rest;
        plain
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        let [letter, rest @ ..] = self.rest else {
            return Err(self.error("a text without end"));
        };
        let byte = match letter {
            b'"' | b'\\' | b'/' => *letter,
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 0x08,
            b'f' => 0x0c,
            b'u' => {
                self.rest = rest;
                return self.code_point();
            }
            _ => return Err(self.error("an unknown escape")),
        };
        self.unescaped.push(byte);
        self.rest = rest;
        Ok(())
    }

    fn code_point(&mut self) -> Result<(), JsonError> {
        let first = self.four_hex_digits()?;
        let code = match first {
            0xd800..=0xdbff => {
                let [b'\\', b'u', rest @ ..] = self.rest else {
                    return Err(self.error("half a surrogate pair"));
                };
                self.rest = rest;
                let second = self.four_hex_digits()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.error("half a surrogate pair"));
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            _ => first,
        };
        // Only the second half of a pair, coming first, is no character.
        let Some(character) = char::from_u32(code) else {
            return Err(self.error("half a surrogate pair"));
        };
        self.unescaped.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn four_hex_digits(&mut self) -> Result<u32, JsonError> {
        let Some((digits, rest)) = self.rest.split_first_chunk::<4>() else {
            return Err(self.error("expected four hexadecimal digits"));
        };
        let mut code = 0;
        for digit in digits {
            let Some(digit) = char::from(*digit).to_digit(16) else {
                return Err(self.error("expected four hexadecimal digits"));
            };
            code = code << 4 | digit;
        }
        self.rest = rest;
        Ok(code)
    }
}

/// How many bytes come before the first quote, backslash or control character: eight at a time.
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut len = 0;
    for word in words {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return len + special.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    len + tail.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | ..0x20)).count()
}

/// The high bit of each special byte. Borrows may also mark bytes above the lowest special one,
/// never below it, and only the lowest is looked at.
fn special_bytes(word: u64) -> u64 {
    let zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (control | zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5c))) & (ONES * 0x80)
}

const ONES: u64 = 0x0101_0101_0101_0101;
