//! What a store is told. It does not know files.

/// What a committed entry survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: every commit is synced.
    Fsync,
    /// A crash of the process: every commit is written.
    Os,
}

/// How a store is kept.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What a committed entry survives.
    pub durability: Durability,
    /// Bytes after which a new segment file begins.
    pub segment_bytes: u64,
    /// Bytes of entries that wait to be written before [`Appender::is_congested`] says so.
    ///
    /// [`Appender::is_congested`]: crate::Appender::is_congested
    pub pending_bytes_max: usize,
    /// Bytes of all segments before it says so.
    pub size_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Fsync,
            segment_bytes: 16 * 1024 * 1024,
            pending_bytes_max: 64 * 1024 * 1024,
            size_max: 64 * 1024 * 1024 * 1024,
        }
    }
}
