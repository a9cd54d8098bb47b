//! What a message is published to: a topic name; knows nothing of who wants it.

use std::fmt;

use crate::BYTES_MAX;

/// A valid topic name: 1 to 65,535 bytes, no wildcard character and no U+0000.
///
/// Borrowed, since most names live in a read buffer for one turn only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(&'a str);

impl<'a> TopicName<'a> {
    /// Checks `text` against [MQTT5-3.3.2-2], [MQTT5-4.7.3-1], [MQTT5-4.7.3-2] and
    /// [MQTT5-4.7.3-3].
    pub fn parse(text: &'a str) -> Result<Self, TopicError> {
        let bytes = text.as_bytes();
        if bytes.is_empty() {
            return Err(TopicError::Empty);
        }
        if bytes.len() > BYTES_MAX {
            return Err(TopicError::TooLong { bytes: bytes.len() });
        }
        match memchr::memchr3(b'+', b'#', 0, bytes) {
            None => Ok(Self(text)),
            Some(at) => Err(match bytes.get(at) {
                Some(b'+') => TopicError::Wildcard { found: '+', at },
                Some(b'#') => TopicError::Wildcard { found: '#', at },
                _ => TopicError::Nul { at },
            }),
        }
    }

    /// The name as it was sent.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Display for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Why a text is no topic name. Positions count bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// There is no character at all.
    #[error("a topic name must not be empty")]
    Empty,
    /// The text does not fit into a string of the protocol.
    #[error("a topic name has at most 65535 bytes, this one has {bytes}")]
    TooLong {
        /// How long the text is.
        bytes: usize,
    },
    /// Wildcards belong into filters only.
    #[error("a topic name must not contain `{found}` (at byte {at})")]
    Wildcard {
        /// `+` or `#`.
        found: char,
        /// Where it stands.
        at: usize,
    },
    /// The null character is not allowed in any string of the protocol.
    #[error("a topic name must not contain U+0000 (at byte {at})")]
    Nul {
        /// Where it stands.
        at: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_and_kept_as_sent() {
        let long = "x".repeat(65_535);
        for text in ["a", "/", "a/b", "a//b", " ", "$SYS/uptime", "é/ü", &long] {
            assert_eq!(TopicName::parse(text).map(TopicName::as_str), Ok(text));
        }
    }

    #[test]
    fn an_error_says_what_is_wrong_and_where() {
        let too_long = "x".repeat(65_536);
        let cases = [
            ("", TopicError::Empty),
            (&*too_long, TopicError::TooLong { bytes: 65_536 }),
            ("a/+", TopicError::Wildcard { found: '+', at: 2 }),
            ("é#", TopicError::Wildcard { found: '#', at: 2 }),
            ("a\0b", TopicError::Nul { at: 1 }),
        ];
        for (text, error) in cases {
            assert_eq!(TopicName::parse(text), Err(error));
        }
    }
}
