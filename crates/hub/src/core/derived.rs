//! Messages that rules made of one publish and that are not routed yet. It does not know rules.

use std::collections::VecDeque;

use sluice_event::MessageId;
use sluice_mqtt::{MessageRef, UnixMillis};
use sluice_rule::{Derived, RuleId};

use super::system::is_system;

/// What a rule's `republish` action made, on its way into the broker.
pub(crate) struct DerivedMessage {
    /// The rule's id: the client identifier that later rules see.
    pub(super) rule_id: RuleId,
    /// Its place in the rule set in force when it was made.
    pub(super) rule: u32,
    /// Rules between the client's publish and this message.
    pub(super) hops: u8,
    /// Given when it is evaluated.
    pub(super) id: MessageId,
    derived: Derived,
}

impl DerivedMessage {
    pub(super) fn new(rule_id: RuleId, (rule, hops): (u32, u8), derived: Derived) -> Self {
        Self { rule_id, rule, hops, id: MessageId::default(), derived }
    }

    fn size(&self) -> usize {
        size_of::<Self>() + wire_size(&self.derived)
    }

    /// The message as it is published now.
    pub(super) fn message(&self, now: UnixMillis) -> MessageRef<'_> {
        let properties = self.derived.properties.as_properties();
        MessageRef {
            topic: &self.derived.topic,
            payload: &self.derived.payload,
            qos: self.derived.qos,
            retain: self.derived.retain,
            properties,
            expires_at: properties
                .message_expiry_interval()
                .map(|seconds| UnixMillis(now.0.saturating_add(u64::from(seconds) * 1000))),
        }
    }
}

/// Derived messages in order; bounded in bytes, since a client's message may become many.
#[derive(Default)]
pub(crate) struct DerivedQueue {
    /// Made, and not yet seen by rules themselves.
    fresh: VecDeque<DerivedMessage>,
    /// To be routed.
    evaluated: VecDeque<DerivedMessage>,
    bytes: usize,
}

impl DerivedQueue {
    pub(super) fn push(&mut self, message: DerivedMessage) -> Result<(), String> {
        let bytes = self.bytes + message.size();
        if bytes > DERIVED_BYTES_MAX {
            return Err(format!(
                "rules made more than {DERIVED_BYTES_MAX} bytes of messages of one publish"
            ));
        }
        self.bytes = bytes;
        self.fresh.push_back(message);
        Ok(())
    }

    /// The next one for rules to look at; it goes on by [`DerivedQueue::evaluated`] or
    /// [`DerivedQueue::ended`].
    pub(super) fn next_fresh(&mut self) -> Option<DerivedMessage> {
        self.fresh.pop_front()
    }

    /// Rules have looked at it.
    pub(super) fn evaluated(&mut self, message: DerivedMessage) {
        self.evaluated.push_back(message);
    }

    /// It goes no further.
    pub(super) fn ended(&mut self, message: &DerivedMessage) {
        self.bytes = self.bytes.saturating_sub(message.size());
    }

    /// The next one to be routed.
    pub(super) fn pop(&mut self) -> Option<DerivedMessage> {
        let message = self.evaluated.pop_front()?;
        self.bytes = self.bytes.saturating_sub(message.size());
        Some(message)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.evaluated.is_empty()
    }

    /// The rules have another place in a newer set.
    pub(super) fn rename(&mut self, place_of: impl Fn(&RuleId) -> u32) {
        for message in self.fresh.iter_mut().chain(&mut self.evaluated) {
            message.rule = place_of(&message.rule_id);
        }
    }
}

/// What clients may not send, rules may not make.
pub(super) fn fits(made: Derived, maximum_packet_size: u32) -> Result<Derived, String> {
    if is_system(&made.topic) {
        return Err(format!("topic `{}`: below `$SYS/` only the broker speaks", made.topic));
    }
    let size = wire_size(&made);
    if size > usize::try_from(maximum_packet_size).unwrap_or(usize::MAX) {
        return Err(format!(
            "a message of {size} bytes; mqtt.max_packet_size is {maximum_packet_size}"
        ));
    }
    Ok(made)
}

fn wire_size(made: &Derived) -> usize {
    made.topic.len() + made.payload.len() + made.properties.as_properties().as_bytes().len()
}

/// Bytes of the messages that rules may have made of one publish and that wait to be published.
const DERIVED_BYTES_MAX: usize = 64 * 1024 * 1024;
