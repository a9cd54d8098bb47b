//! The retained message of each topic name. It does not know subscriptions or how it is shared
//! between workers.

use std::ops::ControlFlow;

use sluice_mqtt::{Message, MessageRef, UnixMillis};
use sluice_topic::{NameTree, TopicFilter};

/// Bounds of the retained store of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetainedLimits {
    /// Topics that may hold a message.
    pub messages_max: usize,
    /// Bytes of all retained messages.
    pub bytes_max: usize,
}

/// What became of a PUBLISH with the RETAIN flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retain {
    /// It is the topic's retained message now, or cleared it.
    Done,
    /// The store is full: the message is routed, but nothing is retained on its topic any more.
    Full,
}

/// Every retained message.
#[derive(Default)]
pub struct RetainedStore {
    messages: NameTree<Message>,
    bytes: usize,
}

impl RetainedStore {
    /// Replaces the topic's retained message, or clears it when the payload is empty
    /// [MQTT5-3.3.1-6].
    pub fn retain(&mut self, message: &MessageRef<'_>, limits: RetainedLimits) -> Retain {
        if message.payload.is_empty() {
            self.forget(message.topic);
        } else {
            let message = Message::from(message);
            let topic_len = self.messages.get(message.topic()).map_or(0, Message::size);
            let new = topic_len == 0;
            if (new && self.messages.len() >= limits.messages_max)
                || self.bytes - topic_len + message.size() > limits.bytes_max
            {
                // What it should have replaced is out of date [MQTT5-3.3.1-5].
                self.forget(message.topic());
                return Retain::Full;
            }
            self.bytes += message.size();
            let topic: Box<str> = message.topic().into();
            if let Some(old) = self.messages.insert(&topic, message) {
                self.bytes = self.bytes.saturating_sub(old.size());
            }
        }
        Retain::Done
    }

    fn forget(&mut self, topic: &str) {
        if let Some(old) = self.messages.remove(topic) {
            self.bytes = self.bytes.saturating_sub(old.size());
        }
    }

    /// Visits the retained messages that match and have not expired.
    pub fn visit(&self, filter: &TopicFilter, now: UnixMillis, mut f: impl FnMut(&Message)) {
        self.messages.visit(filter, &mut |_: &str, message: &Message| {
            if message.expires_at().is_none_or(|at| at > now) {
                f(message);
            }
            ControlFlow::Continue(())
        });
    }

    /// At most `limit` of the retained messages that match and have not expired, in the order of
    /// their topics, from behind the topic `after` on: who wants more asks again, and nobody holds
    /// the store for long.
    #[must_use]
    pub fn part(
        &self,
        filter: &TopicFilter,
        after: Option<&str>,
        now: UnixMillis,
        limit: usize,
    ) -> Vec<Message> {
        let mut part = Vec::new();
        self.messages.visit_after(filter, after, &mut |_: &str, message: &Message| {
            if message.expires_at().is_none_or(|at| at > now) {
                part.push(message.clone());
            }
            if part.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        part
    }

    /// Topics that hold a message; one that expired counts until it is replaced or cleared.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether no topic holds a message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of all retained messages.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use sluice_mqtt::{Properties, QoS};

    use super::*;

    fn message<'b>(topic: &'b str, payload: &'b [u8]) -> MessageRef<'b> {
        MessageRef {
            topic,
            payload,
            qos: QoS::AtMostOnce,
            retain: true,
            properties: Properties::default(),
            expires_at: None,
        }
    }

    fn held(store: &RetainedStore, filter: &str) -> Vec<(String, Vec<u8>)> {
        let mut held = Vec::new();
        store.visit(&TopicFilter::parse(filter).unwrap(), UnixMillis(0), |message| {
            held.push((message.topic().to_owned(), message.as_ref().payload.to_vec()));
        });
        held
    }

    const LIMITS: RetainedLimits = RetainedLimits { messages_max: 2, bytes_max: 1000 };

    #[test]
    fn the_last_message_of_a_topic_is_held_and_an_empty_one_clears() {
        let mut store = RetainedStore::default();
        store.retain(&message("a/b", b"1"), LIMITS);
        store.retain(&message("a/b", b"2"), LIMITS);
        assert_eq!(held(&store, "a/#"), [("a/b".to_owned(), b"2".to_vec())]);
        store.retain(&message("a/b", b""), LIMITS);
        assert_eq!((store.len(), store.bytes()), (0, 0));
    }

    #[test]
    fn a_part_goes_on_where_the_last_one_ended() {
        let mut store = RetainedStore::default();
        let limits = RetainedLimits { messages_max: 10, bytes_max: 10_000 };
        for topic in ["a", "b", "c", "d", "e"] {
            store.retain(&message(topic, b"1"), limits);
        }
        let expired = MessageRef { expires_at: Some(UnixMillis(5)), ..message("c", b"1") };
        store.retain(&expired, limits);
        let filter = TopicFilter::parse("+").unwrap();
        let part = |after| -> Vec<String> {
            let part = store.part(&filter, after, UnixMillis(5), 3);
            part.iter().map(|message| message.topic().to_owned()).collect()
        };
        assert_eq!(part(None), ["a", "b", "d"]);
        assert_eq!(part(Some("d")), ["e"]);
        assert!(part(Some("e")).is_empty());
    }

    #[test]
    fn a_full_store_keeps_what_it_has() {
        let mut store = RetainedStore::default();
        store.retain(&message("a", b"1"), LIMITS);
        store.retain(&message("b", b"1"), LIMITS);
        assert_eq!(store.retain(&message("c", b"1"), LIMITS), Retain::Full);
        assert_eq!(store.retain(&message("b", b"2"), LIMITS), Retain::Done);
        assert_eq!(held(&store, "#").len(), 2);
    }

    #[test]
    fn a_message_that_finds_no_room_leaves_no_older_one_behind() {
        let mut store = RetainedStore::default();
        store.retain(&message("a", b"1"), LIMITS);
        store.retain(&message("b", b"1"), LIMITS);
        assert_eq!(store.retain(&message("b", &[0; 2000]), LIMITS), Retain::Full);
        assert_eq!(held(&store, "#"), [("a".to_owned(), b"1".to_vec())]);
        store.retain(&message("a", b""), LIMITS);
        assert_eq!(store.bytes(), 0);
    }
}
