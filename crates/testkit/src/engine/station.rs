//! One worker with the sockets it holds, its inbox, and one turn of its loop, as the threads of the
//! real shell do it. It does not know clients.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use sluice_hub::{
    Batch, CloseReason, ConnectionId, Effects, Entropy, Input, Placement, Report, Worker,
};
use sluice_router::WorkerId;
use sluice_rule::Ticket;
use sluice_session::Limits;

use super::net::Net;
use super::stream::End;
use super::{Conditions, WireId};
use crate::shared::{SimShared, World};
use crate::{Random, Time};

/// See the module.
pub(super) struct Station {
    pub(super) index: usize,
    pub(super) hub: Worker<SimShared>,
    world: Rc<RefCell<World>>,
    entropy: Entropy,
    asked: Asked,
    sockets: BTreeMap<u32, Socket>,
    /// Connections that wait to be accepted.
    pub(super) incoming: VecDeque<WireId>,
    /// By sender; of each sender first in, first out.
    inbox: Vec<VecDeque<(Time, Mail)>>,
    /// Sockets to look at in the next turn.
    ready: BTreeSet<u32>,
    closing: Vec<ConnectionId>,
    /// Whether the log has become durable further on since the last turn.
    pub(super) has_commit: bool,
    /// What the process asks for as it ends.
    pub(super) farewells: VecDeque<Farewell>,
    pub(super) turn_at: Option<Time>,
    pub(super) turn_begins: Time,
    /// When it last changed something that others see.
    changed_at: Time,
}

struct Socket {
    id: ConnectionId,
    wire: WireId,
    held: bool,
    blocked: bool,
    closing: Option<Time>,
}

/// The two steps in which a process ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Farewell {
    PublishWills,
    DisconnectAll,
}

/// What a worker sends to another.
pub(super) enum Mail {
    Batch(Batch),
    HandOver(WireId, Vec<u8>),
    Room(Ticket),
}

/// Something of this turn for another worker.
pub(super) struct Parcel {
    pub(super) to: usize,
    pub(super) mail: Mail,
}

/// What a turn works with.
pub(super) struct Turn<'t> {
    pub(super) now: Time,
    /// It works on what had arrived by then.
    pub(super) began: Time,
    pub(super) net: &'t mut Net,
    pub(super) random: &'t mut Random,
    pub(super) conditions: &'t Conditions,
    /// What leaves for other workers.
    pub(super) parcels: Vec<Parcel>,
}

/// What the hub asked for during one call.
#[derive(Default)]
struct Asked {
    close: Vec<ConnectionId>,
    hand_over: Vec<(ConnectionId, WorkerId, Vec<u8>)>,
    hold: Vec<(ConnectionId, bool)>,
    panics: Vec<String>,
}

impl Effects for Asked {
    fn close(&mut self, connection: ConnectionId) {
        self.close.push(connection);
    }

    fn hand_over(&mut self, connection: ConnectionId, home: WorkerId, unread: &[u8]) {
        self.hand_over.push((connection, home, unread.to_vec()));
    }

    fn hold(&mut self, connection: ConnectionId, held: bool) {
        self.hold.push((connection, held));
    }

    fn report(&mut self, report: Report<'_>) {
        if let Report::Panicked { place, message } = report {
            self.panics.push(format!("{place}: {message}"));
        }
    }
}

impl Station {
    pub(super) fn new(
        placement: Placement,
        limits: &std::sync::Arc<Limits>,
        world: &Rc<RefCell<World>>,
    ) -> Self {
        let index = usize::from(placement.worker.0);
        let workers = usize::from(placement.workers);
        let entropy = Entropy::from_seed(placement.seed ^ (u64::from(placement.worker.0) << 32));
        let shared = SimShared { world: Rc::clone(world), worker: index };
        Self {
            index,
            hub: Worker::new(placement, std::sync::Arc::clone(limits), shared),
            world: Rc::clone(world),
            entropy,
            asked: Asked::default(),
            sockets: BTreeMap::new(),
            incoming: VecDeque::new(),
            inbox: (0..workers).map(|_| VecDeque::new()).collect(),
            ready: BTreeSet::new(),
            closing: Vec::new(),
            has_commit: false,
            farewells: VecDeque::new(),
            turn_at: None,
            turn_begins: Time::default(),
            changed_at: Time::default(),
        }
    }

    /// Something has come for a socket, or it takes bytes again.
    pub(super) fn list(&mut self, id: ConnectionId) {
        self.ready.insert(id.slot);
    }

    /// Mail comes at this time, unless what its sender sent before comes later.
    pub(super) fn post(&mut self, from: usize, at: Time, mail: Mail) -> Time {
        let Some(lane) = self.inbox.get_mut(from) else { return at };
        let at = lane.back().map_or(at, |(last, _)| at.max(*last));
        lane.push_back((at, mail));
        at
    }

