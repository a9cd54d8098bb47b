//! The flags of `sluice bench`, and the load they describe. It does not know how a load is run.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedI64ValueParser;
use clap::{ArgAction, Args};
use sluice_mqtt::{QoS, Version};

use super::BenchError;
use super::payload::{BINARY_BYTES_MIN, Payload};
use super::plan::{Plan, Shape};
use crate::args::{parse_duration, parse_qos, parse_version};

/// Loads a server with publishers and subscribers, or with idle connections, and measures what it
/// did.
///
/// Every message carries a number; losses, copies and changes of order are counted. The generator
/// is one thread. To open more connections than the shell allows, raise the hard limit of open
/// files first (`ulimit -Hn`).
#[derive(Args, Clone, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub struct BenchArgs {
    /// Print this help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Host to connect to
    #[arg(short = 'h', long, default_value = "127.0.0.1")]
    host: String,
    /// Port to connect to
    #[arg(short, long, default_value_t = 1883)]
    port: u16,
    /// User name
    #[arg(short, long)]
    pub(super) username: Option<String>,
    /// Password
    #[arg(short = 'P', long = "pw", value_name = "PASSWORD", requires = "username")]
    pub(super) password: Option<String>,
    /// Protocol version: 5, 311 or 31
    #[arg(short = 'V', long, value_name = "VERSION", default_value = "311",
          value_parser = parse_version)]
    pub(super) protocol_version: Version,
    /// So many publishers, each with a topic and a subscriber of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = count_from(1),
          conflicts_with_all = ["publishers", "subscribers", "idle"])]
    pairs: u32,
    /// So many publishers, each with a topic of its own that every subscriber hears
    #[arg(long, value_name = "N", value_parser = count_from(1),
          conflicts_with = "idle")]
    publishers: Option<u32>,
    /// So many subscribers; 0 counts acknowledgements instead of deliveries
    #[arg(long, value_name = "N", value_parser = count_from(0),
          conflicts_with = "idle")]
    subscribers: Option<u32>,
    /// Only open so many connections, print when they are open, and hold them
    #[arg(long, value_name = "N", value_parser = count_from(1))]
    pub(super) idle: Option<u32>,
    /// How long idle connections are held
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub(super) hold: Duration,
    /// QoS of publishing and subscribing: 0, 1 or 2
    #[arg(short, long, default_value = "0", value_parser = parse_qos)]
    qos: QoS,
    /// Messages of one publisher that are on their way; one counts until every subscriber has it
    #[arg(short, long, value_name = "N", default_value_t = 64,
          value_parser = clap::value_parser!(u32).range(1..=32_768))]
    window: u32,
    /// Bytes of a payload
    #[arg(long, value_name = "BYTES", default_value_t = 64, conflicts_with = "payload_file",
          value_parser = clap::value_parser!(u32).range(BINARY_BYTES_MIN as i64..=16_777_216))]
    payload_size: u32,
    /// Payload is this file with `${seq}` (needed) and `${time}` replaced by numbers padded with
    /// blanks
    #[arg(long, value_name = "PATH")]
    payload_file: Option<PathBuf>,
    /// Messages go to PREFIX/0, PREFIX/1 …
    #[arg(long, value_name = "PREFIX", default_value = "bench")]
    topic_prefix: String,
    /// Subscribe to this prefix instead: for rules that republish what they get
    #[arg(long, value_name = "PREFIX")]
    subscribe_prefix: Option<String>,
    /// Load that is not measured, before
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = parse_duration)]
    pub(super) warmup: Duration,
    /// Load that is measured
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub(super) duration: Duration,
    /// Publish so many messages a second in all, whether they arrive or not; latency counts from
    /// when a message was due
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(super) rate: Option<u32>,
    /// Connections that are being opened at a time
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = count_from(1))]
    pub(super) connect_batch: u32,
    /// Process of the server on this machine: its CPU time and memory are measured too
    #[arg(long, value_name = "PID")]
    pub(super) broker_pid: Option<u32>,
    /// Print the figures as JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl BenchArgs {
    /// The first address of the host.
    pub(super) fn address(&self) -> Result<SocketAddr, BenchError> {
        let address = format!("{}:{}", self.host, self.port);
        let unknown = |cause| BenchError::Address { address: address.clone(), cause };
        let mut addresses = (self.host.as_str(), self.port).to_socket_addrs().map_err(unknown)?;
        addresses.next().ok_or_else(|| unknown(std::io::ErrorKind::NotFound.into()))
    }

    /// Checks what the flags cannot check one by one, and reads the payload file.
    pub(super) fn plan(&self) -> Result<Plan, BenchError> {
        let (publishers, subscribers, shape) = match (self.publishers, self.subscribers) {
            (None, None) => (self.pairs, self.pairs, Shape::Pairs),
            (publishers, subscribers) => {
                (publishers.unwrap_or(1), subscribers.unwrap_or(1), Shape::All)
            }
        };
        if subscribers == 0 && self.qos == QoS::AtMostOnce {
            return Err(BenchError::usage("without subscribers only QoS 1 and 2 can be counted"));
        }
        if shape == Shape::All && u64::from(publishers) * u64::from(subscribers) > STREAMS_MAX {
            return Err(BenchError::usage("too many publishers times subscribers"));
        }
        let subscribe_prefix = self.subscribe_prefix.as_ref().unwrap_or(&self.topic_prefix);
        for prefix in [&self.topic_prefix, subscribe_prefix] {
            if sluice_topic::TopicName::parse(prefix).is_err() || prefix.len() > 1024 {
                return Err(BenchError::usage(&format!("`{prefix}` cannot begin a topic")));
            }
        }
        Ok(Plan {
            version: self.protocol_version,
            qos: self.qos,
            publishers: to_usize(publishers),
            subscribers: to_usize(subscribers),
            shape,
            // An open loop is not held back before the packet identifiers run out.
            window: if self.rate.is_some() { RATE_WINDOW } else { self.window },
            payload: self.payload()?,
            publish_prefix: self.topic_prefix.clone(),
            subscribe_prefix: subscribe_prefix.clone(),
        })
    }

    fn payload(&self) -> Result<Payload, BenchError> {
        let Some(path) = &self.payload_file else {
            return Ok(Payload::binary(to_usize(self.payload_size)));
        };
        let template = std::fs::read(path)
            .map_err(|cause| BenchError::PayloadFile { path: path.clone(), cause })?;
        Ok(Payload::from_template(&template)?)
    }
}

