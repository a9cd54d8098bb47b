//! QoS 1 and 2 messages that were sent and are not yet acknowledged. It does not know how packets
//! are written.

use std::collections::VecDeque;
use std::sync::Arc;

use sluice_event::Provenance;
use sluice_mqtt::{Message, PacketId, QoS};

/// Sent and unacknowledged, in the order in which they were first sent, which is the order of a
/// resend [MQTT5-4.4.0-1].
///
/// Packet identifiers are given in turn, so that an entry's place follows from its identifier; an
/// entry that is acknowledged before an older one leaves a free place behind until the older ones
/// are done. An identifier is therefore never used again while it, or any older one, is in flight.
#[derive(Debug, Default)]
pub(crate) struct Inflight {
    entries: VecDeque<State>,
    /// The identifier of `entries[0]`, minus one: identifiers run from 1 to 65,535.
    first: u16,
    /// Entries that are not free.
    live: usize,
    /// `entries[sent..]` have not been sent on this connection.
    sent: usize,
    /// Live entries within `entries[..sent]`: what counts against the client's Receive Maximum.
    outstanding: usize,
    /// Bytes of the messages kept for a resend.
    kept_bytes: usize,
}

/// Where one delivery stands.
#[derive(Debug)]
enum State {
    /// Acknowledged before an older one.
    Free,
    /// PUBLISH sent; PUBACK or PUBREC is awaited.
    Published(Option<Box<InflightMessage>>, QoS),
    /// PUBREC came; PUBREL is due and PUBCOMP awaited.
    Released,
}

/// What a resend needs, and rules that look at acknowledgements. Kept for sessions that outlive
/// their connection, and while there are such rules.
#[derive(Clone, Debug)]
pub struct InflightMessage {
    /// The message.
    pub message: Message,
    /// The RETAIN flag of the delivery.
    pub retain: bool,
    /// Subscription Identifiers.
    pub identifiers: Box<[u32]>,
    /// Where the message came from, when rules look at deliveries.
    pub provenance: Option<Arc<Provenance>>,
}

/// What an acknowledgement was for.
#[derive(Debug)]
pub enum Acknowledged {
    /// No such delivery is in flight.
    Unknown,
    /// A delivery, with its message if that was kept and was not given out before.
    Delivery(Option<Box<InflightMessage>>),
}

impl Acknowledged {
    /// Whether such a delivery was in flight.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Delivery(_))
    }
}

/// What to send again.
#[derive(Debug)]
pub(crate) enum Resend<'i> {
    /// PUBLISH with DUP.
    Publish(PacketId, &'i InflightMessage, QoS),
    /// PUBREL.
    Release(PacketId),
}

impl Inflight {
    /// Whether one more may be sent to a client with this Receive Maximum. A client may name a
    /// large one and acknowledge nothing: what is kept for it has a bound of its own.
    #[must_use]
    pub(crate) fn has_room(&self, receive_maximum: u16, kept_bytes_max: usize) -> bool {
        self.outstanding < usize::from(receive_maximum)
            && (self.kept_bytes < kept_bytes_max || self.kept_bytes == 0)
            && self.sent == self.entries.len()
            && self.entries.len() < usize::from(u16::MAX)
    }

    /// How many more the client's Receive Maximum lets through.
    #[must_use]
    pub(crate) fn room(&self, receive_maximum: u16) -> usize {
        usize::from(receive_maximum).saturating_sub(self.outstanding)
    }

    /// Enters a message about to be sent for the first time; the caller has asked
    /// [`Inflight::has_room`].
    pub(crate) fn push(&mut self, message: Option<Box<InflightMessage>>, qos: QoS) -> PacketId {
        let packet_id = self.id_at(self.entries.len());
        self.kept_bytes += message.as_ref().map_or(0, |kept| kept.message.size());
        self.entries.push_back(State::Published(message, qos));
        self.sent = self.entries.len();
        self.live += 1;
        self.outstanding += 1;
        packet_id
    }

    /// PUBACK, or a PUBREC with an error code: a delivery that was in flight is complete now.
    pub(crate) fn published_is_done(&mut self, packet_id: PacketId, qos: QoS) -> Acknowledged {
        self.take(packet_id, |state| matches!(state, State::Published(_, q) if *q == qos))
            .map_or(Acknowledged::Unknown, |state| Acknowledged::Delivery(state.into_kept()))
    }

