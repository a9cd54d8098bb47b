//! The figures of a load and how they are printed. It does not know how they came about.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use super::traffic::{Counts, Integrity};

/// What a load measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Publishing connections.
    pub publishers: usize,
    /// Subscribing connections.
    pub subscribers: usize,
    /// QoS of both.
    pub qos: u8,
    /// Bytes of a payload.
    pub payload_bytes: usize,
    /// Connections opened a second, CONNECT to CONNACK and SUBSCRIBE to SUBACK included.
    pub connects_per_second: f64,
    /// Length of the measured window.
    pub seconds: f64,
    /// Messages published in the window.
    pub published: u64,
    /// Messages received by subscribers in the window; acknowledgements when there are no
    /// subscribers.
    pub deliveries: u64,
    /// Deliveries by the length of the window.
    pub deliveries_per_second: f64,
    /// CPU time of the generator in the window.
    pub generator_cpu_seconds: f64,
    /// CPU time of the watched broker in the window.
    pub broker_cpu_seconds: Option<f64>,
    /// Deliveries by that.
    pub deliveries_per_broker_cpu_second: Option<f64>,
    /// From publishing (or being due) to being read by the subscriber; absent where payloads carry
    /// no time.
    pub latency: Option<Latency>,
    /// Whether the messages of the whole run arrived as the protocol promises.
    pub integrity: IntegrityReport,
}

/// Times in microseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Latency {
    /// Half of the deliveries were faster.
    pub p50_us: f64,
    /// 99 % were faster.
    pub p99_us: f64,
    /// 99.9 % were faster.
    pub p999_us: f64,
    /// The slowest.
    pub max_us: f64,
}

/// Counts over the whole run, warm-up and drain included.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct IntegrityReport {
    /// Published and never received.
    pub lost: u64,
    /// Received once more.
    pub duplicated: u64,
    /// Received after a later message of the same publisher.
    pub reordered: u64,
    /// Received, but not sent by this load.
    pub foreign: u64,
    /// Refused by the broker.
    pub refused: u64,
    /// Windows that stood still for three seconds.
    pub stalls: u64,
    /// Whether QoS and order were kept and nothing was lost.
    pub holds: bool,
}

/// Counts and clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) counts: Counts,
    pub(crate) generator_cpu: Duration,
    pub(crate) broker_cpu: Option<Duration>,
}

impl Report {
    /// Whether anything was measured, and everything arrived as it must.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.deliveries > 0 && self.integrity.holds
    }

    /// Fills in what lies between two readings.
    pub(crate) fn measure(&mut self, begin: &Reading, end: &Reading, elapsed: Duration) {
        let counts = |read: fn(&Counts) -> u64| read(&end.counts) - read(&begin.counts);
        self.seconds = elapsed.as_secs_f64();
        self.published = counts(|counts| counts.published);
        self.deliveries = match self.subscribers {
            0 => counts(|counts| counts.acknowledged),
            _ => counts(|counts| counts.deliveries),
        };
        self.deliveries_per_second = ratio(self.deliveries, self.seconds);
        self.generator_cpu_seconds = (end.generator_cpu - begin.generator_cpu).as_secs_f64();
        let broker_cpu = end.broker_cpu.zip(begin.broker_cpu).map(|(end, begin)| end - begin);
        self.broker_cpu_seconds = broker_cpu.map(|cpu| cpu.as_secs_f64());
        self.deliveries_per_broker_cpu_second = self
            .broker_cpu_seconds
            .filter(|seconds| *seconds > 0.0)
            .map(|seconds| ratio(self.deliveries, seconds));
    }
}

impl Latency {
    pub(crate) fn of(histogram: &Histogram) -> Option<Self> {
        let quantile = |per_mille| micros(histogram.quantile(per_mille));
        (histogram.count() > 0).then(|| Self {
            p50_us: quantile(500),
            p99_us: quantile(990),
            p999_us: quantile(999),
            max_us: micros(histogram.max()),
        })
    }
}

impl IntegrityReport {
    pub(crate) fn new(integrity: Integrity, counts: &Counts, holds: bool) -> Self {
        Self {
            lost: integrity.lost,
            duplicated: integrity.duplicated,
            reordered: integrity.reordered,
            refused: integrity.refused,
            foreign: counts.foreign,
            stalls: counts.stalls,
            holds,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { publishers, subscribers, qos, payload_bytes, .. } = self;
        let connects = self.connects_per_second;
        write!(f, "load          {publishers} publishers, {subscribers} subscribers, ")?;
        writeln!(f, "QoS {qos}, {payload_bytes} bytes")?;
        writeln!(f, "connects      {connects:.0}/s")?;
        writeln!(f, "published     {} in {:.2} s", self.published, self.seconds)?;
        writeln!(f, "deliveries    {} ({:.0}/s)", self.deliveries, self.deliveries_per_second)?;
        writeln!(f, "generator     {:.2} CPU s", self.generator_cpu_seconds)?;
        if let Some(cpu) = self.broker_cpu_seconds {
            let each = self.deliveries_per_broker_cpu_second.unwrap_or(0.0);
            writeln!(f, "broker        {cpu:.2} CPU s, {each:.0} deliveries per CPU s")?;
        }
        if let Some(Latency { p50_us, p99_us, p999_us, max_us }) = self.latency {
            write!(f, "latency       p50 {p50_us:.0} µs, p99 {p99_us:.0} µs, ")?;
            writeln!(f, "p99.9 {p999_us:.0} µs, max {max_us:.0} µs")?;
        }
        let IntegrityReport { lost, duplicated, reordered, foreign, refused, stalls, .. } =
            self.integrity;
        write!(f, "integrity     lost {lost}, duplicated {duplicated}, reordered {reordered}, ")?;
        writeln!(f, "foreign {foreign}, refused {refused}, stalls {stalls}")
    }
}

/// What idle connections cost.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdleReport {
    /// Connections that were open.
    pub connections: usize,
    /// Opened a second.
    pub connects_per_second: f64,
    /// Anonymous resident memory of the watched broker, more than before, for each.
    pub broker_bytes_per_connection: Option<f64>,
}

impl fmt::Display for IdleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ready         {} connections, {:.0}/s",
            self.connections, self.connects_per_second
        )?;
        match self.broker_bytes_per_connection {
            Some(bytes) => writeln!(f, ", {bytes:.0} bytes of broker memory each"),
            None => writeln!(f),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people: 53 bits are plenty")]
pub(crate) fn ratio(count: u64, by: f64) -> f64 {
    if by > 0.0 { count as f64 / by } else { 0.0 }
}

fn micros(nanos: u64) -> f64 {
    ratio(nanos, 1000.0)
}
