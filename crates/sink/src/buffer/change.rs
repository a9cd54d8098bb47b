//! What changes a sink as a whole: new settings, more or fewer lanes, its end. It does not know
//! what a row goes through meanwhile.

use std::sync::Arc;

use sluice_rule::action::OnFull;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::settings::Settings;
use crate::target::Target;

use super::lane::{Entry, Lane, Rest};
use super::{Aftermath, Buffer, Phase, demand_of, lane_of, less};

impl Buffer {
    /// Takes new settings over. What waits stays, and lanes that pause try at once.
    pub(crate) fn swap(&mut self, settings: Settings, target: Arc<Target>, after: &mut Aftermath) {
        let was_held = self.settings.on_full == OnFull::Hold;
        self.settings = settings;
        self.has_served = false;
        after.replaced = Some(std::mem::replace(&mut self.target, target));
        if was_held && settings.on_full != OnFull::Hold {
            self.tickets.tell_all(&mut after.told);
        }
        if settings.age_max.is_some() {
            self.date();
        }
        self.lanes_wanted = Some(usize::from(settings.lanes));
        self.move_lanes(after);
        self.tell(after);
        self.nudge(after);
    }

    /// Lanes of which a task must be started, and by what they are woken.
    pub(crate) fn lanes_to_start(&mut self) -> Vec<(usize, Arc<Notify>)> {
        let count = self.lanes_wanted.unwrap_or(self.lanes_used).max(self.lanes_used);
        if self.lanes.len() < count {
            self.lanes.resize_with(count, Lane::default);
        }
        let lanes = self.lanes.iter_mut().enumerate().take(count);
        let without = lanes.filter(|(_, lane)| !lane.has_task);
        without
            .map(|(at, lane)| {
                lane.has_task = true;
                (at, Arc::clone(&lane.notify))
            })
            .collect()
    }

    /// Nothing waits for more rows from now on, and lanes that pause try at once.
    pub(crate) fn drain(&mut self, after: &mut Aftermath) {
        if self.phase == Phase::Serving {
            self.phase = Phase::Draining;
        }
        self.nudge(after);
    }

    /// Drops what waits. Rows that are under way may still be delivered.
    pub(crate) fn end(&mut self, after: &mut Aftermath) {
        self.phase = Phase::Ended;
        for lane in &mut self.lanes {
            for entry in lane.queue.drain(..) {
                self.waiting = less(self.waiting, demand_of(&entry.row));
                self.ledger.dropped_removed += 1;
                after.gone.push(entry.row);
            }
        }
        self.tickets.tell_all(&mut after.told);
        self.nudge(after);
        after.is_empty = self.is_empty();
    }

    /// Rows that came while there was no limit of age are as old as the limit.
    fn date(&mut self) {
        let now = Instant::now();
        for entry in self.lanes.iter_mut().flat_map(|lane| &mut lane.queue) {
            entry.pushed.get_or_insert(now);
        }
    }

    /// Spreads what waits over as many lanes as wanted, in the order in which it came. Only while
    /// no batch is under way, or a row could overtake another of its client.
    pub(super) fn move_lanes(&mut self, after: &mut Aftermath) {
        if self.lanes.iter().any(|lane| lane.is_writing) {
            return;
        }
        let Some(count) = self.lanes_wanted.take() else { return };
        if count != self.lanes_used {
            if self.lanes.len() < count {
                self.lanes.resize_with(count, Lane::default);
            }
            let queues = self.lanes.iter_mut().map(|lane| std::mem::take(&mut lane.queue));
            let mut entries: Vec<Entry> = queues.flatten().collect();
            entries.sort_unstable_by_key(|entry| entry.place);
            self.lanes_used = count;
            for entry in entries {
                if let Some(lane) = self.lanes.get_mut(lane_of(&entry.row, count)) {
                    lane.queue.push_back(entry);
                }
            }
        }
        self.wake_all(after);
    }

    fn nudge(&mut self, after: &mut Aftermath) {
        self.nudges += 1;
        self.wake_all(after);
    }

    fn wake_all(&mut self, after: &mut Aftermath) {
        after.woken.extend(self.lanes.iter_mut().map(|lane| {
            lane.rest = Rest::Awake;
            Arc::clone(&lane.notify)
        }));
    }
}
