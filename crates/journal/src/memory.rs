//! The store of `durability = "memory"`: it survives nothing, so nobody waits for it. It keeps no
//! entry, since the state folded from them lives in `hub`.

use crate::{Entry, Position, Store};

/// Everything is committed at once, for whoever looks: each worker may have one of its own, and a
/// position that crossed from another worker is never ahead of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryStore;

impl Store for MemoryStore {
    fn append(&mut self, _entry: &Entry<'_>) -> Position {
        Position::START
    }

    fn committed(&self) -> Position {
        Position::START
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionKey;

    #[test]
    fn nobody_waits_for_memory() {
        let (mut here, there) = (MemoryStore, MemoryStore);
        for session in [SessionKey(1), SessionKey(2)] {
            let position = here.append(&Entry::SessionEnded { session });
            assert!(position <= here.committed());
            assert!(position <= there.committed(), "another worker's store");
        }
    }
}
