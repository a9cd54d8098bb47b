//! Publishes that wait for room, in the order in which they came. It does not know how much room
//! there is.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use sluice_rule::{Demand, Ticket};

use super::{less, more};

#[derive(Default)]
pub(super) struct Tickets {
    places: HashMap<Ticket, Place, RandomState>,
    /// Those whose turn has not come.
    queue: BTreeMap<u64, Ticket>,
    /// Room that is kept for those who were told and have not asked again.
    promised: Demand,
    next: u64,
}

#[derive(Clone, Copy)]
pub(super) struct Place {
    number: u64,
    demand: Demand,
    pub(super) is_told: bool,
}

impl Tickets {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) const fn promised(&self) -> Demand {
        self.promised
    }

    /// Whether somebody waits whose turn has not come.
    pub(super) fn has_queue(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Whether nobody's turn comes before this one's.
    pub(super) fn is_first(&self, place: Option<Place>) -> bool {
        let first = self.queue.first_key_value().map(|(number, _)| *number);
        match place {
            Some(place) => place.is_told || first.is_none_or(|first| place.number < first),
            None => first.is_none(),
        }
    }

    /// Takes a ticket out, with what was promised to it.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<Place> {
        let place = self.places.remove(&ticket)?;
        if place.is_told {
            self.promised = less(self.promised, place.demand);
        } else {
            self.queue.remove(&place.number);
        }
        Some(place)
    }

    /// Enters a ticket: where it was before, else behind all others.
    pub(super) fn enter(&mut self, ticket: Ticket, before: Option<Place>, demand: Demand) {
        let number = before.map_or(self.next, |place| place.number);
        self.next = self.next.max(number + 1);
        self.places.insert(ticket, Place { number, demand, is_told: false });
        self.queue.insert(number, ticket);
    }

    /// The turn of the first has come if `fits` says so of its demand: room is kept for it.
    pub(super) fn tell_first(&mut self, fits: impl Fn(Demand) -> bool) -> Option<Ticket> {
        let entry = self.queue.first_entry()?;
        let place = self.places.get_mut(entry.get())?;
        if !fits(place.demand) {
            return None;
        }
        place.is_told = true;
        self.promised = more(self.promised, place.demand);
        Some(entry.remove())
    }

    /// Nobody waits any more, whoever did is told.
    pub(super) fn tell_all(&mut self, told: &mut Vec<Ticket>) {
        let mut places: Vec<(Ticket, Place)> = self.places.drain().collect();
        places.sort_unstable_by_key(|(_, place)| place.number);
        // Those who were told already are told again: it does no harm.
        told.extend(places.into_iter().map(|(ticket, _)| ticket));
        self.queue.clear();
        self.promised = Demand::default();
    }
}