    /// What panicked since the last look.
    pub(super) fn take_panics(&mut self) -> Vec<String> {
        std::mem::take(&mut self.asked.panics)
    }

    /// One turn of the loop.
    pub(super) fn turn(&mut self, turn: &mut Turn<'_>) {
        self.accept(turn);
        self.read_mail(turn);
        self.serve_ready(turn);
        if self.hub.deadline().is_some_and(|at| at <= turn.now.now().monotonic) {
            self.handle(turn, None, Input::DeadlinePassed);
        }
        if std::mem::take(&mut self.has_commit) {
            self.handle(turn, None, Input::Committed);
        }
        while let Some(farewell) = self.farewells.pop_front() {
            let input = match farewell {
                Farewell::PublishWills => Input::PublishWills,
                Farewell::DisconnectAll => Input::DisconnectAll,
            };
            self.handle(turn, None, input);
        }
        self.flush(turn);
        self.finish_closing(turn);
        self.send_batches(turn);
    }

    /// When it wants its next turn of its own accord.
    pub(super) fn wants_turn_at(&self, now: Time) -> Option<Time> {
        if !self.ready.is_empty()
            || !self.incoming.is_empty()
            || self.has_commit
            || !self.farewells.is_empty()
        {
            return Some(now);
        }
        let deadline = self.hub.deadline().map(Time::millis);
        let mail = self.inbox.iter().filter_map(|lane| lane.front()).map(|(at, _)| *at).min();
        let closing = self.sockets.values().filter_map(|socket| socket.closing).min();
        [deadline, mail, closing].into_iter().flatten().min()
    }

    fn handle(&mut self, turn: &mut Turn<'_>, wire: Option<WireId>, input: Input<'_>) {
        let began = turn.began.max(self.changed_at);
        self.world.borrow_mut().begin_turn(wire, turn.now, began);
        self.hub.handle(turn.now.now(), &mut self.entropy, input, &mut self.asked);
        if self.world.borrow_mut().end_turn() {
            self.changed_at = turn.now;
        }
        turn.net.check_balance(self.index, turn.now, &self.hub.counters());
        self.carry_out(turn);
    }

    fn carry_out(&mut self, turn: &mut Turn<'_>) {
        for (id, held) in std::mem::take(&mut self.asked.hold) {
            if let Some(socket) = self.socket(id) {
                socket.held = held;
                self.list(id);
            }
        }
        for id in std::mem::take(&mut self.asked.close) {
            let until = turn.now + CLOSING;
            if let Some(socket) = self.socket(id)
                && socket.closing.is_none()
            {
                socket.closing = Some(until);
                self.closing.push(id);
            }
        }
        for (id, home, unread) in std::mem::take(&mut self.asked.hand_over) {
            let Some(socket) = self.take_socket(id) else { continue };
            turn.net.detach(socket.wire);
            let to = usize::from(home.0);
            turn.parcels.push(Parcel { to, mail: Mail::HandOver(socket.wire, unread) });
        }
    }

    fn accept(&mut self, turn: &mut Turn<'_>) {
        while let Some(wire) = self.incoming.pop_front() {
            self.enter(turn, wire);
        }
    }

    fn enter(&mut self, turn: &mut Turn<'_>, wire: WireId) -> ConnectionId {
        let (peer, local) = turn.net.addresses(wire);
        let id = self.hub.accept(peer, local, turn.now.now());
        turn.net.attach(wire, self.index, id);
        let socket = Socket { id, wire, held: false, blocked: false, closing: None };
        self.sockets.insert(id.slot, socket);
        self.list(id);
        id
    }

    fn read_mail(&mut self, turn: &mut Turn<'_>) {
        let mut senders: Vec<usize> = (0..self.inbox.len()).collect();
        turn.random.shuffle(&mut senders);
        for sender in senders {
            while let Some(lane) = self.inbox.get_mut(sender)
                && lane.front().is_some_and(|(at, _)| *at <= turn.began)
                && let Some((_, mail)) = lane.pop_front()
            {
                match mail {
                    Mail::Batch(batch) => {
                        self.handle(turn, None, Input::Batch(&batch));
                        self.flush(turn);
                        self.hub.reuse_batch(batch);
                    }
                    Mail::Room(ticket) => self.room(turn, ticket),
                    Mail::HandOver(wire, unread) => {
                        let id = self.enter(turn, wire);
                        self.handle(turn, Some(wire), Input::Received(id, &unread));
                    }
                }
            }
        }
    }

