//! `[mqtt]`: the limits of the protocol. It does not know who keeps them.

use std::time::Duration;

use super::section::Reader;
use super::unit::{parse_duration, show_duration};
use super::value::Fault;

/// `[mqtt]`, in plain numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mqtt {
    /// Bytes of the largest packet, either way.
    pub(crate) max_packet_size: u32,
    /// QoS 1 and 2 publishes under way towards a client that names no Receive Maximum.
    pub(crate) max_inflight: u16,
    /// What the server advertises, and how many publishes of a client may wait.
    pub(crate) receive_maximum: u16,
    /// Messages that wait for one session; what comes on top is dropped and counted.
    pub(crate) max_queued_messages: u32,
    /// Bytes that wait for one session.
    pub(crate) max_queued_bytes: u64,
    /// The longest a session may outlive its connection; `None` = for ever.
    pub(crate) session_expiry_max: Option<Duration>,
    /// Seconds; 0 = take the client's.
    pub(crate) server_keep_alive: u16,
    /// How long a connection may take from its first byte to a whole CONNECT.
    pub(crate) connect_timeout: Duration,
    /// Network connections of this node at a time.
    pub(crate) max_connections: u32,
    /// Subscriptions of one session.
    pub(crate) max_subscriptions: u32,
    /// Retained messages of this node.
    pub(crate) max_retained_messages: u32,
    /// Bytes of all retained messages, topics included.
    pub(crate) max_retained_bytes: u64,
    /// Topic aliases that a client may use towards the server; 0 = none.
    pub(crate) topic_alias_maximum: u16,
}

/// Header, remaining length and 268,435,455 bytes: no packet is larger `[MQTT5-1.5.5]`.
const PACKET_SIZE_MAX: u32 = 268_435_460;
const MIB: u32 = 1 << 20;
const GIB: u64 = 1 << 30;

impl Mqtt {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut section = reader.section("mqtt");
        let second = Duration::from_secs(1);
        let mqtt = Self {
            // Below 1 KiB not even an ordinary CONNECT comes through.
            max_packet_size: section.size("max_packet_size", MIB, 1024..=PACKET_SIZE_MAX),
            max_inflight: section.number("max_inflight", 32, 1..=u16::MAX),
            receive_maximum: section.number("receive_maximum", 1024, 1..=u16::MAX),
            max_queued_messages: section.number("max_queued_messages", 1000, 0..=u32::MAX),
            max_queued_bytes: section.size("max_queued_bytes", u64::from(4 * MIB), 0..=1 << 40),
            session_expiry_max: section.parsed(
                "session_expiry_max",
                Some(Duration::from_secs(7200)),
                parse_expiry,
                show_expiry,
            ),
            server_keep_alive: section.number("server_keep_alive", 0, 0..=u16::MAX),
            connect_timeout: section.duration(
                "connect_timeout",
                15 * second,
                &(second..=600 * second),
            ),
            max_connections: section.number("max_connections", 1_000_000, 1..=u32::MAX),
            max_subscriptions: section.number("max_subscriptions", 10_000, 1..=u32::MAX),
            max_retained_messages: section.number("max_retained_messages", 1_000_000, 0..=u32::MAX),
            max_retained_bytes: section.size("max_retained_bytes", GIB, 0..=1 << 50),
            topic_alias_maximum: section.number("topic_alias_maximum", 32, 0..=u16::MAX),
        };
        section.finish();
        mqtt
    }
}

/// On the wire it is whole seconds in 32 bits, and all ones mean "never" `[MQTT5-3.1.2.11.2]`.
fn parse_expiry(text: &str) -> Result<Option<Duration>, Fault> {
    if text == "never" {
        return Ok(None);
    }
    let whole = |it: &Duration| it.subsec_nanos() == 0 && it.as_secs() < u64::from(u32::MAX);
    parse_duration(text).filter(whole).map(Some).ok_or_else(|| Fault {
        what: "no whole seconds that fit 32 bits".into(),
        mend: "write \"0\", \"30m\", \"2h\", \"7d\" or \"never\"".into(),
    })
}

fn show_expiry(expiry: &Option<Duration>) -> String {
    expiry.map_or_else(|| "never".into(), show_duration)
}
