//! What rules and actions are called. It does not know where a rule came from.

use std::{fmt, str::FromStr, sync::Arc};

/// A rule's identifier: letters, digits, `_` and `-`, not empty (ASCII). Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RuleId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        check_name(text)?;
        Ok(Self(text.into()))
    }
}

/// Why a text cannot name a rule, an action or a connector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing between the quotes.
    #[error("a name may not be empty")]
    Empty,
    /// Longer than [`NAME_BYTES_MAX`].
    #[error("a name may have at most {NAME_BYTES_MAX} bytes")]
    TooLong,
    /// A letter that would be taken apart elsewhere: names are joined by `.` and `:`.
    #[error("`{0}` cannot stand in a name: letters, digits, `_` and `-` can")]
    Character(char),
}

/// Checks a rule id, an action name or a connector name.
pub(crate) fn check_name(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > NAME_BYTES_MAX {
        return Err(NameError::TooLong);
    }
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))) {
        Some(other) => Err(NameError::Character(other)),
        None => Ok(()),
    }
}

/// Longest name in bytes; a derived message carries its rule's id as client identifier.
pub const NAME_BYTES_MAX: usize = 255;
