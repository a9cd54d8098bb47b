//! Publishes that wait for room in the buffers of actions: neither logged nor routed, and what the
//! same client sent after them waits behind them. It does not know how room comes back.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use sluice_event::{ClientFacts, MessageId, MessagePublished, Publisher};
use sluice_mqtt::{Message, PacketId, QoS, UnixMillis};
use sluice_router::SessionRef;
use sluice_rule::Ticket;
use sluice_session::Limits;

use super::evaluate::Made;
use super::system::is_system;
use super::{Core, Cx, Publication};
use crate::{ConnectionId, Effects, Shared};

/// A publish that was evaluated and found no room. What rules made of it is kept: nothing is
/// evaluated twice.
pub(crate) struct Held {
    pub(super) message: Message,
    pub(super) id: MessageId,
    pub(super) received_at: UnixMillis,
    pub(super) dup: bool,
    /// The publisher's session, for No Local.
    pub(super) origin: Option<SessionRef>,
    pub(super) made: Made,
    /// Of the rules that made it.
    pub(super) rules_version: u64,
}

impl Held {
    pub(super) fn new(
        publication: &Publication<'_>,
        published: &MessagePublished<'_>,
        (made, rules_version): (Made, u64),
    ) -> Self {
        Self {
            message: Message::from(&publication.message),
            id: published.id,
            received_at: published.received_at,
            dup: published.dup,
            origin: publication.origin,
            made,
            rules_version,
        }
    }

    /// The QoS as published.
    pub(crate) const fn qos(&self) -> QoS {
        self.message.qos()
    }
}

/// A publish that was read and not looked at, since one of the same client waits.
pub(crate) struct Later {
    pub(crate) message: Message,
    pub(crate) dup: bool,
    /// Of QoS 1 and 2.
    pub(crate) packet_id: Option<PacketId>,
}

/// The publishes of one connection that wait.
pub(crate) struct Queue {
    serial: u32,
    /// The one that waits for room, with its packet identifier; `None` once its turn has come.
    pub(crate) first: Option<(Box<Held>, Option<PacketId>)>,
    later: VecDeque<Later>,
    later_bytes: usize,
}

/// See the module.
#[derive(Default)]
pub(crate) struct HeldPublishes {
    /// By connection slot.
    queues: BTreeMap<u32, Queue>,
    /// By a number that counts up.
    wills: BTreeMap<u32, (Box<Held>, Arc<ClientFacts>)>,
    last_will: u32,
}

impl HeldPublishes {
    /// The queue of a connection.
    pub(crate) fn queue(&mut self, id: ConnectionId) -> Option<&mut Queue> {
        if self.queues.is_empty() {
            return None;
        }
        self.queues.get_mut(&id.slot).filter(|queue| queue.serial == id.serial)
    }

    /// A publish of the connection waits; what comes after it goes behind it.
    pub(crate) fn hold(&mut self, id: ConnectionId, first: (Box<Held>, Option<PacketId>)) {
        if let Some(queue) = self.queue(id) {
            queue.first = Some(first);
            return;
        }
        let queue =
            Queue { serial: id.serial, first: Some(first), later: VecDeque::new(), later_bytes: 0 };
        self.queues.insert(id.slot, queue);
    }

    /// Whether the connection has publishes whose turn has come.
    pub(crate) fn is_ready(&self, id: ConnectionId) -> bool {
        let queue = self.queues.get(&id.slot).filter(|queue| queue.serial == id.serial);
        queue.is_some_and(|queue| queue.first.is_none())
    }

    /// Whether no more is to be read from the connection until the one that waits has gone.
    pub(crate) fn is_full(&self, id: ConnectionId, limits: &Limits) -> bool {
        let queue = self.queues.get(&id.slot).filter(|queue| queue.serial == id.serial);
        queue.is_some_and(|queue| {
            queue.first.is_some()
                && (queue.later.len() + 1 >= usize::from(limits.receive_maximum)
                    || queue.later_bytes >= limits.max_queued_bytes)
        })
    }

