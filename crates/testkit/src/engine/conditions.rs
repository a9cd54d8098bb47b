//! What a run's world is like: how late, how cut, how bounded everything is. It does not know how
//! it comes to that.

use sluice_session::Limits;

use super::{SinkConditions, Weather};

/// What a run's world is like.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// Of everything that is left to chance.
    pub seed: u64,
    /// Threads of the broker.
    pub workers: u16,
    /// The bounds that clients meet.
    pub limits: Limits,
    /// Of the network.
    pub weather: Weather,
    /// Microseconds between a reason to wake and a worker's turn, at least and at most.
    pub wake: (u64, u64),
    /// Microseconds that a worker's turn takes, at least and at most.
    pub turn: (u64, u64),
    /// Microseconds that mail between workers takes, at least and at most.
    pub post: (u64, u64),
    /// Microseconds from an entry to its commit, at least and at most; `None`: no wait.
    pub commit: Option<(u64, u64)>,
    /// Bytes of one read, at least and at most.
    pub read_bytes: (u64, u64),
    /// Reads of one socket in a turn.
    pub reads_per_turn: u32,
    /// Of the buffers of actions.
    pub sinks: SinkConditions,
}

impl Conditions {
    /// Nothing is late and nothing is cut.
    #[must_use]
    pub fn calm(workers: u16) -> Self {
        Self {
            seed: 1,
            workers,
            limits: Limits::default(),
            weather: Weather { latency: (0, 0), piece: (65_536, 65_536), capacity: usize::MAX },
            wake: (0, 0),
            turn: (0, 0),
            post: (0, 0),
            commit: None,
            read_bytes: (65_536, 65_536),
            reads_per_turn: 16,
            sinks: SinkConditions::calm(),
        }
    }
}
