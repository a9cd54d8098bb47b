//! How connections leave sessions, and how sessions end: wills, expiry, takeover. It does not know
//! packets that come in.

use sluice_event::{ClientDisconnected, Event, Publisher};
use sluice_journal::{Entry, SessionKey};
use sluice_mqtt::{Properties, ReasonCode, UnixMillis};
use sluice_router::SubscriptionChange;
use sluice_session::{Dropped, Fate, Now, Will};

use super::{Core, Cx, Publication};
use crate::{Effects, Shared};

/// How a connection ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending<'e> {
    /// What rules see in `reason`.
    pub(crate) reason: &'e str,
    /// Whether the client said goodbye with 0x00: its will is discarded [MQTT5-3.14.4-3].
    pub(crate) discards_will: bool,
    /// Of the client's DISCONNECT.
    pub(crate) properties: Properties<'e>,
}

impl<'e> Ending<'e> {
    pub(crate) const fn abnormal(reason: &'e str) -> Self {
        Self { reason, discards_will: false, properties: Properties::EMPTY }
    }
}

impl<S: Shared> Core<S> {
    /// The session's connection is gone.
    pub(crate) fn detach<E: Effects>(&mut self, cx: &mut Cx<'_, E>, slot: u32, ending: Ending<'_>) {
        let Some(home) = self.sessions.get_mut(slot) else { return };
        let owner = home.session.owner.take();
        self.counters.clients_disconnected += u64::from(owner.is_some());
        let was_let_in = home.session.connection.take().is_some();
        let will = home.session.will.take().filter(|_| !ending.discards_will);
        let facts = std::sync::Arc::clone(&home.session.facts);
        let expiry = home.session.expiry;
        if let Some(id) = owner.and_then(|connection| self.links.id_of(connection)) {
            let origin = self.session_ref(slot);
            self.abandon_held(cx, id, (Publisher::from(&*facts), origin));
        }
        let disconnected_at = cx.now.unix_millis();
        let event = Event::ClientDisconnected(ClientDisconnected {
            client: &facts,
            reason: ending.reason,
            properties: ending.properties,
            disconnected_at,
        });
        self.raise(cx, &event);
        if was_let_in {
            self.tell_disconnected(cx, &facts, ending.reason);
        }
        if expiry == 0 {
            if let Some(will) = will {
                self.publish_will(cx, slot, &will);
            }
            self.end_session(slot);
            return;
        }
        self.leave_will(cx, slot, will);
        if let Some(home) = self.sessions.get_mut(slot) {
            home.ends_at = (expiry != u32::MAX)
                .then(|| cx.now.monotonic.saturating_add(u64::from(expiry) * 1000));
        }
        self.log_session(slot, Some(cx.now));
        self.rearm(slot, cx.now);
    }

    /// Publishes a will now, or lets it wait for its delay [MQTT5-3.1.3-9].
    fn leave_will<E: Effects>(&mut self, cx: &mut Cx<'_, E>, slot: u32, will: Option<Box<Will>>) {
        let Some(will) = will else { return };
        if will.delay == 0 {
            self.publish_will(cx, slot, &will);
            return;
        }
        let Some(home) = self.sessions.get_mut(slot) else { return };
        let due = UnixMillis(cx.now.unix_millis().0.saturating_add(u64::from(will.delay) * 1000));
        let session = SessionKey(home.session.key);
        self.shared.append(&Entry::Will { session, message: Some(will.message.as_ref()), due });
        if let Some(home) = self.sessions.get_mut(slot) {
            home.session.delayed_will = Some((will, due));
        }
    }

    /// Publishes a will as its client's message.
    pub(crate) fn publish_will<E: Effects>(&mut self, cx: &mut Cx<'_, E>, slot: u32, will: &Will) {
        let Some(home) = self.sessions.get(slot) else { return };
        let facts = std::sync::Arc::clone(&home.session.facts);
        let publication = Publication {
            publisher: Publisher::from(&*facts),
            origin: self.session_ref(slot),
            message: will.published_at(cx.now.unix_millis()),
            dup: false,
        };
        self.publish_or_hold_will(cx, &facts, &publication);
    }

    /// A new connection has resumed the session before its will fell due: the will is not sent.
    pub(crate) fn cancel_delayed_will(&mut self, slot: u32) {
        let Some(home) = self.sessions.get_mut(slot) else { return };
        if home.session.delayed_will.take().is_some() {
            self.log_will_is_gone(slot);
        }
        if let Some(home) = self.sessions.get_mut(slot) {
            home.ends_at = None;
        }
        self.arm_session(slot, None);
    }

