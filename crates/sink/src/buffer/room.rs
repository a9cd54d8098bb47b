//! Who gets room, and who makes room for whom. It does not know what becomes of rows later.

use sluice_rule::action::OnFull;
use sluice_rule::{Admission, Demand, Ticket};

use crate::ledger::wide;

use super::{Aftermath, Buffer, Phase, demand_of, less, more};

impl Buffer {
    /// Takes room for rows, all or none.
    pub(crate) fn admit(
        &mut self,
        demand: Demand,
        ticket: Option<Ticket>,
        after: &mut Aftermath,
    ) -> Admission {
        let count = wide(demand.rows);
        if self.phase == Phase::Ended {
            self.ledger.received += count;
            self.ledger.dropped_removed += count;
            return Admission::Dropped;
        }
        if !self.fits(demand) {
            self.expire(after);
        }
        let has_room = match (self.settings.on_full, ticket) {
            (OnFull::Hold, Some(ticket)) => return self.admit_or_hold(demand, ticket, after),
            (OnFull::Hold, None) | (OnFull::DropNewest, _) => self.has_spare(demand),
            (OnFull::DropOldest, _) => self.has_spare(demand) || self.evict(demand, after),
        };
        if has_room {
            self.granted = more(self.granted, demand);
            return Admission::Granted;
        }
        self.ledger.received += count;
        self.ledger.dropped_full += count;
        after.overflowed += count;
        Admission::Dropped
    }

    /// Gives back room that was granted.
    pub(crate) fn release(&mut self, demand: Demand, after: &mut Aftermath) {
        self.granted = less(self.granted, demand);
        self.tell(after);
        after.is_empty = self.is_empty();
    }

    /// The one who waited is gone.
    pub(crate) fn cancel(&mut self, ticket: Ticket, after: &mut Aftermath) {
        if self.tickets.leave(ticket).is_some() {
            self.tell(after);
        }
    }

    /// Tells whose turn has come: as many as there is room for, so that room does not stand empty
    /// while one after the other asks.
    pub(super) fn tell(&mut self, after: &mut Aftermath) {
        while self.tickets.has_queue() {
            let taken = self.taken();
            let settings = &self.settings;
            let fits = |demand| fits(taken, demand, settings.rows_max, settings.bytes_max);
            let Some(ticket) = self.tickets.tell_first(fits) else { return };
            after.told.push(ticket);
        }
    }

    fn admit_or_hold(
        &mut self,
        demand: Demand,
        ticket: Ticket,
        after: &mut Aftermath,
    ) -> Admission {
        let place = self.tickets.leave(ticket);
        // It may have been told just now, by what expired.
        after.told.retain(|told| *told != ticket);
        let is_first = demand.rows == 0 || self.tickets.is_first(place);
        let has_room = is_first && self.fits(demand);
        if has_room {
            self.granted = more(self.granted, demand);
        } else {
            self.tickets.enter(ticket, place, demand);
        }
        // Leaving may have brought the next one's turn, as may room that was promised and is not
        // asked for now.
        if self.tickets.has_queue() {
            self.tell(after);
        }
        if has_room { Admission::Granted } else { Admission::Wait }
    }

    /// Whether there is room that nobody waits for: who does not wait must not keep it from those
    /// who do.
    fn has_spare(&self, demand: Demand) -> bool {
        self.fits(demand) && (demand.rows == 0 || !self.tickets.has_queue())
    }

    /// Drops the rows that have waited longest until there is room; none where that cannot make
    /// enough.
    fn evict(&mut self, demand: Demand, after: &mut Aftermath) -> bool {
        let stays = more(self.granted, self.under_way);
        if !fits(stays, demand, self.settings.rows_max, self.settings.bytes_max) {
            return false;
        }
        while !self.fits(demand) {
            let lanes = self.lanes.iter_mut().filter(|lane| !lane.queue.is_empty());
            let oldest = lanes.min_by_key(|lane| lane.queue.front().map(|entry| entry.place));
            let Some(entry) = oldest.and_then(|lane| lane.queue.pop_front()) else { return false };
            self.waiting = less(self.waiting, demand_of(&entry.row));
            self.ledger.dropped_full += 1;
            after.overflowed += 1;
            after.gone.push(entry.row);
        }
        true
    }

    fn fits(&self, demand: Demand) -> bool {
        fits(self.taken(), demand, self.settings.rows_max, self.settings.bytes_max)
    }

    const fn taken(&self) -> Demand {
        more(more(self.waiting, self.granted), self.tickets.promised())
    }
}

/// More than the whole buffer fits when the buffer is empty; no rows always do.
const fn fits(taken: Demand, demand: Demand, rows_max: usize, bytes_max: usize) -> bool {
    let wanted = more(taken, demand);
    taken.rows == 0 || demand.rows == 0 || (wanted.rows <= rows_max && wanted.bytes <= bytes_max)
}
