//! All connections of a load and the poll that tells which are ready: opens them in batches, reads
//! and writes them in turns. It does not know what is published.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Registry, Token};
use sluice_mqtt::{
    Frame, Packet, PacketId, Properties, QoS, ReasonCode, SubscribeEntry, SubscriptionOptions,
    Version, encode_subscribe,
};

use super::BenchError;
use super::socket::{ReadOutcome, Socket};
use super::wire::{self, Inbound};
use crate::clock::now;
use crate::options::ConnectOptions;

/// The connections, numbered from 0.
#[derive(Debug)]
pub(crate) struct Fleet {
    poll: Poll,
    events: Events,
    sockets: Vec<Socket>,
    /// Shared by all reads.
    buffer: Vec<u8>,
    /// Sockets with something to write, each once.
    dirty: Vec<usize>,
    is_dirty: Vec<bool>,
    version: Version,
}

/// What a connection says first.
#[derive(Debug)]
pub(crate) struct Greeting {
    pub(crate) connect: ConnectOptions,
    /// With the QoS asked for.
    pub(crate) filter: Option<(String, QoS)>,
}

/// How the connections came to be.
#[derive(Debug)]
pub(crate) struct Opened {
    /// From the first SYN to the last CONNACK or SUBACK.
    pub(crate) elapsed: Duration,
    /// The broker's Receive Maximum towards each connection.
    pub(crate) receive_maximum: Vec<u16>,
}

impl Fleet {
    /// Opens `count` connections, `batch` at a time, and waits until each is acknowledged.
    pub(crate) fn open(
        address: SocketAddr,
        greetings: &[Greeting],
        batch: usize,
    ) -> Result<(Self, Opened), BenchError> {
        let version = greetings.first().map_or(Version::V3_1_1, |first| first.connect.version);
        let mut fleet = Self {
            poll: Poll::new().map_err(BenchError::Poll)?,
            events: Events::with_capacity(1024),
            sockets: Vec::with_capacity(greetings.len()),
            buffer: Vec::new(),
            dirty: Vec::new(),
            is_dirty: vec![false; greetings.len()],
            version,
        };
        let begun = now();
        let mut opening = Opening {
            phases: vec![Phase::Connecting; greetings.len()],
            receive_maximum: vec![u16::MAX; greetings.len()],
            greetings,
            done: 0,
        };
        while opening.done < greetings.len() {
            while fleet.sockets.len() < greetings.len()
                && fleet.sockets.len() - opening.done < batch
            {
                fleet.begin(address)?;
            }
            fleet.await_greetings(&mut opening)?;
        }
        let opened = Opened { elapsed: now() - begun, receive_maximum: opening.receive_maximum };
        Ok((fleet, opened))
    }

    /// For sources of wake-ups that are no connections. Their tokens are above every connection
    /// number.
    pub(crate) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// What waits to be written on a connection; call [`Fleet::touch`] after appending.
    pub(crate) fn out(&mut self, index: usize) -> Option<&mut Vec<u8>> {
        self.sockets.get_mut(index).map(Socket::out)
    }

    /// How many bytes wait to be written.
    pub(crate) fn waiting(&self, index: usize) -> usize {
        self.sockets.get(index).map_or(0, Socket::waiting)
    }

    /// Has the connection written in the next [`Fleet::flush`].
    pub(crate) fn touch(&mut self, index: usize) {
        if let Some(is_dirty) = self.is_dirty.get_mut(index)
            && !*is_dirty
        {
            *is_dirty = true;
            self.dirty.push(index);
        }
    }

