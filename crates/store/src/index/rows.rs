//! Rows on their way to destinations. It does not know what is in a row.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use crate::segment::Location;

/// Rows that some lane still has to deliver.
#[derive(Default)]
pub(crate) struct Rows {
    /// By action and lane: the positions of its rows.
    pub(crate) lanes: BTreeMap<String, BTreeMap<u16, BTreeSet<u64>>>,
    rows: HashMap<u64, RowState>,
}

struct RowState {
    location: Location,
    /// Lanes that have to deliver it.
    holders: usize,
}

impl Rows {
    /// Takes a row in for its lanes; `false` where it is there already.
    pub(super) fn insert(&mut self, position: u64, at: Location, lanes: &[(&str, u16)]) -> bool {
        if self.rows.contains_key(&position) {
            return false;
        }
        let mut holders = 0;
        for (action, lane) in lanes {
            if !self.lanes.contains_key(*action) {
                self.lanes.insert((*action).to_owned(), BTreeMap::new());
            }
            if let Some(of_action) = self.lanes.get_mut(*action) {
                holders += usize::from(of_action.entry(*lane).or_default().insert(position));
            }
        }
        if holders > 0 {
            self.rows.insert(position, RowState { location: at, holders });
        }
        holders > 0
    }

    /// It is written at another place too; gives the one before.
    pub(super) fn relocate(&mut self, position: u64, at: Location) -> Option<Location> {
        let row = self.rows.get_mut(&position)?;
        Some(std::mem::replace(&mut row.location, at))
    }

    /// A lane is done with everything up to this position; gives the rows that nobody needs now.
    pub(super) fn pass(&mut self, (action, lane): (&str, u16), position: u64) -> Vec<Location> {
        let Some(lanes) = self.lanes.get_mut(action) else { return Vec::new() };
        let Some(pending) = lanes.get_mut(&lane) else { return Vec::new() };
        let left = pending.split_off(&position.saturating_add(1));
        let done = std::mem::replace(pending, left);
        if pending.is_empty() {
            lanes.remove(&lane);
        }
        if lanes.is_empty() {
            self.lanes.remove(action);
        }
        done.into_iter().filter_map(|row| self.let_go(row)).collect()
    }

    /// An action is no more; gives the rows that nobody needs now.
    pub(super) fn end_action(&mut self, action: &str) -> Vec<Location> {
        let lanes = self.lanes.remove(action).unwrap_or_default();
        let rows: Vec<u64> = lanes.into_values().flatten().collect();
        rows.into_iter().filter_map(|row| self.let_go(row)).collect()
    }

    /// Where a row is written that some lane still has to deliver.
    pub(crate) fn location(&self, position: u64) -> Option<Location> {
        self.rows.get(&position).map(|row| row.location)
    }

    /// The lanes that have to deliver it.
    pub(crate) fn holders(&self, position: u64) -> Vec<(&str, u16)> {
        let mut found = Vec::new();
        for (action, lanes) in &self.lanes {
            let has = lanes.iter().filter(|(_, pending)| pending.contains(&position));
            found.extend(has.map(|(lane, _)| (action.as_str(), *lane)));
        }
        found
    }

    fn let_go(&mut self, position: u64) -> Option<Location> {
        let row = self.rows.get_mut(&position)?;
        row.holders -= 1;
        if row.holders > 0 {
            return None;
        }
        self.rows.remove(&position).map(|row| row.location)
    }
}
