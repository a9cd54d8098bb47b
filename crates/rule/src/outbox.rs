//! Where rows go: the contract between the hub, which makes rows, and the buffer of an action,
//! which holds them until they are delivered. It does not know how they are.

use std::sync::Arc;

use sluice_event::MessageId;
use sluice_value::Record;

use crate::RuleId;

/// One row of a firing. It is made once; every action of the rule shares it, renders its templates
/// from it at delivery and evaluates nothing again, so that no later edit of the rule, `now()` or
/// `uuid()` changes it.
#[derive(Debug)]
pub struct Row {
    /// The rule.
    pub rule: RuleId,
    /// Of the rule, when it was evaluated.
    pub rule_version: u64,
    /// The message that it came from; an event that is no message has an id of its own.
    pub message: MessageId,
    /// From 0 within the firing.
    pub index: u32,
    /// Rows with the same key, those of one client, stay in order.
    pub order_key: u64,
    /// The selected values.
    pub values: Record,
    /// What it weighs in a buffer, itself included.
    pub bytes: usize,
}

/// Room that rows need in one buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// How many.
    pub rows: usize,
    /// The sum of [`Row::bytes`].
    pub bytes: usize,
}

/// A connection whose publish waits for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket {
    /// The worker.
    pub worker: u16,
    /// The connection's place there.
    pub slot: u32,
    /// Places are used again; the serial number tells the connections apart.
    pub serial: u32,
}

/// What a buffer answers to a [`Demand`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Room is taken: each row follows by [`Outbox::push`], or all of it goes back by
    /// [`Outbox::release`].
    Granted,
    /// There is none. The ticket is entered, behind those that wait already; whoever made the
    /// outbox is told the ticket when its turn has come, and asks again with the same one.
    Wait,
    /// There is none and nobody waits: the rows are dropped, and counted here.
    Dropped,
}

/// The buffer of one action, shared by all workers.
///
/// Counters balance: what was pushed or dropped = delivered + waiting + set aside + dropped.
pub trait Outbox: Send + Sync {
    /// Takes room for rows, all or none. A demand larger than the whole buffer is granted when the
    /// buffer is empty. With `on_full = "hold"`, who has a ticket waits and is not overtaken by
    /// later demands with tickets; who has none, as rows of QoS 0 and of events, does not.
    fn admit(&self, demand: Demand, ticket: Option<Ticket>) -> Admission;

    /// Gives back room that was granted and is not used after all.
    fn release(&self, demand: Demand);

    /// Takes a row for which room was granted.
    fn push(&self, row: &Arc<Row>);

    /// The one who waited is gone, or waits elsewhere first.
    fn cancel(&self, ticket: Ticket);

    /// Whether [`Outbox::admit`] can answer [`Admission::Wait`]. Such buffers are asked first, so
    /// that nothing is dropped elsewhere for a publish that has to wait.
    fn may_wait(&self) -> bool {
        true
    }

    /// Where rows survive a restart, the full name of the action and the lane of this row: then the
    /// row is entered into the log, and acknowledgements wait for it.
    fn durable_lane(&self, row: &Row) -> Option<(&str, u16)>;
}
