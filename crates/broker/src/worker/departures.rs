//! How sockets leave a worker: what is left is written, and unread bytes are waited out. It does
//! not know why the hub closed them.

use std::sync::atomic::Ordering;

use sluice_session::{MillisSinceStart, Now};

use super::WorkerThread;
use crate::socket::Socket;

/// A socket closed while unread bytes lie in it would be reset, and the client might never read
/// why.
pub(super) struct Lingering {
    socket: Socket,
    until: MillisSinceStart,
}

impl WorkerThread {
    /// Lets go of the sockets that took everything, or had their time.
    pub(super) fn finish_closing(&mut self, now: Now) {
        let mut closing = std::mem::take(&mut self.closing);
        closing.retain(|id| {
            let Some(socket) = self.socket(*id) else { return false };
            let overdue = socket.closing.is_none_or(|until| until <= now.monotonic);
            if !overdue && socket.blocked {
                return true;
            }
            self.hub.release(*id);
            if let Some(mut socket) = self.take_socket(*id) {
                self.registry.connections.fetch_sub(1, Ordering::Relaxed);
                if !overdue && socket.shut_down() {
                    let until = now.monotonic + LINGER_MILLIS;
                    self.lingering.push(Lingering { socket, until });
                }
            }
            false
        });
        self.closing = closing;
        if self.lingering.is_empty() || self.lingering_look > now.monotonic {
            return;
        }
        // Not in every turn: each look is a system call.
        self.lingering_look = now.monotonic + CLOSING_LOOK_MILLIS;
        let mut buffer = std::mem::take(&mut self.read_buffer);
        self.lingering.retain_mut(|lingering| {
            lingering.until > now.monotonic && lingering.socket.discard(&mut buffer)
        });
        self.read_buffer = buffer;
    }
}

/// How long a closed connection may take to read its last bytes.
pub(super) const CLOSING_MILLIS: u64 = 2_000;
/// How long its client may take to close its own side.
const LINGER_MILLIS: u64 = 1_000;
/// How often sockets that are on their way out are looked at.
pub(super) const CLOSING_LOOK_MILLIS: u64 = 20;
