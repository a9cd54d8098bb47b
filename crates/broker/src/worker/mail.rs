//! What others have for a worker, and what it has for others. It does not know sockets.

use std::task::Context;

use sluice_hub::{ConnectionId, Input};
use sluice_rule::Ticket;
use sluice_session::Now;

use super::WorkerThread;
use crate::inbox::{Inbox, Mail, WorkerStats};

impl WorkerThread {
    pub(super) fn read_mail(&mut self, context: &mut Context<'_>, now: Now) {
        let mut mail = std::mem::take(&mut self.mail);
        let Some(inbox) = self.inboxes.get(self.inbox_index) else { return };
        if inbox.take(&mut mail, context.waker()) {
            self.inboxes.iter().for_each(Inbox::wake);
        }
        while let Some(mail) = mail.pop_front() {
            match mail {
                Mail::Batch(batch) => {
                    self.handle(now, Input::Batch(&batch));
                    self.flush(now);
                    self.hub.reuse_batch(batch);
                }
                Mail::HandOver { socket, peer, unread } => {
                    self.take_over(socket, peer, &unread, now)
                }
                Mail::Listen { name, listener } => self.listen(name, listener, context),
                Mail::Room(ticket) => {
                    self.handle(now, Input::Room(ticket));
                    self.list_unread(ticket);
                }
                Mail::Publish(messages) => self.handle(now, Input::Publish(&messages)),
                Mail::Stats(asker) => {
                    self.hub.refresh();
                    // Who asked may have given up waiting.
                    let _asker_left = asker.send(self.stats());
                }
                Mail::PublishWills(asker) => {
                    self.handle(now, Input::PublishWills);
                    self.wills_awaited = Some(asker);
                }
                Mail::Stop(asker) => {
                    self.listeners.clear();
                    self.handle(now, Input::DisconnectAll);
                    self.stopping = Some(asker);
                }
            }
        }
        self.mail = mail;
    }

    /// Publishes that waited and were too much for one turn go on in the next.
    fn list_unread(&mut self, ticket: Ticket) {
        let id = ConnectionId { slot: ticket.slot, serial: ticket.serial };
        if self.hub.has_unread(id)
            && let Some(socket) = self.socket(id)
        {
            socket.list();
        }
    }

    pub(super) fn send_batches(&mut self) {
        while let Some((worker, batch)) = self.hub.take_batch() {
            self.held_back.push_back((worker, batch));
        }
        self.send_held_back();
    }

    pub(super) fn send_held_back(&mut self) {
        while let Some((worker, batch)) = self.held_back.pop_front() {
            let Some(inbox) = self.inboxes.get(usize::from(worker.0)) else { continue };
            if !inbox.has_room() {
                self.held_back.push_front((worker, batch));
                return;
            }
            inbox.push_batch(batch);
        }
        for slot in self.deferred.drain(..) {
            if let Some(Some(socket)) = self.sockets.get(slot) {
                socket.list();
            }
        }
    }

    fn stats(&self) -> WorkerStats {
        let rules = self.hub.rule_counters();
        WorkerStats {
            counters: self.hub.counters(),
            rules: rules.map(|(id, counters)| (id.to_owned(), *counters)).collect(),
        }
    }
}
