//! What a subscriber asks for: a topic filter, shared or not; knows nothing of subscribers.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::{BYTES_MAX, matches};

/// The most levels that a filter with a wildcard may have, share prefix not counted.
///
/// It bounds the depth of a [`TopicTree`](crate::TopicTree). Filters without a wildcard, and names,
/// may have as many levels as their length allows.
pub const LEVELS_MAX: usize = 128;

/// A valid topic filter. Cloning it is one reference count.
///
/// Equality, order and hash are those of the text as it was sent, so a map keyed by filters can be
/// asked with a `&str`.
#[derive(Clone)]
pub struct TopicFilter {
    text: Arc<str>,
    /// Where the filter proper begins: 0, or behind `$share/{name}/`.
    matched_at: usize,
    has_wildcard: bool,
}

impl TopicFilter {
    /// Checks `text` against [MQTT5-4.7.1-1], [MQTT5-4.7.1-2], [MQTT5-4.7.3-1] to
    /// [MQTT5-4.7.3-3] and, where it begins with `$share/`, [MQTT5-4.8.2-1] and [MQTT5-4.8.2-2].
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let bytes = text.as_bytes();
        if bytes.is_empty() {
            return Err(FilterError::Empty);
        }
        if bytes.len() > BYTES_MAX {
            return Err(FilterError::TooLong { bytes: bytes.len() });
        }
        if let Some(at) = memchr::memchr(0, bytes) {
            return Err(FilterError::Nul { at });
        }
        let matched_at = share_prefix(text)?;
        let has_wildcard = check_levels(text.get(matched_at..).unwrap_or_default(), matched_at)?;
        Ok(Self { text: Arc::from(text), matched_at, has_wildcard })
    }

    /// The whole text as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text that is compared with names: without `$share/{name}/`.
    #[must_use]
    pub fn matched(&self) -> &str {
        self.text.get(self.matched_at..).unwrap_or_default()
    }

    /// The group whose members take turns, for a shared subscription.
    #[must_use]
    pub fn share_name(&self) -> Option<&str> {
        let end = self.matched_at.checked_sub(1)?;
        self.text.get(SHARE.len()..end)
    }

    /// Whether there is a `+` or `#` level in it. If not, it matches one name: itself.
    #[must_use]
    pub const fn has_wildcard(&self) -> bool {
        self.has_wildcard
    }

    /// Whether it matches `name`: see [`matches`](fn@crate::matches).
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        if self.has_wildcard { matches(self.matched(), name) } else { self.matched() == name }
    }

    /// [`matched`](Self::matched) as a key, sharing the text where there is no share prefix.
    pub(crate) fn matched_key(&self) -> Arc<str> {
        if self.matched_at == 0 { Arc::clone(&self.text) } else { Arc::from(self.matched()) }
    }
}

/// The length of `$share/{name}/` at the start of `text`, 0 if it does not begin with `$share/`.
fn share_prefix(text: &str) -> Result<usize, FilterError> {
    let Some(shared) = text.strip_prefix(SHARE) else { return Ok(0) };
    let name = memchr::memchr(b'/', shared.as_bytes()).and_then(|end| shared.get(..end));
    let written = name.unwrap_or(shared);
    if written.is_empty() {
        return Err(FilterError::ShareNameEmpty);
    }
    if let Some(at) = memchr::memchr2(b'+', b'#', written.as_bytes()) {
        return Err(FilterError::ShareNameWildcard { at: SHARE.len() + at });
    }
    let matched_at = SHARE.len() + written.len() + 1;
    if name.is_none() || matched_at == text.len() {
        return Err(FilterError::ShareFilterMissing);
    }
    Ok(matched_at)
}

/// Whether there is a wildcard in `filter`, once each is known to be where it may be.
fn check_levels(filter: &str, matched_at: usize) -> Result<bool, FilterError> {
    let Some(first) = memchr::memchr2(b'+', b'#', filter.as_bytes()) else { return Ok(false) };
    let mut start = 0;
    let mut levels = 0;
    for level in filter.split('/') {
        levels += 1;
        let end = start + level.len();
        if end > first {
            check_level(level, end == filter.len(), matched_at + start)?;
        }
        start = end + 1;
    }
    if levels > LEVELS_MAX {
        return Err(FilterError::TooManyLevels { levels });
    }
    Ok(true)
}

fn check_level(level: &str, is_last: bool, start: usize) -> Result<(), FilterError> {
    let Some(offset) = memchr::memchr2(b'+', b'#', level.as_bytes()) else { return Ok(()) };
    let at = start + offset;
    let is_hash = level.as_bytes().get(offset) == Some(&b'#');
    match (is_hash, level.len() == 1) {
        (true, false) => Err(FilterError::HashNotAlone { at }),
        (true, true) if !is_last => Err(FilterError::HashNotLast { at }),
        (false, false) => Err(FilterError::PlusNotAlone { at }),
        (true | false, true) => Ok(()),
    }
}

impl fmt::Debug for TopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TopicFilter({:?})", &*self.text)
    }
}

impl fmt::Display for TopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for TopicFilter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for TopicFilter {}

impl PartialOrd for TopicFilter {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TopicFilter {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for TopicFilter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Borrow<str> for TopicFilter {
    fn borrow(&self) -> &str {
        &self.text
    }
}

/// Why a text is no topic filter. Positions count bytes of the whole text from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// There is no character at all.
    #[error("a topic filter must not be empty")]
    Empty,
    /// The text does not fit into a string of the protocol.
    #[error("a topic filter has at most 65535 bytes, this one has {bytes}")]
    TooLong {
        /// How long the text is.
        bytes: usize,
    },
    /// The null character is not allowed in any string of the protocol.
    #[error("a topic filter must not contain U+0000 (at byte {at})")]
    Nul {
        /// Where it stands.
        at: usize,
    },
    /// More follows behind a `#` level.
    #[error("`#` must be the last level of a topic filter (at byte {at})")]
    HashNotLast {
        /// Where the `#` stands.
        at: usize,
    },
    /// A `#` shares its level with other characters.
    #[error("`#` must be alone in its level (at byte {at})")]
    HashNotAlone {
        /// Where the `#` stands.
        at: usize,
    },
    /// A `+` shares its level with other characters.
    #[error("`+` must be alone in its level (at byte {at})")]
    PlusNotAlone {
        /// Where the `+` stands.
        at: usize,
    },
    /// More levels than the broker matches with wildcards.
    #[error("a topic filter with wildcards has at most {LEVELS_MAX} levels, this one has {levels}")]
    TooManyLevels {
        /// How many levels it has, share prefix not counted.
        levels: usize,
    },
    /// `$share//…`, or nothing behind `$share/`.
    #[error("a share name must not be empty (`$share/name/filter`)")]
    ShareNameEmpty,
    /// A wildcard in the share name.
    #[error("a share name must not contain `+` or `#` (at byte {at})")]
    ShareNameWildcard {
        /// Where the wildcard stands.
        at: usize,
    },
    /// `$share/name` with no filter behind it.
    #[error("a shared subscription needs a topic filter (`$share/name/filter`)")]
    ShareFilterMissing,
}

const SHARE: &str = "$share/";

#[cfg(test)]
mod tests;