fn count_from(min: i64) -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(min..=CONNECTIONS_MAX)
}

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// So that a typing error does not fill the machine.
const CONNECTIONS_MAX: i64 = 200_000;
/// Pairs of publisher and subscriber whose numbers are followed: 40 bytes each.
const STREAMS_MAX: u64 = 4_000_000;
const RATE_WINDOW: u32 = 32_768;

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: BenchArgs,
    }

    fn plan(line: &str) -> Result<Plan, String> {
        let command = Command::try_parse_from(["bench"].into_iter().chain(line.split_whitespace()))
            .map_err(|error| error.to_string())?;
        command.args.plan().map_err(|error| error.to_string())
    }

    #[test]
    fn flags_describe_a_load() {
        let pairs = plan("--pairs 100 -q 1 --window 9").unwrap();
        assert_eq!((pairs.publishers, pairs.subscribers, pairs.window), (100, 100, 9));
        assert_eq!((pairs.filter(3), pairs.topic(3)), ("bench/3".into(), "bench/3".into()));
        let fan_out = plan("--subscribers 500 --subscribe-prefix out").unwrap();
        assert_eq!((fan_out.publishers, fan_out.receivers_per_message()), (1, 500));
        assert_eq!((fan_out.filter(3), fan_out.topic(0)), ("out/0".into(), "bench/0".into()));
        let fan_in = plan("--publishers 9").unwrap();
        assert_eq!((fan_in.filter(0), fan_in.connections()), ("bench/+".into(), 10));
        assert_eq!(plan("").unwrap().publishers, 1);
    }

    #[test]
    fn loads_that_cannot_be_measured_are_refused() {
        for line in [
            "--pairs 2 --publishers 1",
            "--subscribers 0",
            "--idle 5 --pairs 2",
            "--publishers 9999 --subscribers 9999",
            "--payload-size 8",
            "--window 40000",
            "--topic-prefix a/+",
            "--payload-file /nowhere/to/be/found",
        ] {
            assert!(plan(line).is_err(), "{line}");
        }
        assert!(plan("--subscribers 0 -q 1").is_ok());
    }
}
