//! JSON in and out. It does not know what a value means.
//!
//! Strict RFC 8259. Integers of any size are exact, decimals keep their digits, the last of equal
//! keys wins. Written by hand because the payload of every message that a rule reads comes
//! through here, and because general parsers round what does not fit 64 bits.

mod parse;
mod parse_number;
mod parse_string;
mod write;

#[cfg(test)]
mod tests;

use crate::Value;

/// Why text is not JSON that this program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not JSON at byte {at}: {problem}")]
pub struct JsonError {
    /// Offset of the first byte that does not fit.
    pub at: usize,
    /// What is wrong there.
    pub problem: &'static str,
}

impl Value {
    /// Reads one JSON value with blanks around it and nothing else.
    ///
    /// # Errors
    /// Anything that is not JSON: also bad UTF-8, half a surrogate pair, a float out of range, a
    /// number longer than [`NUMBER_BYTES_MAX`](crate::NUMBER_BYTES_MAX) and nesting of 128 or more.
    pub fn from_json(json: &[u8]) -> Result<Self, JsonError> {
        parse::parse(json)
    }

    /// The JSON of this value, see [`Value::write_json`].
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = Vec::new();
        self.write_json(&mut out);
        // Everything that is written is UTF-8.
        String::from_utf8(out).unwrap_or_default()
    }
}