    /// Waits for readiness, at most until `deadline`, and hands every packet that came to `visit`
    /// with its connection, the time it was read and the place for answers. Returns the connections
    /// that became writable.
    pub(crate) fn turn(
        &mut self,
        deadline: Instant,
        visit: &mut impl FnMut(usize, Inbound<'_>, Instant, &mut Vec<u8>) -> Result<(), BenchError>,
    ) -> Result<(), BenchError> {
        let timeout = deadline.saturating_duration_since(now());
        self.wait(timeout)?;
        let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        let mut outcome = Ok(());
        for event in &events {
            let Token(index) = event.token();
            if event.is_writable() && self.waiting(index) > 0 {
                self.touch(index);
            }
            if event.is_readable() || event.is_read_closed() {
                outcome = self.read(index, visit);
                if outcome.is_err() {
                    break;
                }
            }
        }
        self.events = events;
        outcome
    }

    /// Writes once to every connection that has something to write.
    pub(crate) fn flush(&mut self) -> Result<(), BenchError> {
        for index in self.dirty.drain(..) {
            if let Some(is_dirty) = self.is_dirty.get_mut(index) {
                *is_dirty = false;
            }
            if let Some(socket) = self.sockets.get_mut(index) {
                socket.flush().map_err(BenchError::Connection)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, address: SocketAddr) -> Result<(), BenchError> {
        let token = Token(self.sockets.len());
        let opened = self.sockets.len();
        let socket = Socket::connect(address, token, self.poll.registry());
        self.sockets.push(socket.map_err(|cause| BenchError::Connect { opened, cause })?);
        Ok(())
    }

    fn wait(&mut self, timeout: Duration) -> Result<(), BenchError> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Ok(()) => Ok(()),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {
                self.events.clear();
                Ok(())
            }
            Err(cause) => Err(BenchError::Poll(cause)),
        }
    }

    /// Reads until the socket is empty. Answers wait for [`Fleet::flush`].
    fn read(
        &mut self,
        index: usize,
        visit: &mut impl FnMut(usize, Inbound<'_>, Instant, &mut Vec<u8>) -> Result<(), BenchError>,
    ) -> Result<(), BenchError> {
        // No connection: another source of wake-ups.
        let Some(socket) = self.sockets.get_mut(index) else { return Ok(()) };
        let mut more = true;
        while more {
            let len = match socket.read(&mut self.buffer).map_err(BenchError::Connection)? {
                ReadOutcome::Filled { len, more: again } => {
                    more = again;
                    len
                }
                ReadOutcome::Empty => break,
                ReadOutcome::Closed => return Err(BenchError::Closed),
            };
            let read_at = now();
            let mut rest = self.buffer.get(..len).unwrap_or_default();
            while let Some((inbound, size)) =
                wire::cut(rest, self.version).map_err(|_| BenchError::Malformed)?
            {
                rest = rest.get(size..).unwrap_or_default();
                visit(index, inbound, read_at, socket.out())?;
            }
            socket.keep(rest);
        }
        if socket.waiting() > 0 {
            self.touch(index);
        }
        Ok(())
    }

    fn await_greetings(&mut self, opening: &mut Opening<'_>) -> Result<(), BenchError> {
        self.wait(GREETING_TIME_MAX)?;
        if self.events.is_empty() {
            return Err(BenchError::Silent { opened: opening.done });
        }
        let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        for event in &events {
            let Token(index) = event.token();
            if let Some(socket) = self.sockets.get_mut(index) {
                opening.advance(index, socket, &mut self.buffer)?;
            }
        }
        self.events = events;
        Ok(())
    }
}

/// Where a connection stands before it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Connecting,
    AwaitConnAck,
    AwaitSubAck,
    Open,
}

struct Opening<'g> {
    greetings: &'g [Greeting],
    phases: Vec<Phase>,
    receive_maximum: Vec<u16>,
    done: usize,
}

impl Opening<'_> {
    /// Goes as far as it can with a socket that is ready.
    fn advance(
        &mut self,
        index: usize,
        socket: &mut Socket,
        buffer: &mut Vec<u8>,
    ) -> Result<(), BenchError> {
        let (Some(greeting), Some(phase)) = (self.greetings.get(index), self.phases.get_mut(index))
        else {
            return Ok(());
        };
        let opened = self.done;
        if *phase == Phase::Connecting {
            let stands = socket.finish_connect();
            if !stands.map_err(|cause| BenchError::Connect { opened, cause })? {
                return Ok(());
            }
            greeting.connect.encode(socket.out());
            *phase = Phase::AwaitConnAck;
        }
        let len = match socket.read(buffer).map_err(BenchError::Connection)? {
            ReadOutcome::Filled { len, .. } => len,
            ReadOutcome::Empty => 0,
            ReadOutcome::Closed => return Err(BenchError::Closed),
        };
        let version = greeting.connect.version;
        let mut rest = buffer.get(..len).unwrap_or_default();
        while let Some(frame) = Frame::cut(rest, u32::MAX).map_err(|_| BenchError::Malformed)? {
            rest = rest.get(frame.size..).unwrap_or_default();
            let packet = Packet::decode(&frame, version).map_err(|_| BenchError::Malformed)?;
            *phase = answer(&packet, *phase)?;
            if let Packet::ConnAck(connack) = packet
                && let Some(limit) = self.receive_maximum.get_mut(index)
            {
                *limit = connack.properties.receive_maximum().unwrap_or(u16::MAX);
            }
            match (&greeting.filter, *phase) {
                (Some((filter, qos)), Phase::AwaitSubAck) => {
                    subscribe(filter, *qos, version, socket.out());
                }
                (None, Phase::AwaitSubAck) => *phase = Phase::Open,
                _ => {}
            }
            if *phase == Phase::Open {
                self.done += 1;
            }
        }
        // Retained messages that follow a SUBACK are the load's to look at.
        socket.keep(rest);
        socket.flush().map_err(BenchError::Connection)?;
        if *phase == Phase::Open {
            socket.release_buffers();
        }
        Ok(())
    }
}

/// The phase after a packet.
fn answer(packet: &Packet<'_>, phase: Phase) -> Result<Phase, BenchError> {
    match (packet, phase) {
        (Packet::ConnAck(connack), Phase::AwaitConnAck) => {
            let refused = connack.reason != ReasonCode::Success;
            if refused { Err(BenchError::Refused(connack.reason)) } else { Ok(Phase::AwaitSubAck) }
        }
        (Packet::SubAck(suback), Phase::AwaitSubAck) => {
            match suback.reasons.iter().find(|reason| reason.is_failure()) {
                Some(reason) => Err(BenchError::Refused(reason)),
                None => Ok(Phase::Open),
            }
        }
        (Packet::Disconnect(disconnect), _) => Err(BenchError::Refused(disconnect.reason)),
        _ => Err(BenchError::Malformed),
    }
}

fn subscribe(filter: &str, qos: QoS, version: Version, out: &mut Vec<u8>) {
    let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
    if let Some(packet_id) = PacketId::new(1) {
        let entries = [SubscribeEntry { filter, options }];
        encode_subscribe(packet_id, Properties::EMPTY, &entries, version, out);
    }
}

/// Without any progress for so long, the connections are given up.
const GREETING_TIME_MAX: Duration = Duration::from_secs(10);
