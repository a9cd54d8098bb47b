//! Bytes that are usually UTF-8, cheap to clone. It does not know how a value is rendered as text.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A byte string of the rule language; payloads may be any bytes.
///
/// Up to 22 bytes live in the value itself: most JSON texts and keys then cost no allocation, and
/// no reference count when cloned. Longer ones are shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(Bytes);

// Always `Inline` when the length allows it, padded with zeros: so the derived equality is right.
#[derive(Clone, PartialEq, Eq)]
enum Bytes {
    Inline { len: u8, bytes: [u8; INLINE_MAX] },
    Shared(Arc<[u8]>),
}

impl Text {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or(bytes),
            Bytes::Shared(bytes) => bytes,
        }
    }

    /// The text, when it is valid UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        str::from_utf8(self.as_bytes()).ok()
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn inline(source: &[u8]) -> Option<Self> {
        let mut bytes = [0; INLINE_MAX];
        bytes.get_mut(..source.len())?.copy_from_slice(source);
        let len = u8::try_from(source.len()).ok()?;
        Some(Self(Bytes::Inline { len, bytes }))
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Bytes::Inline { len: 0, bytes: [0; INLINE_MAX] })
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(text) => fmt::Debug::fmt(text, f),
            None => fmt::Debug::fmt(self.as_bytes(), f),
        }
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self::inline(bytes).unwrap_or_else(|| Self(Bytes::Shared(bytes.into())))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self::inline(&bytes).unwrap_or_else(|| Self(Bytes::Shared(bytes.into())))
    }
}

impl From<Arc<[u8]>> for Text {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self::inline(&bytes).unwrap_or(Self(Bytes::Shared(bytes)))
    }
}

// With the two tags this makes 24 bytes, the size that a `Value` needs anyway.
const INLINE_MAX: usize = 22;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_behave_alike() {
        for len in [0, 1, 21, 22, 23, 100] {
            let source = vec![b'a'; len];
            let text = Text::from(source.clone());
            assert_eq!(text.as_bytes(), source);
            assert_eq!(text.len(), len);
            assert_eq!(text, Text::from(source.as_slice()));
            assert_eq!(text, Text::from(Arc::<[u8]>::from(source.as_slice())));
        }
    }

    #[test]
    fn order_is_by_bytes_across_both_forms() {
        let long = "b".repeat(30);
        assert!(Text::from("a") < Text::from(long.as_str()));
        assert!(Text::from("c") > Text::from(long.as_str()));
        assert!(Text::from("bbb") < Text::from(long));
    }

    #[test]
    fn bytes_that_are_no_utf8_are_no_str() {
        assert_eq!(Text::from([0xff, 0xfe].as_slice()).as_str(), None);
    }
}
