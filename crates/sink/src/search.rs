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
    /// More rows than this may be more than the outside system can do in time.
    ceiling: usize,
}

impl Search {
    pub(crate) const fn new() -> Self {
        Self { rows_max: usize::MAX, suspects: 0, ceiling: usize::MAX }
    }

    /// Most rows in the next batch.
    pub(crate) const fn rows_max(&self) -> usize {
        self.rows_max
    }

    /// A batch of `rows` fared like this. One that failed after it `took_long` may be more than the
    /// outside system can do in time: what comes next is half of it.
    pub(crate) fn note(&mut self, fates: &Fates, rows: usize, took_long: bool) {
        if took_long && *fates == Fates::All(Fate::Retried) {
            self.ceiling = (rows / 2).max(1);
        } else if fates.any_is(Fate::Returned) {
            self.suspects = rows;
        } else if fates.any_is(Fate::SetAside) {
            self.suspects = 0;
        } else if fates.any_is(Fate::Delivered) {
            self.suspects = self.suspects.saturating_sub(rows);
            self.rows_max = self.rows_max.saturating_mul(2);
            self.ceiling = self.ceiling.saturating_add(self.ceiling / 8 + 1);
        }
        if self.suspects > 0 {
            self.rows_max = (self.suspects / 2).max(1);
        }
        self.rows_max = self.rows_max.min(self.ceiling);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_comes_in_smaller_batches() {
        let (lost, delivered) = (Fates::All(Fate::Retried), Fates::All(Fate::Delivered));
        let mut search = Search::new();
        search.note(&lost, 1000, false);
        assert_eq!(search.rows_max(), usize::MAX, "nobody was there");
        let sizes = [1000, 500, 250].map(|rows| {
            search.note(&lost, rows, true);
            search.rows_max()
        });
        assert_eq!(sizes, [500, 250, 125]);
        // In time: it is tried with a little more each time, not with twice as much.
        let sizes = [125, 141, 159].map(|rows| {
            search.note(&delivered, rows, false);
            search.rows_max()
        });
        assert_eq!(sizes, [141, 159, 179]);
        for _ in 0..500 {
            search.note(&delivered, search.rows_max(), false);
        }
        assert_eq!(search.rows_max(), usize::MAX);
        search.note(&lost, 1, true);
        assert_eq!(search.rows_max(), 1);
    }

    #[test]
    fn a_row_is_found_by_halves() {
        let mut search = Search::new();
        let returned = Fates::All(Fate::Returned);
        search.note(&returned, 8, false);
        assert_eq!(search.rows_max(), 4);
        search.note(&Fates::All(Fate::Delivered), 4, false);
        assert_eq!(search.rows_max(), 2);
        search.note(&returned, 2, false);
        assert_eq!(search.rows_max(), 1);
        search.note(&Fates::All(Fate::SetAside), 1, false);
        search.note(&Fates::All(Fate::Delivered), 1, false);
        assert_eq!(search.rows_max(), 2);
    }
}
