//! Where the values of a JSON body stand: the path of each, found by its offset. It does not know
//! what the values are.

use std::fmt::Write;

use crate::file::shortened;

/// The places of a body in its order. Paths are put together only for those that are told: one of
/// each would cost the square of a hostile body.
#[derive(Debug, Default)]
pub(crate) struct Places(Vec<Place>);

#[derive(Debug)]
struct Place {
    start: usize,
    /// Before this one; itself for the body as a whole.
    parent: usize,
    step: Step,
}

/// From a value to one within it.
#[derive(Debug)]
pub(super) enum Step {
    Root,
    Key(String),
    Index(usize),
}

impl Places {
    /// Adds the value that begins at `start`, after all before, within that of number `parent`.
    pub(super) fn push(&mut self, start: usize, parent: usize, step: Step) -> usize {
        self.0.push(Place { start, parent, step });
        self.0.len() - 1
    }

    fn number_at(&self, offset: usize) -> usize {
        self.0.partition_point(|place| place.start <= offset).saturating_sub(1)
    }

    /// Where the value begins that `offset` is in.
    pub(crate) fn start(&self, offset: usize) -> usize {
        self.0.get(self.number_at(offset)).map_or(0, |place| place.start)
    }

    /// The path of the value that `offset` is in; empty for the body as a whole.
    pub(crate) fn path(&self, offset: usize) -> String {
        let mut steps = Vec::new();
        let mut number = self.number_at(offset);
        while let Some(place) = self.0.get(number) {
            steps.push(&place.step);
            if place.parent >= number {
                break;
            }
            number = place.parent;
        }
        let mut path = String::new();
        for step in steps.into_iter().rev() {
            let written = match step {
                Step::Root => Ok(()),
                Step::Key(key) if path.is_empty() => write!(path, "{}", shortened(key)),
                Step::Key(key) => write!(path, ".{}", shortened(key)),
                Step::Index(index) => write!(path, "[{index}]"),
            };
            // A string takes all that is written.
            written.unwrap_or_default();
        }
        path
    }
}
