//! What was published, subscribed and delivered in a run, and the rules that it must obey. It knows
//! what clients saw and what the workers wrote, not how the broker came to it.

mod delivery;
mod obligation;
mod retained;
mod rows;
mod session;
mod stamp;
mod tapped;
mod will;

use std::collections::BTreeMap;

use sluice_mqtt::QoS;

use crate::{Time, WireId};

pub(crate) use delivery::Delivered;
pub(crate) use session::{Period, SessionId, SessionRecord};
pub(crate) use stamp::{PublishId, Stamp, Variant};
pub(crate) use tapped::WireFacts;
pub(crate) use will::{WillEnd, WillRecord};

/// See the module.
#[derive(Default)]
pub(crate) struct Ledger {
    published: Vec<Published>,
    sessions: Vec<SessionRecord>,
    wires: BTreeMap<WireId, WireFacts>,
    wills: Vec<WillRecord>,
    /// Topic × filter, as the plain comparison says.
    matches: BTreeMap<String, BTreeMap<String, bool>>,
    /// PUBLISH packets that were written or thrown away, without repetitions.
    pub(crate) first_sent: u64,
    /// When new rules were published, and when all workers had them.
    pub(crate) rules_swap: Option<(Time, Time)>,
    violations: Vec<(Time, String)>,
}

/// One message that a client published, or left as its will.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) client: usize,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    /// It has a Message Expiry Interval.
    pub(crate) expires: bool,
    pub(crate) origin: Origin,
    /// Ascends over a client's publishes.
    pub(crate) number: u64,
    pub(crate) first_sent: Time,
    pub(crate) sends: u32,
    /// The broker has certainly handled it by then.
    pub(crate) handled: Option<Time>,
    /// The broker cannot handle it later than that.
    pub(crate) over: Option<Time>,
}

/// How a message gets to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// In a PUBLISH.
    Publish,
    /// In a CONNECT.
    Will,
}

impl Published {
    fn is_will(&self) -> bool {
        self.origin == Origin::Will
    }
}

impl Ledger {
    /// Enters a message that will be sent.
    pub(crate) fn publish(&mut self, published: Published) -> PublishId {
        self.published.push(published);
        PublishId(self.published.len() - 1)
    }

    /// The identifier that the next message gets.
    pub(crate) const fn next_publish(&self) -> PublishId {
        PublishId(self.published.len())
    }

    pub(crate) fn published(&self, id: PublishId) -> Option<&Published> {
        self.published.get(id.0)
    }

    /// The message is sent, the first time or again.
    pub(crate) fn sent(&mut self, id: PublishId, now: Time) {
        if let Some(published) = self.published.get_mut(id.0) {
            if published.sends == 0 {
                published.first_sent = now;
            }
            published.sends += 1;
        }
    }

    /// The broker has certainly handled the message.
    pub(crate) fn handled(&mut self, id: PublishId, now: Time) {
        if let Some(published) = self.published.get_mut(id.0) {
            published.handled.get_or_insert(now);
            published.over = Some(published.over.map_or(now, |over| over.max(now)));
        }
    }

    /// The client will not send it again; what is on its way may still arrive.
    pub(crate) fn given_up(&mut self, id: PublishId, now: Time) {
        if let Some(published) = self.published.get_mut(id.0) {
            published.over.get_or_insert(now + ARRIVED);
        }
    }

    /// Something is wrong.
    pub(crate) fn violation(&mut self, now: Time, what: String) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push((now, what));
        }
    }

    /// What was found wrong so far.
    pub(crate) fn violations(&self) -> &[(Time, String)] {
        &self.violations
    }

    fn matches(&mut self, filter: &str, topic: &str) -> bool {
        let by_topic = self.matches.entry(filter.to_owned()).or_default();
        if let Some(known) = by_topic.get(topic) {
            return *known;
        }
        let matches = sluice_topic::matches(filter, topic);
        by_topic.insert(topic.to_owned(), matches);
        matches
    }
}

/// After this nothing that was sent is still on its way.
pub(crate) const ARRIVED: Time = Time::seconds(3);
const VIOLATIONS_MAX: usize = 20;
