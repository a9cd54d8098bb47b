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

    /// The connection of a slot.
    pub(crate) fn id_of(&self, slot: u32) -> Option<ConnectionId> {
        self.links.get(slot).map(|entry| ConnectionId { slot, serial: entry.serial })
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
        while let Some(slot) = self.to_flush.pop() {
            let Some(entry) = self.links.get_mut(slot) else { continue };
            entry.link.is_listed = false;
            if !entry.link.unwritten().is_empty() {
                return Some(ConnectionId { slot, serial: entry.serial });
            }
            // Nothing was written after all, since the message had to wait: an idle connection owns
            // no buffer.
            if let Some(buffer) = entry.link.wrote(0) {
                self.reuse(buffer);
            }
        }
        None
    }

    /// Takes back a buffer that was written out.
    pub(crate) fn reuse(&mut self, buffer: Vec<u8>) {
        let is_fit = (1..=SPARE_CAPACITY).contains(&buffer.capacity());
        if is_fit && self.spare.len() < SPARE_BUFFERS {
            self.spare.push(buffer);
        }
    }
}

/// Buffers kept for the next turn.
const SPARE_BUFFERS: usize = 256;
/// A buffer that a burst made larger is given back.
const SPARE_CAPACITY: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use sluice_mqtt::Packet;

    use super::*;

    const ID: ConnectionId = ConnectionId { slot: 3, serial: 1 };

    fn write_out(links: &mut Links) {
        let link = links.get_mut(ID.slot).unwrap();
        let written = link.unwritten().len();
        if let Some(buffer) = link.wrote(written) {
            links.reuse(buffer);
        }
    }

    #[test]
    fn a_link_that_was_written_to_is_flushed_once_a_turn() {
        let mut links = Links::default();
        links.open(ID);
        for _ in 0..2 {
            links.writable(ID.slot).unwrap().send(&Packet::PingResp);
        }
        assert_eq!(links.next_to_flush(), Some(ID));
        assert_eq!(links.next_to_flush(), None);
        assert_eq!(links.get(ID.slot).unwrap().unwritten().len(), 4);
        assert!(links.writable(9_999).is_none());
    }

    #[test]
    fn a_buffer_goes_round() {
        let mut links = Links::default();
        links.open(ID);
        links.writable(ID.slot).unwrap().send(&Packet::PingResp);
        write_out(&mut links);
        assert_eq!(links.spare.len(), 1);
        links.writable(ID.slot).unwrap().send(&Packet::PingResp);
        assert_eq!(links.spare.len(), 0);
    }

    #[test]
    fn a_link_to_which_nothing_was_written_gives_its_buffer_back() {
        let mut links = Links::default();
        links.open(ID);
        links.reuse(Vec::with_capacity(100));
        links.reuse(Vec::new());
        assert_eq!(links.spare.len(), 1, "what holds nothing is no buffer");
        links.writable(ID.slot);
        assert_eq!(links.next_to_flush(), None);
        assert_eq!(links.spare.len(), 1);
        assert!(links.get(ID.slot).unwrap().wants_buffer());
    }

    #[test]
    fn what_a_burst_made_large_is_given_back() {
        let mut links = Links::default();
        links.reuse(Vec::with_capacity(SPARE_CAPACITY + 1));
        assert!(links.spare.is_empty());
    }
}
