//! `sluice bench`: a load generator that costs little itself. It does not know the broker but by
//! what it sends and, if told its process, what the kernel counts for it.

mod args;
mod fleet;
mod histogram;
mod load;
mod pace;
mod payload;
mod plan;
mod process;
mod publisher;
mod report;
mod sequence;
mod socket;
mod traffic;
mod window;
mod wire;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use sluice_mqtt::ReasonCode;

pub use args::BenchArgs;
pub use report::{IdleReport, IntegrityReport, Latency, Report};

use crate::clock::now;
use crate::options::ConnectOptions;
use fleet::{Fleet, Greeting, Opened};
use load::{Load, Phase};
use payload::PayloadFileError;
use plan::{Member, Plan};
use process::Process;
use report::{Reading, ratio};
use traffic::Traffic;

/// Why a load could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The flags contradict each other.
    #[error("{0}")]
    Usage(String),
    /// `--payload-file` names no readable file.
    #[error("cannot read {}", path.display())]
    PayloadFile {
        /// As given.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The host has no address.
    #[error("cannot find {address}")]
    Address {
        /// Host and port.
        address: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A connection could not be made.
    #[error("cannot connect after {opened} connections")]
    Connect {
        /// How many stood.
        opened: usize,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// CONNECT or SUBSCRIBE was not answered in time.
    #[error("the broker does not answer after {opened} connections")]
    Silent {
        /// How many stood.
        opened: usize,
    },
    /// CONNECT or SUBSCRIBE was refused.
    #[error("refused: {0}")]
    Refused(ReasonCode),
    /// The broker sent DISCONNECT.
    #[error("disconnected by the broker with reason 0x{0:02X}")]
    Disconnected(u8),
    /// The broker closed a connection.
    #[error("the broker closed a connection")]
    Closed,
    /// The broker sent what is no packet, or not the one it owed.
    #[error("the broker sent a packet that does not belong here")]
    Malformed,
    /// A connection failed.
    #[error("a connection failed")]
    Connection(#[source] io::Error),
    /// Waiting for readiness failed.
    #[error("cannot wait for connections")]
    Poll(#[source] io::Error),
    /// `--broker-pid` names no process.
    #[error("cannot watch process {pid}")]
    Process {
        /// As given.
        pid: u32,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The figures could not be printed.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
}

impl BenchError {
    fn usage(text: &str) -> Self {
        Self::Usage(text.to_owned())
    }

    /// 2 when the command line is wrong, 1 otherwise.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Usage(_)) { 2 } else { 1 })
    }
}

impl From<PayloadFileError> for BenchError {
    fn from(error: PayloadFileError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// What [`run_bench`] found.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Messages flowed.
    Load(Report),
    /// Connections idled.
    Idle(IdleReport),
}

impl Outcome {
    /// Whether something was measured, and every message arrived as it must.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Load(report) => report.is_sound(),
            Self::Idle(_) => true,
        }
    }
}

/// Runs a load, prints its figures and returns them.
///
/// # Errors
/// When the connections could not be opened, or one of them broke.
pub fn run_bench(args: &BenchArgs, stdout: &mut impl Write) -> Result<Outcome, BenchError> {
    // Connections that are still too many fail with the system's own words.
    process::raise_open_files();
    match args.idle {
        Some(count) => run_idle(args, count, stdout).map(Outcome::Idle),
        None => run_load(args, stdout).map(Outcome::Load),
    }
}

fn run_load(args: &BenchArgs, stdout: &mut impl Write) -> Result<Report, BenchError> {
    let plan = args.plan()?;
    let greetings = (0..plan.connections()).map(|index| greet(args, &plan, index));
    let greetings: Vec<_> = greetings.collect();
    let (fleet, opened) = open(args, &greetings)?;
    let mut report = blank_report(&plan, &opened);
    let mut traffic = Traffic::new(plan.clone());
    for (publisher, receive_maximum) in opened.receive_maximum.iter().enumerate() {
        traffic.limit_unacknowledged(publisher, *receive_maximum);
    }
    let mut load = Load::new(traffic, fleet, plan.publishers, args.rate)?;
    load.run(now() + args.warmup, Phase::Publish)?;
    load.traffic.latency.clear();
    let (begun, begin) = (now(), read(args, &load)?);
    load.run(begun + args.duration, Phase::Publish)?;
    let (ended, end) = (now(), read(args, &load)?);
    report.measure(&begin, &end, ended - begun);
    report.latency = Latency::of(&load.traffic.latency);
    load.run(ended + DRAIN_TIME_MAX, Phase::Drain)?;
    let integrity = load.traffic.integrity();
    let holds = integrity.holds(plan.qos) && load.traffic.counts.stalls == 0;
    report.integrity = IntegrityReport::new(integrity, &load.traffic.counts, holds);
    print(args, &report, stdout)?;
    Ok(report)
}

fn run_idle(
    args: &BenchArgs,
    count: u32,
    stdout: &mut impl Write,
) -> Result<IdleReport, BenchError> {
    let before = broker_bytes(args)?;
    let greetings = (0..count).map(|index| Greeting {
        connect: options(args, &format!("idle-{}-{index}", std::process::id())),
        filter: None,
    });
    let greetings: Vec<_> = greetings.collect();
    let (fleet, opened) = open(args, &greetings)?;
    // What the broker needs only while connecting is given back by then.
    thread::sleep(SETTLE_TIME);
    let after = broker_bytes(args)?;
    let each = after
        .zip(before)
        .map(|(after, before)| ratio(after.saturating_sub(before), f64::from(count)));
    let report = IdleReport {
        connections: greetings.len(),
        connects_per_second: connects_per_second(&opened),
        broker_bytes_per_connection: each,
    };
    print(args, &report, stdout)?;
    thread::sleep(args.hold);
    drop(fleet);
    Ok(report)
}

fn open(args: &BenchArgs, greetings: &[Greeting]) -> Result<(Fleet, Opened), BenchError> {
    let batch = usize::try_from(args.connect_batch).unwrap_or(usize::MAX);
    Fleet::open(args.address()?, greetings, batch)
}

fn greet(args: &BenchArgs, plan: &Plan, index: usize) -> Greeting {
    let (name, filter) = match plan.member(index) {
        Member::Publisher(publisher) => (format!("p{publisher}"), None),
        Member::Subscriber(subscriber) => {
            (format!("s{subscriber}"), Some((plan.filter(subscriber), plan.qos)))
        }
    };
    let client_id = format!("bench-{}-{name}", std::process::id());
    Greeting { connect: options(args, &client_id), filter }
}

fn options(args: &BenchArgs, client_id: &str) -> ConnectOptions {
    ConnectOptions {
        username: args.username.clone(),
        password: args.password.clone().map(String::into_bytes),
        ..ConnectOptions::new(args.protocol_version, client_id)
    }
}

fn blank_report(plan: &Plan, opened: &Opened) -> Report {
    Report {
        publishers: plan.publishers,
        subscribers: plan.subscribers,
        qos: plan.qos.as_u8(),
        payload_bytes: plan.payload.len(),
        connects_per_second: connects_per_second(opened),
        seconds: 0.0,
        published: 0,
        deliveries: 0,
        deliveries_per_second: 0.0,
        generator_cpu_seconds: 0.0,
        broker_cpu_seconds: None,
        deliveries_per_broker_cpu_second: None,
        latency: None,
        integrity: IntegrityReport::new(
            traffic::Integrity::default(),
            &traffic::Counts::default(),
            false,
        ),
    }
}

fn connects_per_second(opened: &Opened) -> f64 {
    let count = u64::try_from(opened.receive_maximum.len()).unwrap_or(u64::MAX);
    ratio(count, opened.elapsed.as_secs_f64())
}

fn read(args: &BenchArgs, load: &Load) -> Result<Reading, BenchError> {
    let broker_cpu = match args.broker_pid {
        Some(pid) => Some(Process(pid).cpu().map_err(|cause| BenchError::Process { pid, cause })?),
        None => None,
    };
    Ok(Reading { counts: load.traffic.counts, generator_cpu: process::own_cpu(), broker_cpu })
}

fn broker_bytes(args: &BenchArgs) -> Result<Option<u64>, BenchError> {
    let Some(pid) = args.broker_pid else { return Ok(None) };
    let bytes = Process(pid).anonymous_bytes();
    bytes.map(Some).map_err(|cause| BenchError::Process { pid, cause })
}

fn print(
    args: &BenchArgs,
    report: &(impl serde::Serialize + std::fmt::Display),
    stdout: &mut impl Write,
) -> Result<(), BenchError> {
    let text = if args.json {
        let json =
            serde_json::to_string(report).map_err(|cause| BenchError::Output(cause.into()))?;
        format!("{json}\n")
    } else {
        report.to_string()
    };
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(BenchError::Output)
}

/// For the messages on their way when the measuring ends.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(5);
/// Between the last connection and the look at the broker's memory.
const SETTLE_TIME: Duration = Duration::from_secs(1);