    /// The next one behind those that are gone; the queue ends with its last.
    pub(crate) fn next_later(&mut self, id: ConnectionId) -> Option<Later> {
        let queue = self.queue(id)?;
        let later = queue.later.pop_front();
        match &later {
            Some(later) => queue.later_bytes -= later.size(),
            None => {
                self.queues.remove(&id.slot);
            }
        }
        later
    }

    /// A ticket for the next will that has to wait; `None` when as many wait as may.
    pub(super) fn will_ticket(&mut self, worker: u16) -> Option<Ticket> {
        if self.wills.len() >= WILLS_MAX {
            return None;
        }
        self.last_will = (self.last_will + 1) & !WILL;
        Some(Ticket { worker, slot: WILL | self.last_will, serial: 0 })
    }
}

impl Queue {
    /// Lets a publish wait behind the others.
    pub(crate) fn push(&mut self, later: Later) {
        self.later_bytes += later.size();
        self.later.push_back(later);
    }
}

impl Later {
    fn size(&self) -> usize {
        size_of::<Self>() + self.message.size()
    }
}

impl<S: Shared> Core<S> {
    /// The ticket of a connection's publish.
    pub(crate) const fn ticket(&self, id: ConnectionId) -> Ticket {
        Ticket { worker: self.placement.worker.0, slot: id.slot, serial: id.serial }
    }

    /// Forgets what a connection that ends had waiting: none of it was acknowledged, so that its
    /// client knows that it has to send it again; what is QoS 0 is published now.
    pub(crate) fn abandon_held<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        id: ConnectionId,
        (publisher, origin): (Publisher<'_>, Option<SessionRef>),
    ) {
        let Some(queue) = self.held.queue(id) else { return };
        let first = queue.first.take();
        if let Some((mut held, _)) = first {
            held.made.rows.give_up(self.ticket(id));
            self.counters.publishes_abandoned += 1;
        }
        while let Some(later) = self.held.next_later(id) {
            if later.message.qos() > QoS::AtMostOnce {
                self.counters.publishes_abandoned += 1;
                continue;
            }
            let message = later.message.as_ref();
            if is_system(message.topic) {
                self.counters.publishes_refused += 1;
                continue;
            }
            let publication = Publication { publisher, origin, message, dup: later.dup };
            // Without a ticket it does not wait.
            drop(self.publish(cx, &publication, None));
        }
    }

    /// Publishes a will; one whose rows find no room waits for it, as the session would.
    pub(super) fn publish_or_hold_will<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        facts: &Arc<ClientFacts>,
        publication: &Publication<'_>,
    ) {
        let waits = publication.message.qos > QoS::AtMostOnce;
        let ticket = waits.then(|| self.held.will_ticket(self.placement.worker.0)).flatten();
        if let Err(held) = self.publish(cx, publication, ticket)
            && let Some(ticket) = ticket
        {
            self.held.wills.insert(ticket.slot, (held, Arc::clone(facts)));
        }
    }

    /// The turn of a will has come.
    pub(crate) fn resume_will<E: Effects>(&mut self, cx: &mut Cx<'_, E>, ticket: Ticket) {
        let Some((held, facts)) = self.held.wills.remove(&ticket.slot) else { return };
        let publisher = Publisher::from(&*facts);
        if let Err(held) = self.resume(cx, held, (publisher, Some(ticket))) {
            self.held.wills.insert(ticket.slot, (held, facts));
        }
    }

    /// The process ends: wills that wait are published, and their rows dropped where there is no
    /// room.
    pub(crate) fn release_wills<E: Effects>(&mut self, cx: &mut Cx<'_, E>) {
        for (slot, (mut held, facts)) in std::mem::take(&mut self.held.wills) {
            let worker = self.placement.worker.0;
            held.made.rows.give_up(Ticket { worker, slot, serial: 0 });
            drop(self.resume(cx, held, (Publisher::from(&*facts), None)));
        }
    }
}

/// Whether a ticket is a will's.
pub(crate) const fn is_will(ticket: Ticket) -> bool {
    ticket.slot & WILL != 0
}

/// Slots of connections never reach so far.
const WILL: u32 = 1 << 31;
/// Wills that may wait on one worker; the rows of one more are dropped where they find no room.
const WILLS_MAX: usize = 10_000;
