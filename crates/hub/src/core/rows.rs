//! Rows that rules made of one publish, on their way into the buffers of actions: first room is
//! taken for all of them, then they are entered. It does not know rules or how rows are delivered.

use std::sync::Arc;

use sluice_journal::{Entry, Position, RowDelivery, Store};
use sluice_rule::{Admission, Demand, Outbox, Row, Ticket};
use smallvec::SmallVec;

/// Rows with the buffers that they are for. Without rows it owns no memory.
#[derive(Default)]
pub(crate) struct Rows {
    rows: Vec<(Row, SmallVec<[u32; 2]>)>,
    buffers: Vec<Buffer>,
    bytes: usize,
    /// The buffer that the publish waits for, by place.
    waits_for: Option<usize>,
}

/// One buffer and what is asked of it.
struct Buffer {
    outbox: Arc<dyn Outbox>,
    demand: Demand,
    state: State,
    /// Whether acknowledgements wait for the rows to be logged.
    is_awaited: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Asked,
    Granted,
    /// The buffer counted the rows as dropped.
    Dropped,
}

impl Rows {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a row for these buffers; `is_awaited` says whether acknowledgements wait for it.
    pub(super) fn push(
        &mut self,
        mut row: Row,
        outboxes: &[&Arc<dyn Outbox>],
        is_awaited: bool,
    ) -> Result<(), String> {
        row.bytes =
            size_of::<Row>() + row.rule.as_str().len() + row.values.as_value().memory_bytes();
        if self.bytes.saturating_add(row.bytes) > ROWS_BYTES_MAX {
            return Err(format!(
                "rules made more than {ROWS_BYTES_MAX} bytes of rows of one publish"
            ));
        }
        self.bytes += row.bytes;
        let mut places = SmallVec::new();
        for outbox in outboxes {
            let known = self.buffers.iter().position(|known| Arc::ptr_eq(&known.outbox, outbox));
            let place = known.unwrap_or_else(|| {
                let outbox = Arc::clone(outbox);
                let (demand, state) = (Demand::default(), State::Asked);
                self.buffers.push(Buffer { outbox, demand, state, is_awaited });
                self.buffers.len() - 1
            });
            if let Some(buffer) = self.buffers.get_mut(place) {
                buffer.demand.rows += 1;
                buffer.demand.bytes += row.bytes;
            }
            places.push(u32::try_from(place).unwrap_or(u32::MAX));
        }
        self.rows.push((row, places));
        Ok(())
    }

    /// Takes room in every buffer, or in none: then the ticket waits for the first that has none,
    /// and `false` is the answer. Without a ticket rows that find no room are dropped.
    pub(super) fn admit(&mut self, ticket: Option<Ticket>) -> bool {
        let waited_for = self.waits_for.take();
        let is_alone = self.buffers.len() == 1;
        // Those that may make the publish wait come first: nothing is dropped for a publish that
        // has to wait.
        for is_last_turn in [false, true] {
            for at in 0..self.buffers.len() {
                let Some(buffer) = self.buffers.get_mut(at) else { continue };
                // What a buffer says of itself may change between the turns.
                let is_turn = is_alone || is_last_turn || buffer.outbox.may_wait();
                if buffer.state != State::Asked || !is_turn {
                    continue;
                }
                match buffer.outbox.admit(buffer.demand, ticket) {
                    Admission::Granted => buffer.state = State::Granted,
                    Admission::Dropped => buffer.state = State::Dropped,
                    Admission::Wait => {
                        self.waits_for = Some(at);
                        self.release();
                        self.leave(waited_for.filter(|before| *before != at), ticket);
                        return false;
                    }
                }
            }
        }
        // A buffer that granted room has forgotten the ticket; one that was passed over has not.
        self.leave(waited_for.filter(|at| !self.is_granted(*at)), ticket);
        true
    }

    fn is_granted(&self, at: usize) -> bool {
        self.buffers.get(at).is_some_and(|buffer| buffer.state == State::Granted)
    }

    /// The publish is given up: nobody waits any more.
    pub(super) fn give_up(&mut self, ticket: Ticket) {
        let waited_for = self.waits_for.take();
        self.leave(waited_for, Some(ticket));
    }

    fn leave(&self, at: Option<usize>, ticket: Option<Ticket>) {
        if let Some(ticket) = ticket
            && let Some(buffer) = at.and_then(|at| self.buffers.get(at))
        {
            buffer.outbox.cancel(ticket);
        }
    }

    /// Room that is held while waiting elsewhere would let two publishes wait for each other.
    fn release(&mut self) {
        for buffer in self.buffers.iter_mut().filter(|it| it.state == State::Granted) {
            buffer.outbox.release(buffer.demand);
            buffer.state = State::Asked;
        }
    }

    /// Enters the admitted rows into their buffers, and into the log where a buffer survives a
    /// restart. The position is the one that an acknowledgement waits for.
    pub(super) fn enter(&mut self, store: &mut impl Store) -> Position {
        let mut position = Position::START;
        for (row, places) in self.rows.drain(..) {
            let granted = places.iter().filter_map(|place| {
                let buffer = self.buffers.get(usize::try_from(*place).ok()?)?;
                (buffer.state == State::Granted).then_some(buffer)
            });
            let deliveries: SmallVec<[RowDelivery<'_>; 4]> = granted
                .clone()
                .filter_map(|buffer| buffer.outbox.durable_lane(&row))
                .map(|(action, lane)| RowDelivery { action, lane })
                .collect();
            if !deliveries.is_empty() {
                let logged = store.append(&Entry::Row {
                    rule: row.rule.as_str(),
                    rule_version: row.rule_version,
                    message: row.message.0,
                    index: row.index,
                    values: &row.values,
                    deliveries: &deliveries,
                });
                let is_durable = |buffer: &Buffer| buffer.outbox.durable_lane(&row).is_some();
                if granted.clone().any(|buffer| buffer.is_awaited && is_durable(buffer)) {
                    position = position.max(logged);
                }
            }
            let row = Arc::new(row);
            granted.for_each(|buffer| buffer.outbox.push(&row));
        }
        self.buffers.clear();
        self.bytes = 0;
        position
    }
}

/// Bytes of the rows that rules may make of one publish.
const ROWS_BYTES_MAX: usize = 64 * 1024 * 1024;
