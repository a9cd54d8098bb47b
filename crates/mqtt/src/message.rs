//! The application message that a PUBLISH carries: borrowed within a turn of a worker, owned when
//! it leaves it. It does not know packet identifiers, subscriptions or who sent it.

use std::{iter, sync::Arc};

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
    /// When the Message Expiry Interval runs out; `None` where there is none. Decoding leaves it at
    /// that: the session, which knows the time, sets it. The property itself is rewritten from this
    /// at delivery [MQTT5-3.3.2-6].
    pub expires_at: Option<UnixMillis>,
}

impl MessageRef<'_> {
    /// The owned form, with the forwarded properties only.
    #[must_use]
    pub fn to_message(&self) -> Message {
        Message::from(self)
    }
}

/// An application message that has left the turn in which it came: queued, retained or on its way
/// to another worker. One right-sized buffer holds topic, forwarded properties and payload; clones
/// share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    bytes: Arc<[u8]>,
    properties_len: u32,
    topic_len: u16,
    qos: QoS,
    retain: bool,
    expires_at: Option<UnixMillis>,
}

impl Message {
    /// The message as everything else takes it.
    #[must_use]
    pub fn as_ref(&self) -> MessageRef<'_> {
        let (topic, rest) =
            self.bytes.split_at_checked(usize::from(self.topic_len)).unwrap_or_default();
        let (properties, payload) =
            rest.split_at_checked(self.properties_len as usize).unwrap_or_default();
        MessageRef {
            topic: std::str::from_utf8(topic).unwrap_or_default(),
            payload,
            qos: self.qos,
            retain: self.retain,
            properties: Properties::checked_before(properties),
            expires_at: self.expires_at,
        }
    }

    /// The topic name.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.as_ref().topic
    }

    /// Bytes of the payload.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        self.bytes.len() - usize::from(self.topic_len) - self.properties_len as usize
    }

    /// Bytes that this message takes in memory, for queue bounds; a clone in a second queue counts
    /// again.
    #[must_use]
    pub fn size(&self) -> usize {
        // Behind an `Arc` stand its two counts.
        size_of::<Self>() + 2 * size_of::<usize>() + self.bytes.len()
    }

    /// As published; a delivery lowers it to what the subscription grants.
    #[must_use]
    pub const fn qos(&self) -> QoS {
        self.qos
    }

    /// The RETAIN flag.
    #[must_use]
    pub const fn retain(&self) -> bool {
        self.retain
    }

    /// When the message is no longer wanted.
    #[must_use]
    pub const fn expires_at(&self) -> Option<UnixMillis> {
        self.expires_at
    }
}

impl From<&MessageRef<'_>> for Message {
    fn from(message: &MessageRef<'_>) -> Self {
        let properties_len = message.properties.forwarded().map(<[u8]>::len).sum::<usize>();
        // Longer ones were never received, and no packet could carry them.
        let topic = if u16::try_from(message.topic.len()).is_ok() { message.topic } else { "" };
        let len = topic.len() + properties_len + message.payload.len();
        // Allocated once at its final size and filled in place.
        let mut bytes: Arc<[u8]> = iter::repeat_n(0, len).collect();
        if let Some(bytes) = Arc::get_mut(&mut bytes) {
            let parts = iter::once(topic.as_bytes())
                .chain(message.properties.forwarded())
                .chain(iter::once(message.payload));
            fill(bytes, parts);
        }
        Self {
            bytes,
            properties_len: u32::try_from(properties_len).unwrap_or(u32::MAX),
            topic_len: u16::try_from(topic.len()).unwrap_or(u16::MAX),
            qos: message.qos,
            retain: message.retain,
            expires_at: message.expires_at,
        }
    }
}

fn fill<'p>(mut bytes: &mut [u8], parts: impl Iterator<Item = &'p [u8]>) {
    for part in parts {
        let Some((room, rest)) = bytes.split_at_mut_checked(part.len()) else { return };
        room.copy_from_slice(part);
        bytes = rest;
    }
}

#[cfg(test)]
mod tests;
