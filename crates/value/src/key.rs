//! The key of a map. It does not know paths.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::Text;

/// UTF-8 text that names a member of a [`Map`](crate::Map); cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Text);

impl Key {
    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str().unwrap_or_default()
    }

    /// The bytes of the key's text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The key as a text value.
    #[must_use]
    pub fn to_text(&self) -> Text {
        self.0.clone()
    }

    /// For callers that have checked a larger text that holds these bytes.
    pub(crate) fn from_checked_utf8(bytes: &[u8]) -> Self {
        debug_assert!(str::from_utf8(bytes).is_ok(), "the caller has checked the whole text");
        Self(Text::from(bytes))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self(Text::from(text))
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self(Text::from(text))
    }
}

impl From<&String> for Key {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Box<str>> for Key {
    fn from(text: Box<str>) -> Self {
        Self(Text::from(String::from(text)))
    }
}

impl From<Arc<str>> for Key {
    fn from(text: Arc<str>) -> Self {
        Self(Text::from(Arc::<[u8]>::from(text)))
    }
}

impl From<&Self> for Key {
    fn from(key: &Self) -> Self {
        key.clone()
    }
}
