//! `[store]`: what an acknowledgement survives. It does not know how it is stored.

use super::section::Reader;

/// How long an acknowledged change lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It survives a power cut.
    Fsync,
    /// It survives a crash of the process.
    Os,
    /// It survives nothing.
    Memory,
}

/// `[store]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Store {
    /// What an acknowledgement waits for.
    pub(crate) durability: Durability,
}

impl Store {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut section = reader.section("store");
        let choices =
            [("fsync", Durability::Fsync), ("os", Durability::Os), ("memory", Durability::Memory)];
        let store = Self { durability: section.choice("durability", Durability::Fsync, &choices) };
        section.finish();
        store
    }
}
