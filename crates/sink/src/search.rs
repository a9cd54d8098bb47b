//! How large batches may be while a row is searched that makes them fail. It does not know rows.

use crate::buffer::Fate;
use crate::verdict::Fates;

/// Halves what is suspected until the row is alone; then batches grow again, the slower the more
/// such rows there are.
#[derive(Debug)]
pub(crate) struct Search {
    rows_max: usize,
    /// So many rows at the front hold one that makes batches fail; zero where that is not known.
    suspects: usize,
}

impl Search {
    pub(crate) const fn new() -> Self {
        Self { rows_max: usize::MAX, suspects: 0 }
    }

    /// Most rows in the next batch.
    pub(crate) const fn rows_max(&self) -> usize {
        self.rows_max
    }

    /// A batch of `rows` fared like this.
    pub(crate) fn note(&mut self, fates: &Fates, rows: usize) {
        if fates.any_is(Fate::Returned) {
            self.suspects = rows;
        } else if fates.any_is(Fate::SetAside) {
            self.suspects = 0;
        } else if fates.any_is(Fate::Delivered) {
            self.suspects = self.suspects.saturating_sub(rows);
            self.rows_max = self.rows_max.saturating_mul(2);
        }
        if self.suspects > 0 {
            self.rows_max = (self.suspects / 2).max(1);
        }
    }
}
