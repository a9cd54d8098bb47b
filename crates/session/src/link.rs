//! The outgoing half of a connection: the version and limits a packet is written for, and the bytes
//! not yet on the socket. It does not know the socket.

use sluice_mqtt::{AckType, Delivery, Packet, PacketId, ReasonCode, Version, encode_ack};

/// Bytes on their way to one client.
#[derive(Debug)]
pub struct Link {
    /// What packets are written for; 3.1.1 until CONNECT says otherwise.
    pub version: Version,
    /// The client's Maximum Packet Size.
    pub maximum_packet_size: u32,
    /// The client's Receive Maximum.
    pub receive_maximum: u16,
    /// Whether the worker has this link in its list of those to be flushed.
    pub is_listed: bool,
    /// Whether the worker stopped reading the socket until the client reads.
    pub is_held: bool,
    out: Vec<u8>,
    /// Bytes at the front of `out` that the socket has taken.
    written: usize,
    /// Packets since [`Link::take_packets`].
    packets: u64,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            version: Version::V3_1_1,
            maximum_packet_size: u32::MAX,
            receive_maximum: 0,
            is_listed: false,
            is_held: false,
            out: Vec::new(),
            written: 0,
            packets: 0,
        }
    }
}

impl Link {
    /// A link for packets of this version to a client with this Receive Maximum.
    #[must_use]
    pub fn new(version: Version, receive_maximum: u16) -> Self {
        Self { version, receive_maximum, ..Self::default() }
    }

    /// Whether another delivery may be written. Past [`Link::HIGH_WATER`] messages wait in the
    /// session's queue, where they are bounded and counted.
    #[must_use]
    pub const fn has_room(&self) -> bool {
        self.out.len() - self.written < Self::HIGH_WATER
    }

    /// Writes a packet. Acknowledgements and the like are always taken; a client that sends and
    /// does not read is no longer read from ([`Link::is_held`]).
    pub fn send(&mut self, packet: &Packet<'_>) {
        self.packets += 1;
        packet.encode(self.version, &mut self.out);
    }

    /// Writes an acknowledgement without properties.
    pub fn acknowledge(&mut self, ack_type: AckType, packet_id: PacketId, reason: ReasonCode) {
        self.packets += 1;
        encode_ack(ack_type, packet_id, reason, self.version, &mut self.out);
    }

    /// Writes a PUBLISH.
    pub fn deliver(&mut self, delivery: &Delivery<'_>) {
        self.packets += 1;
        delivery.encode(self.version, &mut self.out);
    }

    /// Writes a packet that was encoded before, for this link's version.
    pub fn send_encoded(&mut self, packet: &[u8]) {
        self.packets += 1;
        self.out.extend_from_slice(packet);
    }

    /// How many packets were written to it since this was last asked.
    pub const fn take_packets(&mut self) -> u64 {
        let packets = self.packets;
        self.packets = 0;
        packets
    }

    /// Bytes that the socket has not taken.
    #[must_use]
    pub fn unwritten(&self) -> &[u8] {
        self.out.get(self.written..).unwrap_or_default()
    }

    /// The socket took `bytes` more. When nothing is left, gives the buffer away, so that an idle
    /// connection owns none.
    pub fn wrote(&mut self, bytes: usize) -> Option<Vec<u8>> {
        self.written = self.written.saturating_add(bytes).min(self.out.len());
        if self.written < self.out.len() {
            // Taken bytes are moved out once they are the larger part: each byte moves at most once
            // or twice.
            if self.written > Self::HIGH_WATER && self.written > self.out.len() / 2 {
                self.out.drain(..self.written);
                self.written = 0;
            }
            return None;
        }
        self.written = 0;
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        Some(out)
    }

    /// Whether a buffer should be lent before writing.
    #[must_use]
    pub const fn wants_buffer(&self) -> bool {
        self.out.capacity() == 0
    }

    /// Lends an empty buffer, so that a busy connection does not allocate one in each turn.
    pub fn lend(&mut self, buffer: Vec<u8>) {
        if self.wants_buffer() {
            self.out = buffer;
        }
    }

    /// Unwritten bytes from which on messages wait in the session's queue and the client is not
    /// read from.
    pub const HIGH_WATER: usize = 512 * 1024;
}
