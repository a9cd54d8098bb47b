//! One direction of a network connection: bytes arrive late, in pieces, in order; what is sent and
//! not read is bounded. It does not know what the bytes mean.

use std::collections::VecDeque;

use crate::{Random, Time};

/// How a direction ended, as its reader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The sender closed it; everything sent before arrives first.
    Finished,
    /// It broke; what was not read is lost.
    Broken,
}

/// Bytes on their way.
#[derive(Debug)]
pub(super) struct Stream {
    /// Arrival times ascend.
    flying: VecDeque<(Time, Vec<u8>)>,
    arrived: VecDeque<u8>,
    flying_bytes: usize,
    last_arrival: Time,
    end: Option<(Time, End)>,
    capacity: usize,
}

/// How fast and in which pieces bytes travel.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Microseconds, at least and at most.
    pub latency: (u64, u64),
    /// Bytes of the smallest and largest piece.
    pub piece: (u64, u64),
    /// Bytes that are sent and not read.
    pub capacity: usize,
}

impl Stream {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            flying: VecDeque::new(),
            arrived: VecDeque::new(),
            flying_bytes: 0,
            last_arrival: Time::default(),
            end: None,
            capacity,
        }
    }

    /// How many bytes the sender may send.
    pub(super) fn room(&self) -> usize {
        self.capacity.saturating_sub(self.flying_bytes + self.arrived.len())
    }

    /// Sends bytes in pieces; each comes to `arrivals`.
    pub(super) fn send(
        &mut self,
        bytes: &[u8],
        now: Time,
        (weather, random): (&Weather, &mut Random),
        arrivals: &mut Vec<Time>,
    ) {
        if self.end.is_some() {
            return;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let size = random.between(weather.piece.0.max(1), weather.piece.1);
            let size = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
            let (piece, later) = rest.split_at(size);
            let latency = Time(random.between(weather.latency.0, weather.latency.1));
            self.last_arrival = self.last_arrival.max(now + latency);
            self.flying_bytes += piece.len();
            self.flying.push_back((self.last_arrival, piece.to_vec()));
            arrivals.push(self.last_arrival);
            rest = later;
        }
    }

    /// Ends it after everything sent, or breaks it after a part.
    pub(super) fn end(
        &mut self,
        end: End,
        now: Time,
        (weather, random): (&Weather, &mut Random),
    ) -> Time {
        if end == End::Broken {
            self.lose_some(random);
        }
        let latency = Time(random.between(weather.latency.0, weather.latency.1));
        let at = self.last_arrival.max(now + latency);
        self.end.get_or_insert((at, end)).0
    }

    /// Nothing that is on its way arrives, nor does an end.
    pub(super) fn lose_all(&mut self) {
        self.flying.clear();
        self.flying_bytes = 0;
    }

    /// A random part of what is on its way arrives, cut anywhere.
    fn lose_some(&mut self, random: &mut Random) {
        let mut kept = random.index(self.flying_bytes + 1);
        self.flying_bytes = kept;
        for (_, piece) in &mut self.flying {
            piece.truncate(kept);
            kept -= piece.len();
        }
        self.flying.retain(|(_, piece)| !piece.is_empty());
        self.last_arrival = self.flying.back().map_or_else(Time::default, |(at, _)| *at);
    }

    /// Takes what has arrived, up to `max` bytes.
    pub(super) fn read(&mut self, max: usize, now: Time) -> Vec<u8> {
        self.arrive(now);
        let count = self.arrived.len().min(max);
        self.arrived.drain(..count).collect()
    }

    /// Whether the reader would find bytes or an end.
    pub(super) fn is_readable(&self, now: Time) -> bool {
        !self.arrived.is_empty()
            || self.flying.front().is_some_and(|(at, _)| *at <= now)
            || self.end.is_some_and(|(at, _)| at <= now)
    }

    /// How it ended, once everything is read.
    pub(super) fn ended(&mut self, now: Time) -> Option<End> {
        let (at, end) = self.end?;
        (at <= now && self.arrived.is_empty() && self.flying.is_empty()).then_some(end)
    }

    /// Whether the sender would find it broken.
    pub(super) fn is_broken(&self, now: Time) -> bool {
        self.end.is_some_and(|(at, end)| at <= now && end == End::Broken)
    }

    fn arrive(&mut self, now: Time) {
        while let Some((at, _)) = self.flying.front()
            && *at <= now
            && let Some((_, piece)) = self.flying.pop_front()
        {
            self.flying_bytes -= piece.len();
            self.arrived.extend(piece);
        }
        if self.is_broken(now) {
            self.arrived.clear();
        }
    }
}
