//! The retained messages of new subscriptions, from the store to the client as fast as it takes
//! them. It does not know how they got there.

use std::cell::OnceCell;
use std::sync::Arc;

use sluice_journal::Position;
use sluice_session::{Fate, Now, Offer};

use super::Core;
use crate::Shared;

impl<S: Shared> Core<S> {
    /// Sends retained messages, with RETAIN set [MQTT5-3.3.1-8], while the client's window and link
    /// have room. None waits in the session's queue, which is bounded and would drop what a filter
    /// such as `#` brings.
    pub(crate) fn feed_retained(&mut self, slot: u32, now: Now) {
        while self.feed_part(slot, now) {}
    }

    /// Sends one part; whether another may follow at once.
    fn feed_part(&mut self, slot: u32, now: Now) -> bool {
        let limits = Arc::clone(&self.limits);
        let turn = self.turn(&limits, now);
        let Self { sessions, links, counters, deliveries, shared, .. } = self;
        let Some(home) = sessions.get_mut(slot) else { return false };
        let Some(mut entry) = home.retained.first_entry() else { return false };
        let Some(link) = home.session.connection.and_then(|at| links.writable(at)) else {
            return false;
        };
        let subscription = entry.get().subscription;
        let room = home.session.room_at_once(subscription.options.qos, link, turn);
        // With a full window one is asked for all the same: it may be of QoS 0.
        let limit = room.map_or(0, |room| room.clamp(1, PART));
        if limit == 0 {
            return false;
        }
        let after = entry.get().after.as_deref();
        let part = shared.retained(entry.key(), after, now.unix_millis(), limit);
        let identifier = [subscription.identifier];
        let identifiers: &[u32] = if subscription.identifier == 0 { &[] } else { &identifier };
        let provenance = deliveries.provenance_of_retained();
        for owned in &part {
            let message = owned.as_ref();
            let qos = message.qos.min(subscription.options.qos);
            if !home.session.sends_at_once(qos, link, turn) {
                return false;
            }
            let offer = Offer {
                message,
                qos,
                retain: true,
                identifiers,
                ready: Position::START,
                logged: Position::START,
                owned: &OnceCell::from(owned.clone()),
                provenance: provenance.as_ref(),
            };
            let fate = home.session.offer(&offer, Some(&mut *link), turn);
            if provenance.is_some() {
                deliveries.offered(&home.session.facts, &offer, fate);
            }
            counters.offered(fate);
            if fate == Fate::Sent {
                counters.publish_sent(qos, message.payload.len());
            }
            entry.get_mut().after = Some(message.topic.into());
        }
        if part.len() < limit {
            entry.remove();
        }
        !home.retained.is_empty()
    }
}

/// Messages asked for at once, at most.
const PART: usize = 64;
