//! The links of a worker's connections, those that have something to flush, and spare buffers. It
//! does not know sessions or sockets.

use sluice_session::Link;

use crate::{ConnectionId, Slots};

/// Links by connection slot.
#[derive(Default)]
pub(crate) struct Links {
    links: Slots<Entry>,
    to_flush: Vec<u32>,
    spare: Vec<Vec<u8>>,
}

#[derive(Default)]
struct Entry {
    serial: u32,
    link: Link,
}

impl Links {
    /// A fresh link for a new connection in this slot.
    pub(crate) fn open(&mut self, connection: ConnectionId) {
        *self.links.reach(connection.slot) =
            Entry { serial: connection.serial, link: Link::default() };
    }

    /// The link of a slot, about to be written to: it has a buffer and will be flushed at the end
    /// of the turn.
    pub(crate) fn writable(&mut self, slot: u32) -> Option<&mut Link> {
        let link = &mut self.links.get_mut(slot)?.link;
        if !link.is_listed {
            link.is_listed = true;
            self.to_flush.push(slot);
        }
        if link.wants_buffer()
            && let Some(buffer) = self.spare.pop()
        {
            link.lend(buffer);
        }
        Some(link)
    }

    /// The link of a slot, to look at.
    pub(crate) fn get(&self, slot: u32) -> Option<&Link> {
        self.links.get(slot).map(|entry| &entry.link)
    }

    /// The link of a slot, to change without writing.
    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut Link> {
        self.links.get_mut(slot).map(|entry| &mut entry.link)
    }

    /// One connection that has something to flush; each comes once per turn.
    pub(crate) fn next_to_flush(&mut self) -> Option<ConnectionId> {
        let slot = self.to_flush.pop()?;
        let entry = self.links.get_mut(slot)?;
        entry.link.is_listed = false;
        Some(ConnectionId { slot, serial: entry.serial })
    }

    /// Takes back a buffer that was written out.
    pub(crate) fn reuse(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < SPARE_BUFFERS && buffer.capacity() <= SPARE_CAPACITY {
            self.spare.push(buffer);
        }
    }
}

/// Buffers kept for the next turn.
const SPARE_BUFFERS: usize = 256;
/// A buffer that a burst made larger is given back.
const SPARE_CAPACITY: usize = 128 * 1024;