    fn room(&mut self, turn: &mut Turn<'_>, ticket: Ticket) {
        let id = ConnectionId { slot: ticket.slot, serial: ticket.serial };
        let wire = self.socket(id).map(|socket| socket.wire);
        self.handle(turn, wire, Input::Room(ticket));
        if self.hub.has_unread(id) {
            self.list(id);
        }
    }

    fn serve_ready(&mut self, turn: &mut Turn<'_>) {
        let mut slots: Vec<u32> = std::mem::take(&mut self.ready).into_iter().collect();
        turn.random.shuffle(&mut slots);
        for slot in slots {
            self.serve_socket(turn, slot);
            // The shell flushes between sockets when much was read.
            if turn.random.chance(20) {
                self.flush(turn);
                self.send_batches(turn);
            }
        }
    }

    fn serve_socket(&mut self, turn: &mut Turn<'_>, slot: u32) {
        let Some(socket) = self.sockets.get_mut(&slot) else { return };
        let (id, wire) = (socket.id, socket.wire);
        if std::mem::take(&mut socket.blocked) {
            self.write(turn, id);
        }
        for _ in 0..turn.conditions.reads_per_turn {
            let Some(socket) = self.socket(id) else { return };
            if socket.held || socket.closing.is_some() {
                return;
            }
            if self.hub.has_unread(id) {
                self.handle(turn, Some(wire), Input::Received(id, &[]));
                return self.list(id);
            }
            let (low, high) = turn.conditions.read_bytes;
            let max = usize::try_from(turn.random.between(low, high)).unwrap_or(usize::MAX);
            let (bytes, end) = turn.net.read_up(wire, max, turn.began);
            if !bytes.is_empty() {
                self.handle(turn, Some(wire), Input::Received(id, &bytes));
                continue;
            }
            match end {
                Some(End::Finished) => return self.gone(turn, id, CloseReason::ByPeer),
                Some(End::Broken) => return self.gone(turn, id, CloseReason::Failed),
                None => break,
            }
        }
        if turn.net.has_arrived(wire, turn.now) || self.hub.has_unread(id) {
            self.list(id);
        }
    }

    fn gone(&mut self, turn: &mut Turn<'_>, id: ConnectionId, reason: CloseReason) {
        let Some(socket) = self.take_socket(id) else { return };
        turn.net.overhear(socket.wire, self.hub.unwritten(id), turn.now);
        self.handle(turn, Some(socket.wire), Input::Closed(id, reason));
        turn.net.close_down(socket.wire, (turn.now, turn.random));
    }

    fn flush(&mut self, turn: &mut Turn<'_>) {
        while let Some(id) = self.hub.next_to_flush() {
            self.write(turn, id);
        }
    }

    fn write(&mut self, turn: &mut Turn<'_>, id: ConnectionId) {
        loop {
            let Some(socket) = self.socket(id) else { return };
            if socket.blocked {
                return;
            }
            let wire = socket.wire;
            turn.net.committed = self.world.borrow().log.committed();
            let unwritten = self.hub.unwritten(id);
            if unwritten.is_empty() {
                return;
            }
            let written = turn.net.write_down(wire, unwritten, (turn.now, turn.random));
            let Some(written) = written else {
                return self.gone(turn, id, CloseReason::Failed);
            };
            if written < unwritten.len()
                && let Some(socket) = self.socket(id)
            {
                socket.blocked = true;
            }
            self.handle(turn, Some(wire), Input::Wrote(id, written));
        }
    }

    fn finish_closing(&mut self, turn: &mut Turn<'_>) {
        for id in std::mem::take(&mut self.closing) {
            let Some(socket) = self.socket(id) else { continue };
            let overdue = socket.closing.is_none_or(|until| until <= turn.now);
            if !overdue && socket.blocked {
                self.closing.push(id);
                continue;
            }
            if let Some(socket) = self.take_socket(id) {
                turn.net.overhear(socket.wire, self.hub.unwritten(id), turn.now);
                turn.net.close_down(socket.wire, (turn.now, turn.random));
            }
            self.hub.release(id);
        }
    }

    fn send_batches(&mut self, turn: &mut Turn<'_>) {
        while let Some((to, batch)) = self.hub.take_batch() {
            turn.parcels.push(Parcel { to: usize::from(to.0), mail: Mail::Batch(batch) });
        }
    }

    fn socket(&mut self, id: ConnectionId) -> Option<&mut Socket> {
        self.sockets.get_mut(&id.slot).filter(|socket| socket.id == id)
    }

    fn take_socket(&mut self, id: ConnectionId) -> Option<Socket> {
        self.socket(id)?;
        self.sockets.remove(&id.slot)
    }
}

/// How long a closed connection may take to read its last bytes.
const CLOSING: Time = Time::seconds(2);
