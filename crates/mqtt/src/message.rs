//! The application message that a PUBLISH carries: borrowed within a turn of a worker, owned when it leaves
//! it. It does not know packet identifiers, subscriptions or who sent it.

use crate::{Properties, QoS};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub u64);

/// An application message, borrowed from a read buffer or an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageRef<'b> {
    /// The topic name.
    pub topic: &'b str,
    /// Any bytes.
    pub payload: &'b [u8],
    /// As published; a delivery lowers it to what the subscription grants.
    pub qos: QoS,
    /// The RETAIN flag.
    pub retain: bool,
    /// Encoded properties; only those that are forwarded are written again.
    pub properties: Properties<'b>,
    /// When the Message Expiry Interval runs out; `None` where there is none. The property itself is rewritten
    /// from this at delivery [MQTT5-3.3.2-6].
    pub expires_at: Option<UnixMillis>,
}

/// An application message that has left the turn in which it came: queued, retained or on its way to another
/// worker. One right-sized buffer holds topic, properties and payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    bytes: Box<[u8]>,
    topic_len: u16,
    properties_len: u32,
    qos: QoS,
    retain: bool,
    expires_at: Option<UnixMillis>,
}
