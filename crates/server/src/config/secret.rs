//! Text that is never printed. It does not know what it unlocks.

use std::fmt;

/// A password or key. Neither `Debug` nor the effective configuration shows it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// What is shown instead.
    pub(crate) const MASK: &str = "********";

    pub(super) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// What it is; for whoever checks it, and nobody who prints.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is the empty text.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::MASK)
    }
}
