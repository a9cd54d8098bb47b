//! One core's share of the broker: its connections and sessions, and what each input does to them.
//! It does not know what drives it.

mod endings;

use std::any::Any;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use sluice_mqtt::{Message, ReasonCode};
use sluice_router::WorkerId;
use sluice_rule::{RuleCounters, Ticket};
use sluice_session::{Connection, Limits, MillisSinceStart, Now, Phase};

use crate::core::session_end::Ending;
use crate::core::{Core, Cx, evaluate::panic_message, is_will};
use crate::packet::{self, After};
use crate::read::{has_unread, read_packets};
use crate::sessions::Home;
use crate::slots::{SlotNumbers, Slots};
use crate::timers::TimerKey;
use crate::{Batch, ConnectionId, Counters, Effects, Entropy, Report, Shared};

/// Where a worker stands among all.
#[derive(Clone, Debug)]
pub struct Placement {
    /// This one.
    pub worker: WorkerId,
    /// How many there are.
    pub workers: u16,
    /// Of all hashes, the one that gives each client its home included: the same for all workers of
    /// a process.
    pub seed: u64,
    /// The node's name, for rules.
    pub node: Arc<str>,
}

/// One thing that happened to a worker.
#[derive(Clone, Copy, Debug)]
pub enum Input<'i> {
    /// One read from a socket.
    Received(ConnectionId, &'i [u8]),
    /// The socket is gone.
    Closed(ConnectionId, CloseReason),
    /// The socket took bytes of the connection's link.
    Wrote(ConnectionId, usize),
    /// What another worker has for sessions of this one.
    Batch(&'i Batch),
    /// [`Worker::deadline`] may have passed.
    DeadlinePassed,
    /// The log has become durable further on.
    Committed,
    /// A buffer says that the turn of who waits with this ticket has come.
    Room(Ticket),
    /// What the broker says of itself.
    Publish(&'i [Message]),
    /// The process ends: wills are published.
    PublishWills,
    /// The process ends: clients are told and disconnected.
    DisconnectAll,
}

/// How a socket went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The client closed it.
    ByPeer,
    /// It failed.
    Failed,
}

/// See the module.
pub struct Worker<S> {
    connections: Slots<Slot>,
    numbers: SlotNumbers,
    /// Connections with packets that wait for the log.
    waiting: Vec<u32>,
    /// The connection that was taken out to be handled.
    in_hand: Option<ConnectionId>,
    core: Core<S>,
}

#[derive(Default)]
struct Slot {
    serial: u32,
    /// Between accept and release.
    is_taken: bool,
    connection: Option<Box<Connection>>,
}

impl<S: Shared> Worker<S> {
    /// A worker without connections.
    #[must_use]
    pub fn new(placement: Placement, limits: Arc<Limits>, shared: S) -> Self {
        Self {
            connections: Slots::default(),
            numbers: SlotNumbers::default(),
            waiting: Vec::new(),
            in_hand: None,
            core: Core::new(placement, limits, shared),
        }
    }

    /// Takes in a connection that was just accepted, or handed over by the worker that accepted it.
    pub fn accept(&mut self, peer: SocketAddr, local: SocketAddr, now: Now) -> ConnectionId {
        let slot = self.numbers.take();
        let mut connection = Box::new(Connection::new(peer, local, now.monotonic));
        let overdue = connection.overdue_at(&self.core.limits);
        self.core.timers.set(TimerKey::Connection(slot), &mut connection.deadline, overdue);
        self.core.counters.connections_accepted += 1;
        self.core.counters.connections_open += 1;
        let place = self.connections.reach(slot);
        place.serial = place.serial.wrapping_add(1);
        let serial = place.serial;
        place.is_taken = true;
        place.connection = Some(connection);
        let id = ConnectionId { slot, serial };
        self.core.links.open(id);
        id
    }

    /// Forgets a connection: its socket is closed.
    pub fn release(&mut self, id: ConnectionId) {
        let Some(place) = self.connections.get_mut(id.slot) else { return };
        if place.serial != id.serial || !std::mem::take(&mut place.is_taken) {
            return;
        }
        if let Some(mut connection) = place.connection.take() {
            let key = TimerKey::Connection(id.slot);
            self.core.timers.set(key, &mut connection.deadline, None);
        }
        self.core.counters.connections_open -= 1;
        self.core.links.open(id);
        self.numbers.give_back(id.slot);
    }

    /// Applies one input. What follows lies in the links ([`Worker::next_to_flush`]), in batches
    /// ([`Worker::take_batch`]) and in `effects`.
    pub fn handle(
        &mut self,
        now: Now,
        entropy: &mut Entropy,
        input: Input<'_>,
        effects: &mut impl Effects,
    ) {
        let mut cx = Cx { now, entropy, effects };
        let handled = catch_unwind(AssertUnwindSafe(|| self.apply(&mut cx, input)));
        if let Err(panic) = handled {
            self.core.counters.panics += 1;
            let message = panic_message(&*panic);
            cx.effects.report(Report::Panicked { place: "worker", message: &message });
            self.close_lost(&mut cx);
        }
        self.close_evicted(&mut cx);
    }

    /// When to come back with [`Input::DeadlinePassed`].
    #[must_use]
    pub fn deadline(&self) -> Option<MillisSinceStart> {
        self.core.timers.next()
    }

    /// One connection whose link has something for the socket; each comes once per turn.
    pub fn next_to_flush(&mut self) -> Option<ConnectionId> {
        self.core.links.next_to_flush()
    }

    /// What a connection's link has for the socket.
    #[must_use]
    pub fn unwritten(&self, id: ConnectionId) -> &[u8] {
        let current = self.connections.get(id.slot).is_some_and(|at| at.serial == id.serial);
        let link = self.core.links.get(id.slot).filter(|_| current);
        link.map_or(&[], |link| link.unwritten())
    }

    /// One other worker for which this turn made something.
    pub fn take_batch(&mut self) -> Option<(WorkerId, Batch)> {
        self.core.take_batch()
    }

    /// Whether packets of the connection were read and not handled, since those before them led to
    /// enough work for one turn. They are handled by [`Input::Received`] without new bytes; until
    /// there are none the socket is not to be read.
    #[must_use]
    pub fn has_unread(&self, id: ConnectionId) -> bool {
        let place = self.connections.get(id.slot).filter(|place| place.serial == id.serial);
        let connection = place.and_then(|place| place.connection.as_ref());
        self.core.held.is_ready(id)
            || connection.is_some_and(|it| has_unread(it, self.core.limits.maximum_packet_size))
    }

    /// Takes back a batch that was handled, for its buffers.
    pub fn reuse_batch(&mut self, batch: Batch) {
        self.core.reuse_batch(batch);
    }

    /// Takes newer rules and subscriptions, as every socket read does.
    pub fn refresh(&mut self) {
        self.core.refresh();
    }

    /// Whether any connection waits for [`Input::Committed`].
    #[must_use]
    pub fn awaits_commit(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What it has done so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.core.counters()
    }

    /// Its counts of each rule in force.
    pub fn rule_counters(&self) -> impl Iterator<Item = (&str, &RuleCounters)> {
        self.core.rule_counters()
    }

    /// The handle on what all workers share.
    pub const fn shared(&self) -> &S {
        &self.core.shared
    }

    fn apply<E: Effects>(&mut self, cx: &mut Cx<'_, E>, input: Input<'_>) {
        match input {
            Input::Received(id, bytes) => self.received(cx, id, bytes),
            Input::Closed(id, reason) => self.socket_closed(cx, id, reason),
            Input::Wrote(id, bytes) => self.wrote(cx, id, bytes),
            Input::Batch(batch) => self.core.receive_batch(batch, cx.now),
            Input::DeadlinePassed => self.deadlines_passed(cx),
            Input::Committed => self.committed(cx),
            Input::Room(ticket) => self.room(cx, ticket),
            Input::Publish(messages) => self.core.publish_own(cx, messages),
            Input::PublishWills => self.publish_wills(cx),
            Input::DisconnectAll => self.disconnect_all(cx),
        }
        self.core.raise_deliveries(cx);
    }

    fn received<E: Effects>(&mut self, cx: &mut Cx<'_, E>, id: ConnectionId, bytes: &[u8]) {
        let Some(mut connection) = self.take(id) else { return };
        self.core.counters.bytes_received += bytes.len() as u64;
        self.core.refresh();
        if !bytes.is_empty() && !matches!(connection.phase, Phase::AwaitConnect) {
            // A CONNECT that comes byte by byte is given no more time for it.
            connection.last_received = cx.now.monotonic;
        }
        let core = &mut self.core;
        let handled = catch_unwind(AssertUnwindSafe(|| {
            let resumed = match &mut connection.phase {
                Phase::Open(open) => packet::resume(core, cx, (id, open)),
                Phase::AwaitConnect | Phase::Closed => After::Continue,
            };
            if core.held.is_ready(id) {
                // Enough for one turn: what was read meanwhile comes after what waited.
                connection.partial.extend_from_slice(bytes);
                return resumed;
            }
            let after = read_packets(core, cx, (id, &mut connection), bytes);
            if after == After::Continue { resumed } else { after }
        }));
        self.go_on(cx, (id, connection), handled);
    }

    /// The turn of a publish that waited for room has come.
    fn room<E: Effects>(&mut self, cx: &mut Cx<'_, E>, ticket: Ticket) {
        self.core.refresh();
        if is_will(ticket) {
            return self.core.resume_will(cx, ticket);
        }
        let id = ConnectionId { slot: ticket.slot, serial: ticket.serial };
        let Some(mut connection) = self.take(id) else { return };
        let core = &mut self.core;
        let handled = catch_unwind(AssertUnwindSafe(|| match &mut connection.phase {
            Phase::Open(open) => packet::resume(core, cx, (id, open)),
            Phase::AwaitConnect | Phase::Closed => After::Continue,
        }));
        self.go_on(cx, (id, connection), handled);
    }

    /// Carries out what follows for a connection that was handled.
    fn go_on<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        (id, mut connection): (ConnectionId, Box<Connection>),
        handled: Result<After, Box<dyn Any + Send>>,
    ) {
        let after = handled.unwrap_or_else(|panic| {
            self.core.counters.panics += 1;
            let message = panic_message(&*panic);
            cx.effects.report(Report::Panicked { place: "connection", message: &message });
            After::Close(ReasonCode::ImplementationSpecificError, "internal_error")
        });
        match after {
            After::Continue => {}
            After::Wait => {
                if !self.waiting.contains(&id.slot) {
                    self.waiting.push(id.slot);
                }
            }
            After::Gone => {
                self.put_back(id, connection);
                self.release(id);
                return;
            }
            After::Close(reason, word) => {
                self.close(cx, id, &mut connection, (reason, word));
            }
            After::ClosedByClient => {
                self.leave(cx, id, &mut connection, Ending::abnormal("tcp_closed"));
                cx.effects.close(id);
            }
        }
        self.hold_or_read(cx, id);
        self.put_back(id, connection);
    }

    /// What a client makes the server keep is bounded, be it what it is sent and does not read, or
    /// publishes that wait for room: it is not read from until there is less.
    fn hold_or_read<E: Effects>(&mut self, cx: &mut Cx<'_, E>, id: ConnectionId) {
        let waits_for_room = self.core.held.is_full(id, &self.core.limits);
        if let Some(link) = self.core.links.get_mut(id.slot) {
            let is_held = waits_for_room || !link.has_room();
            if link.is_held != is_held {
                link.is_held = is_held;
                cx.effects.hold(id, is_held);
            }
        }
    }

    fn wrote<E: Effects>(&mut self, cx: &mut Cx<'_, E>, id: ConnectionId, bytes: usize) {
        let Some(connection) = self.take(id) else { return };
        self.core.counters.bytes_sent += bytes as u64;
        let mut spare = None;
        if let Some(link) = self.core.links.get_mut(id.slot) {
            spare = link.wrote(bytes);
            self.core.counters.packets_sent += link.take_packets();
        }
        self.hold_or_read(cx, id);
        if let Some(buffer) = spare {
            self.core.links.reuse(buffer);
        }
        if let Phase::Open(open) = &connection.phase {
            let session = self.core.sessions.get(open.session);
            if session.is_some_and(Home::wants_pump) {
                self.core.pump(open.session, cx.now);
            }
        }
        self.put_back(id, connection);
    }

    fn socket_closed<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        id: ConnectionId,
        reason: CloseReason,
    ) {
        let Some(mut connection) = self.take(id) else { return };
        let word = match reason {
            CloseReason::ByPeer => "tcp_closed",
            CloseReason::Failed => "socket_error",
        };
        self.leave(cx, id, &mut connection, Ending::abnormal(word));
        self.put_back(id, connection);
        self.release(id);
    }

    fn deadlines_passed<E: Effects>(&mut self, cx: &mut Cx<'_, E>) {
        self.core.refresh();
        while let Some(key) = self.core.timers.pop(cx.now.monotonic) {
            match key {
                TimerKey::Session(slot) => self.core.session_due(cx, slot),
                TimerKey::Connection(slot) => self.connection_due(cx, slot),
            }
        }
    }

    fn connection_due<E: Effects>(&mut self, cx: &mut Cx<'_, E>, slot: u32) {
        let Some(id) = self.id_of(slot) else { return };
        let Some(mut connection) = self.take(id) else { return };
        connection.deadline = None;
        if self.core.links.get(slot).is_some_and(|link| link.is_held) {
            // Who is not read from cannot be called silent: it may have sent its pings.
            connection.last_received = cx.now.monotonic;
        }
        match connection.overdue_at(&self.core.limits) {
            Some(at) if at <= cx.now.monotonic => {
                let word = match connection.phase {
                    Phase::AwaitConnect => "idle_timeout",
                    Phase::Open(_) | Phase::Closed => "keepalive_timeout",
                };
                self.close(cx, id, &mut connection, (ReasonCode::KeepAliveTimeout, word));
            }
            later => {
                let key = TimerKey::Connection(slot);
                self.core.timers.set(key, &mut connection.deadline, later);
            }
        }
        self.put_back(id, connection);
    }

    fn committed<E: Effects>(&mut self, cx: &mut Cx<'_, E>) {
        for slot in std::mem::take(&mut self.waiting) {
            let Some(id) = self.id_of(slot) else { continue };
            let Some(mut connection) = self.take(id) else { continue };
            if let Phase::Open(open) = &mut connection.phase
                && packet::release_waiting(&mut self.core, cx, id, open)
            {
                self.waiting.push(slot);
            }
            self.put_back(id, connection);
        }
        self.core.pump_waiting(cx.now);
    }

    fn id_of(&self, slot: u32) -> Option<ConnectionId> {
        let serial = self.connections.get(slot)?.serial;
        Some(ConnectionId { slot, serial })
    }

    /// Takes a connection out while it is handled, so that everything else may change meanwhile.
    fn take(&mut self, id: ConnectionId) -> Option<Box<Connection>> {
        let place = self.connections.get_mut(id.slot).filter(|place| place.serial == id.serial)?;
        let connection = place.connection.take()?;
        self.in_hand = Some(id);
        Some(connection)
    }

    fn put_back(&mut self, id: ConnectionId, connection: Box<Connection>) {
        self.in_hand = None;
        if let Some(place) = self.connections.get_mut(id.slot) {
            place.connection = Some(connection);
        }
    }
}
