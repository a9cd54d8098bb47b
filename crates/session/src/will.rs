//! A will message between CONNECT and the moment it is published or discarded. It does not know
//! timers.

use sluice_mqtt::{Message, MessageRef, UnixMillis};

/// What a client left with its CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will {
    /// The message without its Will Delay Interval; a Message Expiry Interval counts from
    /// publication.
    pub message: Message,
    /// Seconds between the end of the connection and publication.
    pub delay: u32,
    /// Seconds that the message lives after publication.
    pub expiry_interval: Option<u32>,
}

impl Will {
    /// Takes the will of a CONNECT into memory of its own.
    #[must_use]
    pub fn of(will: &sluice_mqtt::Will<'_>) -> Self {
        let properties = will.message.properties;
        Self {
            message: Message::from(&will.message),
            delay: properties.will_delay_interval().unwrap_or(0),
            expiry_interval: properties.message_expiry_interval(),
        }
    }

    /// The message as it is published now.
    #[must_use]
    pub fn published_at(&self, now: UnixMillis) -> MessageRef<'_> {
        let expires_at = self
            .expiry_interval
            .map(|seconds| UnixMillis(now.0.saturating_add(u64::from(seconds) * 1000)));
        MessageRef { expires_at, ..self.message.as_ref() }
    }
}
