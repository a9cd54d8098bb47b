//! What happened in a run, line by line: a hash over all of it tells two runs apart, the last lines
//! tell what led to a failure. It does not know what is worth a line.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};

use crate::Time;

/// See the module.
#[derive(Debug)]
pub struct Trace {
    hash: u64,
    lines: VecDeque<String>,
    kept: usize,
}

impl Trace {
    /// Keeps the last `kept` lines.
    #[must_use]
    pub const fn new(kept: usize) -> Self {
        Self { hash: FNV_OFFSET, lines: VecDeque::new(), kept }
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, at: Time, what: fmt::Arguments<'_>) {
        let mut line = if self.lines.len() >= self.kept { self.lines.pop_front() } else { None }
            .unwrap_or_default();
        line.clear();
        // Writing to a string does not fail.
        let _written = write!(line, "{at} {what}");
        for byte in line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
        self.lines.push_back(line);
    }

    /// Over all lines so far.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// The last lines.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}

const FNV_OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01B3;
