//! How connections of a worker end: by either side, by takeover, by a panic, with the process. It
//! does not know what their packets were.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sluice_mqtt::ReasonCode;
use sluice_session::{Connection, Phase};

use super::Worker;
use crate::core::Cx;
use crate::core::session_end::Ending;
use crate::timers::TimerKey;
use crate::{ConnectionId, Effects, Shared};

impl<S: Shared> Worker<S> {
    /// Ends a connection from this side: the client is told why, its will is published.
    pub(super) fn close<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        id: ConnectionId,
        connection: &mut Connection,
        (reason, word): (ReasonCode, &'static str),
    ) {
        if let Phase::Open(open) = &connection.phase
            && !open.awaits_connack()
        {
            self.core.say_goodbye(id.slot, reason);
        }
        self.leave(cx, id, connection, Ending::abnormal(word));
        cx.effects.close(id);
    }

    /// The session goes on, or ends, without this connection.
    pub(super) fn leave<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        id: ConnectionId,
        connection: &mut Connection,
        ending: Ending<'_>,
    ) {
        connection.partial = Vec::new();
        if let Phase::Open(open) = std::mem::replace(&mut connection.phase, Phase::Closed) {
            let home = self.core.sessions.get(open.session);
            if home.is_some_and(|home| home.session.owner == Some(id.slot)) {
                self.core.detach(cx, open.session, ending);
            }
        }
        self.core.timers.set(TimerKey::Connection(id.slot), &mut connection.deadline, None);
    }

    pub(super) fn publish_wills<E: Effects>(&mut self, cx: &mut Cx<'_, E>) {
        self.core.refresh();
        for slot in self.core.sessions.slots() {
            let Some(home) = self.core.sessions.get_mut(slot) else { continue };
            let delayed = home.session.delayed_will.take().map(|(will, _)| will);
            if let Some(will) = home.session.will.take().or(delayed) {
                self.core.publish_will(cx, slot, &will);
            }
        }
        self.core.release_wills(cx);
    }

    pub(super) fn disconnect_all<E: Effects>(&mut self, cx: &mut Cx<'_, E>) {
        for slot in 0..self.numbers.end() {
            let Some(id) = self.id_of(slot) else { continue };
            let Some(mut connection) = self.take(id) else { continue };
            if !matches!(connection.phase, Phase::Closed) {
                let why = (ReasonCode::ServerShuttingDown, "server_shutting_down");
                self.close(cx, id, &mut connection, why);
            }
            self.put_back(id, connection);
        }
    }

    pub(super) fn close_evicted<E: Effects>(&mut self, cx: &mut Cx<'_, E>) {
        while let Some(slot) = self.core.evicted.pop() {
            let Some(id) = self.id_of(slot) else { continue };
            let Some(mut connection) = self.take(id) else { continue };
            // Its session was detached by the one who took it over.
            connection.phase = Phase::Closed;
            connection.partial = Vec::new();
            self.core.timers.set(TimerKey::Connection(slot), &mut connection.deadline, None);
            self.put_back(id, connection);
            cx.effects.close(id);
        }
    }

    /// The connection that a panic took along is closed; its session goes on, or ends, without it.
    pub(super) fn close_lost<E: Effects>(&mut self, cx: &mut Cx<'_, E>) {
        let Some(id) = self.in_hand.take() else { return };
        // Nobody is left to enter what the socket takes of it.
        self.core.links.open(id);
        cx.effects.close(id);
        if let Some(session) = self.core.sessions.owned_by(id.slot) {
            let core = &mut self.core;
            let left = catch_unwind(AssertUnwindSafe(|| {
                core.detach(cx, session, Ending::abnormal("internal_error"));
            }));
            self.core.counters.panics += u64::from(left.is_err());
        }
    }
}
