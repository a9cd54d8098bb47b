//! Why a change over REST is not made. It does not know HTTP; its kinds are what an answer's
//! status is chosen by.

use std::fmt;

/// A change that is not made: everything is as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the caller does differently.
    pub kind: RefusalKind,
    /// What is wrong, where, and how to mend it; without secrets.
    pub message: String,
}

/// What the caller does differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// What was sent is wrong.
    Invalid,
    /// What was sent is well formed and may not be: a rule file with errors, or a text that would
    /// read secrets of this machine.
    Unprocessable,
    /// It is there already.
    AlreadyExists,
    /// It is not there.
    NotFound,
    /// A file owns it; the message names the file.
    ReadOnly,
    /// Something else needs it; the message names what.
    InUse,
    /// The outside system does not serve.
    Unreachable,
    /// This machine could not do it.
    Failed,
}

impl Refusal {
    pub(crate) fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Invalid, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::NotFound, message)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
