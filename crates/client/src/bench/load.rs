//! Runs a load: turns of reading, publishing and writing until the time is over. It does not know
//! what is made of the figures.

use std::time::{Duration, Instant};

use super::BenchError;
use super::fleet::Fleet;
use super::pace::Pace;
use super::traffic::Traffic;
use crate::clock::now;

/// A load that runs.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) traffic: Traffic,
    fleet: Fleet,
    /// Times in payloads count from here.
    epoch: Instant,
    /// Open loop; `None`: as fast as the windows open.
    pace: Option<Pace>,
    publishers: usize,
    next_look_at_stalls: Instant,
}

/// Whether new messages are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Publish,
    /// Only what is on its way is waited for.
    Drain,
}

impl Load {
    pub(crate) fn new(
        traffic: Traffic,
        fleet: Fleet,
        publishers: usize,
        rate: Option<u32>,
    ) -> Result<Self, BenchError> {
        let epoch = now();
        let pace = match rate {
            Some(rate) => Some(Pace::new(rate, epoch, fleet.registry())?),
            None => None,
        };
        let next_look_at_stalls = epoch + STALL_TIME;
        Ok(Self { traffic, fleet, epoch, pace, publishers, next_look_at_stalls })
    }

    /// Runs until `end`; a drain ends as soon as nothing is on its way.
    pub(crate) fn run(&mut self, end: Instant, phase: Phase) -> Result<(), BenchError> {
        let mut time = now();
        while time < end {
            if phase == Phase::Publish {
                self.publish(time)?;
            } else if self.traffic.is_drained() {
                return Ok(());
            }
            self.fleet.flush()?;
            let deadline = end.min(time + TURN_TIME_MAX);
            let (traffic, epoch) = (&mut self.traffic, self.epoch);
            self.fleet.turn(deadline, &mut |connection, inbound, read_at, out| {
                let nanos = nanos(read_at - epoch);
                traffic
                    .receive(connection, inbound, nanos, out)
                    .map_err(|disconnected| BenchError::Disconnected(disconnected.reason))
            })?;
            time = now();
            if time >= self.next_look_at_stalls {
                self.next_look_at_stalls = time + STALL_TIME;
                self.traffic.write_off_stalled();
            }
        }
        self.fleet.flush()
    }

    fn publish(&mut self, time: Instant) -> Result<(), BenchError> {
        match &mut self.pace {
            Some(_) => self.publish_due(time),
            None => {
                self.publish_all(time);
                Ok(())
            }
        }
    }

    /// Fills every open window.
    fn publish_all(&mut self, time: Instant) {
        let nanos = nanos(time - self.epoch);
        let ready = self.traffic.take_ready();
        for index in &ready {
            if self.fleet.waiting(*index) > WAITING_MAX {
                self.traffic.make_ready(*index);
                continue;
            }
            let Some(out) = self.fleet.out(*index) else { continue };
            while self.traffic.publish(*index, nanos, out) {}
            self.fleet.touch(*index);
        }
        self.traffic.put_back(ready);
    }

    /// Publishes what is due, in turns of the publishers. What a full window holds back is late,
    /// and measured so.
    fn publish_due(&mut self, time: Instant) -> Result<(), BenchError> {
        let Some(pace) = &mut self.pace else { return Ok(()) };
        pace.acknowledge_wake_up()?;
        while let Some(due) = pace.due(time) {
            let index = usize::try_from(pace.published()).unwrap_or(0) % self.publishers.max(1);
            let Some(out) = self.fleet.out(index) else { break };
            if !self.traffic.publish(index, nanos(due - self.epoch), out) {
                break;
            }
            self.fleet.touch(index);
            pace.advance();
        }
        Ok(())
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A turn that finds nothing to do ends after this.
const TURN_TIME_MAX: Duration = Duration::from_millis(100);
/// A window that has not moved for so long is written off.
const STALL_TIME: Duration = Duration::from_secs(3);
/// A socket with more than this to write gets no new messages.
const WAITING_MAX: usize = 1 << 20;
