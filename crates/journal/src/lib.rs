//! What the log holds, as types, and the small trait through which it is written.
//!
//! Goes in: [`Entry`]s, borrowed from the turn that makes them. Comes out: [`Position`]s, and the
//! answer up to which position everything is durable. Start reading at [`Store`]. This crate does
//! not know files, segments, checksums, sessions as state machines or when to wait.

mod entry;
mod memory;

pub use entry::{Entry, Receiver, RowDelivery, SessionKey};
pub use memory::MemoryStore;

/// A place in the log. Later entries have larger positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl Position {
    /// Before the first entry: what waits for nothing waits for this.
    pub const START: Self = Self(0);
}

/// Where entries are appended. One store serves all workers of a process; each worker holds a
/// handle.
///
/// Appending never blocks: it takes the entry and names its position. Durability comes later and is
/// asked for by [`Store::committed`]; who must not speak before an entry is durable waits until
/// `committed() >= position`.
pub trait Store {
    /// Takes the entry into the log.
    fn append(&mut self, entry: &Entry<'_>) -> Position;

    /// Everything up to and including this position survives what the configured durability
    /// promises.
    fn committed(&self) -> Position;
}
