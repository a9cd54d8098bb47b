//! All network connections of a run, as the workers see them. It does not know when anything is
//! read or written.

use std::net::{Ipv4Addr, SocketAddr};

use sluice_hub::{ConnectionId, Counters};
use sluice_journal::Position;
use sluice_mqtt::Version;

use super::stream::{End, Weather};
use super::tap::{Tapped, TappedPacket};
use super::wire::{Wire, WireId};
use crate::{Random, Time};

/// Something reaches one end of a wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) at: Time,
    pub(super) wire: WireId,
    pub(super) side: Side,
}

/// An end of a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The client's.
    Client,
    /// The worker's.
    Worker,
}

/// See the module.
pub(super) struct Net {
    wires: Vec<Wire>,
    pub(super) weather: Weather,
    /// To be planned by the engine.
    pub(super) arrivals: Vec<Arrival>,
    pub(super) tapped: Vec<Tapped>,
    /// Up to where the log is durable in this turn.
    pub(super) committed: Position,
    /// What no worker may ever show.
    pub(super) violations: Vec<String>,
    times: Vec<Time>,
}

impl Net {
    pub(super) const fn new(weather: Weather) -> Self {
        Self {
            wires: Vec::new(),
            weather,
            arrivals: Vec::new(),
            tapped: Vec::new(),
            committed: Position::START,
            violations: Vec::new(),
            times: Vec::new(),
        }
    }

    pub(super) fn open(&mut self, worker: usize, version: Version) -> WireId {
        self.wires.push(Wire::new(worker, version, self.weather.capacity));
        WireId(u32::try_from(self.wires.len() - 1).unwrap_or(u32::MAX))
    }

    pub(super) fn wire(&mut self, id: WireId) -> Option<&mut Wire> {
        self.wires.get_mut(usize::try_from(id.0).ok()?)
    }

    /// The ends' addresses; the client's port names the wire.
    pub(super) fn addresses(&self, id: WireId) -> (SocketAddr, SocketAddr) {
        let port = u16::try_from(10_000 + id.0 % 50_000).unwrap_or(u16::MAX);
        let peer = SocketAddr::from((Ipv4Addr::new(10, 0, 0, 1), port));
        (peer, SocketAddr::from((Ipv4Addr::new(10, 0, 0, 2), 1883)))
    }

    pub(super) fn attach(&mut self, id: WireId, worker: usize, connection: ConnectionId) {
        if let Some(wire) = self.wire(id) {
            wire.worker = worker;
            wire.connection = Some(connection);
        }
    }

    pub(super) fn detach(&mut self, id: WireId) {
        if let Some(wire) = self.wire(id) {
            wire.connection = None;
        }
    }

    /// What a worker reads: bytes, or the end.
    pub(super) fn read_up(&mut self, id: WireId, max: usize, now: Time) -> (Vec<u8>, Option<End>) {
        let Some(wire) = self.wire(id) else { return (Vec::new(), Some(End::Broken)) };
        (wire.up.read(max, now), wire.up.ended(now))
    }

    /// Whether there is more to read, of bytes or an end.
    pub(super) fn has_arrived(&mut self, id: WireId, now: Time) -> bool {
        self.wire(id).is_some_and(|wire| wire.up.is_readable(now))
    }

    /// How many bytes the worker's socket takes; `None` when it is broken.
    pub(super) fn write_down(
        &mut self,
        id: WireId,
        bytes: &[u8],
        (now, random): (Time, &mut Random),
    ) -> Option<usize> {
        let weather = self.weather;
        let wire = self.wire(id)?;
        if wire.up.is_broken(now) {
            return None;
        }
        let taken = bytes.get(..bytes.len().min(wire.down.room())).unwrap_or_default();
        let mut times = std::mem::take(&mut self.times);
        times.clear();
        if let Some(wire) = self.wire(id) {
            wire.down.send(taken, now, (&weather, random), &mut times);
        }
        let side = Side::Client;
        self.arrivals.extend(times.iter().map(|at| Arrival { at: *at, wire: id, side }));
        self.times = times;
        self.listen(id, taken, now, false);
        Some(taken.len())
    }

    /// These bytes are never written: the connection is gone.
    pub(super) fn overhear(&mut self, id: WireId, bytes: &[u8], now: Time) {
        self.listen(id, bytes, now, true);
    }

    /// The worker has closed its end.
    pub(super) fn close_down(&mut self, id: WireId, (now, random): (Time, &mut Random)) {
        let weather = self.weather;
        self.detach(id);
        if let Some(wire) = self.wire(id) {
            wire.up.lose_all();
            let at = wire.down.end(End::Finished, now, (&weather, random));
            self.arrivals.push(Arrival { at, wire: id, side: Side::Client });
        }
    }

    /// What a client sends.
    pub(super) fn send_up(&mut self, id: WireId, bytes: &[u8], (now, random): (Time, &mut Random)) {
        let weather = self.weather;
        let mut times = std::mem::take(&mut self.times);
        times.clear();
        if let Some(wire) = self.wire(id)
            && !wire.left
        {
            wire.up.send(bytes, now, (&weather, random), &mut times);
        }
        let side = Side::Worker;
        self.arrivals.extend(times.iter().map(|at| Arrival { at: *at, wire: id, side }));
        self.times = times;
    }

    /// The client lets go of the wire.
    pub(super) fn leave(&mut self, id: WireId, end: End, (now, random): (Time, &mut Random)) {
        let weather = self.weather;
        let Some(wire) = self.wire(id) else { return };
        if std::mem::replace(&mut wire.left, true) {
            return;
        }
        let at = wire.up.end(end, now, (&weather, random));
        self.arrivals.push(Arrival { at, wire: id, side: Side::Worker });
    }

    /// The client disappears: nothing more comes from it, nobody is told.
    pub(super) fn vanish(&mut self, id: WireId) {
        if let Some(wire) = self.wire(id) {
            wire.left = true;
            wire.up.lose_all();
        }
    }

    /// Every offer must be accounted for at every moment.
    pub(super) fn check_balance(&mut self, worker: usize, now: Time, counters: &Counters) {
        if !counters.balance() {
            self.violations
                .push(format!("{now} worker {worker}: counters do not balance: {counters:?}"));
        }
        if counters.panics > 0 {
            self.violations.push(format!("{now} worker {worker}: {} panics", counters.panics));
        }
    }

    fn listen(&mut self, id: WireId, bytes: &[u8], now: Time, is_unwritten: bool) {
        let committed = self.committed;
        let mut found: Vec<TappedPacket> = Vec::new();
        if let Some(wire) = self.wire(id) {
            wire.tap.hear(bytes, |packet| found.push(packet));
        }
        self.tapped.extend(found.into_iter().map(|packet| Tapped {
            at: now,
            wire: id,
            committed,
            is_unwritten,
            packet,
        }));
    }
}
