//! The bounds that every client meets, and the two clocks as arguments. It does not know
//! configuration files.

use sluice_journal::Position;
use sluice_mqtt::UnixMillis;

/// A monotonic clock: milliseconds since the process (or the simulation) started.
pub type MillisSinceStart = u64;

/// What time it is, by both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For deadlines.
    pub monotonic: MillisSinceStart,
    /// For time stamps: nanoseconds since 1970-01-01T00:00:00Z.
    pub unix_nanos: u64,
}

impl Now {
    /// The wall clock in milliseconds.
    #[must_use]
    pub const fn unix_millis(self) -> UnixMillis {
        UnixMillis(self.unix_nanos / 1_000_000)
    }
}

/// What is the same for everything that one call of the worker does.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'t> {
    /// Both clocks.
    pub now: Now,
    /// Up to where the log is durable.
    pub committed: Position,
    /// The bounds in force.
    pub limits: &'t Limits,
}

impl Turn<'_> {
    /// The Message Expiry Interval that remains, in whole seconds rounded up; an error when it ran
    /// out.
    pub(crate) fn remaining(self, expires_at: Option<UnixMillis>) -> Result<Option<u32>, Expired> {
        let Some(expires_at) = expires_at else { return Ok(None) };
        let millis = expires_at.0.saturating_sub(self.now.unix_millis().0);
        if millis == 0 {
            return Err(Expired);
        }
        Ok(Some(u32::try_from(millis.div_ceil(1000)).unwrap_or(u32::MAX)))
    }
}

/// The Message Expiry Interval ran out.
#[derive(Debug)]
pub(crate) struct Expired;

/// Limits of the protocol's parts. The names are the specification's where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the largest packet a client may send.
    pub maximum_packet_size: u32,
    /// QoS 1 and 2 publishes on the way to a client that names no Receive Maximum.
    pub max_inflight: u16,
    /// QoS 1 and 2 publishes of a client that the server takes at once; advertised to 5.0 clients.
    pub receive_maximum: u16,
    /// Messages that wait for one session.
    pub max_queued_messages: usize,
    /// Bytes that wait for one session; as many may be in flight to it and kept for a resend.
    pub max_queued_bytes: usize,
    /// Seconds; a longer Session Expiry Interval is cut to this. 3.x sessions with Clean Session 0
    /// get it.
    pub session_expiry_max: u32,
    /// Seconds; 0 takes the client's Keep Alive.
    pub server_keep_alive: u16,
    /// Milliseconds in which CONNECT must come.
    pub connect_timeout: u64,
    /// Subscriptions of one session.
    pub max_subscriptions: usize,
    /// Topic aliases a 5.0 client may set on its connection.
    pub topic_alias_maximum: u16,
    /// Deliveries that the packets of one read may lead to before other connections have their
    /// turn; the last packet may exceed it.
    pub deliveries_per_read: u64,
    /// Whether a client may connect without credentials.
    pub allow_anonymous: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            maximum_packet_size: 1024 * 1024,
            max_inflight: 32,
            receive_maximum: 1024,
            max_queued_messages: 1000,
            max_queued_bytes: 4 * 1024 * 1024,
            session_expiry_max: 2 * 60 * 60,
            server_keep_alive: 0,
            connect_timeout: 15_000,
            max_subscriptions: 10_000,
            topic_alias_maximum: 32,
            deliveries_per_read: 65_536,
            allow_anonymous: true,
        }
    }
}
