//! The store of `durability = "memory"`: it survives nothing, so nobody waits for it. It keeps no
//! entry, since the state folded from them lives in `hub`.

use crate::{Entry, Position, Store};

/// Counts entries; everything is committed at once.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    last: u64,
}

impl Store for MemoryStore {
    fn append(&mut self, _entry: &Entry<'_>) -> Position {
        self.last = self.last.saturating_add(1);
        Position(self.last)
    }

    fn committed(&self) -> Position {
        Position(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionKey;

    #[test]
    fn nobody_waits_for_memory() {
        let mut store = MemoryStore::default();
        assert_eq!(store.committed(), Position::START);
        let first = store.append(&Entry::SessionEnded { session: SessionKey(1) });
        let second = store.append(&Entry::SessionEnded { session: SessionKey(2) });
        assert!(first < second);
        assert_eq!(store.committed(), second);
    }
}