    /// PUBREC for a QoS 2 delivery in flight: PUBREL is due.
    pub(crate) fn received(&mut self, packet_id: PacketId) -> Acknowledged {
        let Some(state) = self.index_of(packet_id).and_then(|index| self.entries.get_mut(index))
        else {
            return Acknowledged::Unknown;
        };
        match state {
            State::Published(_, QoS::ExactlyOnce) => {
                let published = std::mem::replace(state, State::Released);
                self.kept_bytes -= published.kept_bytes();
                Acknowledged::Delivery(published.into_kept())
            }
            State::Released => Acknowledged::Delivery(None),
            State::Free | State::Published(..) => Acknowledged::Unknown,
        }
    }

    /// PUBCOMP: whether a released delivery was in flight; it is complete now.
    pub(crate) fn completed(&mut self, packet_id: PacketId) -> bool {
        self.take(packet_id, |state| matches!(state, State::Released)).is_some()
    }

    /// The connection is new: everything must be sent again.
    pub(crate) fn restart(&mut self) {
        self.sent = 0;
        self.outstanding = 0;
    }

    /// The next one to send again within the Receive Maximum; counts it as sent.
    pub(crate) fn resend(&mut self, receive_maximum: u16) -> Option<Resend<'_>> {
        while matches!(self.entries.get(self.sent), Some(State::Free)) {
            self.sent += 1;
        }
        if self.sent >= self.entries.len() || self.outstanding >= usize::from(receive_maximum) {
            return None;
        }
        let packet_id = self.id_at(self.sent);
        let state = self.entries.get(self.sent)?;
        self.sent += 1;
        self.outstanding += 1;
        match state {
            State::Published(Some(message), qos) => Some(Resend::Publish(packet_id, message, *qos)),
            State::Released => Some(Resend::Release(packet_id)),
            // Only a session that ends with its connection keeps no message, and that is never
            // resumed.
            State::Published(None, _) | State::Free => None,
        }
    }

    /// Whether something is to be sent again.
    #[must_use]
    pub(crate) fn has_unsent(&self) -> bool {
        self.sent < self.entries.len()
    }

    /// Deliveries in flight.
    #[must_use]
    pub(crate) const fn len(&self) -> usize {
        self.live
    }

    fn take(&mut self, packet_id: PacketId, is_it: impl FnOnce(&State) -> bool) -> Option<State> {
        let index = self.index_of(packet_id)?;
        let state = self.entries.get_mut(index).filter(|state| is_it(state))?;
        let done = std::mem::replace(state, State::Free);
        self.kept_bytes -= done.kept_bytes();
        self.live -= 1;
        if index < self.sent {
            self.outstanding = self.outstanding.saturating_sub(1);
        }
        self.drop_free_front();
        Some(done)
    }

    fn drop_free_front(&mut self) {
        while matches!(self.entries.front(), Some(State::Free)) {
            self.entries.pop_front();
            self.first = (self.first + 1) % u16::MAX;
            self.sent = self.sent.saturating_sub(1);
        }
        if self.entries.is_empty() && self.entries.capacity() > KEPT_CAPACITY {
            self.entries = VecDeque::new();
        }
    }

    /// The identifier given last, if that delivery is in flight.
    pub(crate) fn newest(&self) -> Option<PacketId> {
        Some(self.id_at(self.entries.len().checked_sub(1)?))
    }

    fn id_at(&self, index: usize) -> PacketId {
        let identifiers = usize::from(u16::MAX);
        let zero_based = (usize::from(self.first) + index) % identifiers;
        let id = u16::try_from(zero_based + 1).unwrap_or(1);
        PacketId(std::num::NonZeroU16::new(id).unwrap_or(std::num::NonZeroU16::MIN))
    }

    fn index_of(&self, packet_id: PacketId) -> Option<usize> {
        let zero_based = packet_id.0.get() - 1;
        let index = if zero_based >= self.first {
            usize::from(zero_based - self.first)
        } else {
            usize::from(u16::MAX) - usize::from(self.first - zero_based)
        };
        (index < self.entries.len()).then_some(index)
    }
}

impl State {
    fn kept_bytes(&self) -> usize {
        match self {
            Self::Published(Some(kept), _) => kept.message.size(),
            Self::Published(None, _) | Self::Free | Self::Released => 0,
        }
    }

    fn into_kept(self) -> Option<Box<InflightMessage>> {
        match self {
            Self::Published(kept, _) => kept,
            Self::Free | Self::Released => None,
        }
    }
}

/// A window that empties and fills all the time keeps room for this many.
const KEPT_CAPACITY: usize = 64;

#[cfg(test)]
mod tests;