    fn log_will_is_gone(&mut self, slot: u32) {
        let Some(home) = self.sessions.get(slot) else { return };
        let session = SessionKey(home.session.key);
        self.shared.append(&Entry::Will { session, message: None, due: UnixMillis(0) });
    }

    /// The session's timer went off: its will is due, or its time is over.
    pub(crate) fn session_due<E: Effects>(&mut self, cx: &mut Cx<'_, E>, slot: u32) {
        let Some(home) = self.sessions.get_mut(slot) else { return };
        home.deadline = None;
        let over = home.ends_at.is_some_and(|at| at <= cx.now.monotonic);
        let due =
            home.session.delayed_will.take_if(|(_, due)| over || *due <= cx.now.unix_millis());
        let is_due = due.is_some();
        if let Some((will, _)) = due {
            self.publish_will(cx, slot, &will);
        }
        if over {
            self.end_session(slot);
            return;
        }
        if is_due {
            self.log_will_is_gone(slot);
        }
        self.rearm(slot, cx.now);
    }

    /// Whether the session's time ran out.
    pub(crate) fn is_over(&self, slot: u32, now: Now) -> bool {
        let ends_at = self.sessions.get(slot).and_then(|home| home.ends_at);
        ends_at.is_some_and(|at| at <= now.monotonic)
    }

    /// Ends a session of which nothing may be resumed; a will that still waits is published
    /// [MQTT5-3.1.3-9].
    pub(crate) fn discard_session<E: Effects>(&mut self, cx: &mut Cx<'_, E>, slot: u32) {
        let Some(home) = self.sessions.get_mut(slot) else { return };
        if let Some((will, _)) = home.session.delayed_will.take() {
            self.publish_will(cx, slot, &will);
        }
        self.end_session(slot);
    }

    /// Another connection of the same client takes the session: the old one is told and closed
    /// [MQTT5-3.1.4-3].
    pub(crate) fn evict<E: Effects>(&mut self, cx: &mut Cx<'_, E>, slot: u32, clean_start: bool) {
        let Some(home) = self.sessions.get_mut(slot) else { return };
        let Some(connection) = home.session.owner else { return };
        if home.session.connection.is_some() {
            // Not before CONNACK has left [MQTT5-3.14.0-1].
            self.say_goodbye(connection, ReasonCode::SessionTakenOver);
        }
        self.evicted.push(connection);
        if clean_start && let Some(home) = self.sessions.get_mut(slot) {
            // The session ends with the old connection: no delay holds its will back.
            home.session.expiry = 0;
        }
        let reason = if clean_start { "discarded" } else { "takenover" };
        self.detach(cx, slot, Ending::abnormal(reason));
    }

    fn end_session(&mut self, slot: u32) {
        self.arm_session(slot, None);
        let Some(reference) = self.session_ref(slot) else { return };
        let Some(home) = self.sessions.remove(slot) else { return };
        if self.deliveries.are_wanted() {
            for queued in home.session.queued() {
                let fate = Fate::Dropped(Dropped::SessionEnded);
                self.deliveries.left(&home.session.facts, queued, fate);
            }
        }
        self.counters.session_ended(home.session.queued_len());
        self.counters.sessions = self.counters.sessions.saturating_sub(1);
        let changes: Vec<_> = home
            .session
            .subscriptions()
            .map(|(filter, _)| SubscriptionChange::Unsubscribe(filter.clone(), reference))
            .collect();
        if !changes.is_empty() {
            self.shared.change_subscriptions(&changes);
        }
        if home.session.is_durable() {
            let session = SessionKey(home.session.key);
            self.shared.append(&Entry::SessionEnded { session });
        }
    }

    fn rearm(&mut self, slot: u32, now: Now) {
        let Some(home) = self.sessions.get(slot) else { return };
        let will_due = home.session.delayed_will.as_ref().map(|(_, due)| {
            now.monotonic.saturating_add(due.0.saturating_sub(now.unix_millis().0))
        });
        let deadline = match (will_due, home.ends_at) {
            (Some(will), Some(end)) => Some(will.min(end)),
            (will, end) => will.or(end),
        };
        self.arm_session(slot, deadline);
    }
}
