//! Who publishes what to whom in a load. It does not know when.

use std::ops::Range;

use sluice_mqtt::{QoS, Version};

use super::payload::Payload;

/// A load: `publishers` connections, then `subscribers` connections.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) version: Version,
    pub(crate) qos: QoS,
    pub(crate) publishers: usize,
    pub(crate) subscribers: usize,
    pub(crate) shape: Shape,
    /// Messages of one publisher on their way.
    pub(crate) window: u32,
    pub(crate) payload: Payload,
    /// Messages go to `<prefix>/<publisher>`.
    pub(crate) publish_prefix: String,
    /// Deliveries are expected as `<prefix>/<publisher>`; another one when rules republish.
    pub(crate) subscribe_prefix: String,
}

/// Who hears whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Subscriber n hears publisher n.
    Pairs,
    /// Every subscriber hears every publisher.
    All,
}

/// What a connection is, with its number among its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    Publisher(usize),
    Subscriber(usize),
}

impl Plan {
    pub(crate) fn connections(&self) -> usize {
        self.publishers + self.subscribers
    }

    pub(crate) fn member(&self, connection: usize) -> Member {
        match connection.checked_sub(self.publishers) {
            Some(subscriber) => Member::Subscriber(subscriber),
            None => Member::Publisher(connection),
        }
    }

    /// How many deliveries one message makes.
    pub(crate) fn receivers_per_message(&self) -> u32 {
        match self.shape {
            Shape::Pairs => 1,
            Shape::All => u32::try_from(self.subscribers).unwrap_or(u32::MAX),
        }
    }

    /// The publishers that a subscriber hears.
    pub(crate) fn publishers_of(&self, subscriber: usize) -> Range<usize> {
        match self.shape {
            Shape::Pairs => subscriber..subscriber + 1,
            Shape::All => 0..self.publishers,
        }
    }

    pub(crate) fn topic(&self, publisher: usize) -> String {
        format!("{}/{publisher}", self.publish_prefix)
    }

    /// Exact where there is one publisher to hear.
    pub(crate) fn filter(&self, subscriber: usize) -> String {
        let heard = self.publishers_of(subscriber);
        if heard.len() == 1 {
            format!("{}/{}", self.subscribe_prefix, heard.start)
        } else {
            format!("{}/+", self.subscribe_prefix)
        }
    }

    /// The publisher that a delivery names in the last level of its topic.
    pub(crate) fn publisher_of_topic(&self, topic: &[u8]) -> Option<usize> {
        let digits = topic.get(self.subscribe_prefix.len() + 1..)?;
        if digits.is_empty() || digits.len() > 6 {
            return None;
        }
        digits.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + usize::from(digit - b'0'))
        })
    }
}
