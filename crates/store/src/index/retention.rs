//! Whether a record is still needed where it stands. It does not know how one is copied.

use sluice_journal::{Entry, Position, Receiver, RowDelivery, SessionKey};

use super::Index;
use crate::codec::{encode, encode_message, encode_row};
use crate::decoded::Decoded;
use crate::segment::Location;

/// How a record that is needed goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Not at all.
    No,
    /// As it is.
    Whole,
    /// With this body.
    Changed(Vec<u8>),
}

impl Index {
    /// Whether the record at this place is what the state rests on.
    pub(crate) fn keeps(&self, position: u64, at: Location, entry: &Decoded<'_>) -> Keep {
        let stands = |location: Option<Location>| match location == Some(at) {
            true => Keep::Whole,
            false => Keep::No,
        };
        let session = |key: &SessionKey| self.sessions.get(key);
        match entry {
            Decoded::Message { id, message, .. } => {
                let state = self.messages.get(&position);
                if state.and_then(|state| state.location) != Some(at) {
                    return Keep::No;
                }
                // Those who are done must not get it again.
                let receivers = self.receivers(entry, position);
                let mut body = Vec::new();
                encode_message((*id, message), receivers.into_iter(), &mut body);
                Keep::Changed(body)
            }
            Decoded::Row { rest, .. } => {
                if self.rows.location(position) != Some(at) {
                    return Keep::No;
                }
                let holders = self.rows.holders(position);
                let lanes: Vec<RowDelivery<'_>> = holders
                    .into_iter()
                    .map(|(action, lane)| RowDelivery { action, lane })
                    .collect();
                let mut body = Vec::new();
                encode_row(lanes, rest, &mut body);
                Keep::Changed(body)
            }
            Decoded::Session { session: key, .. } => {
                stands(session(key).and_then(|session| session.location))
            }
            Decoded::Subscribed { session: key, filter, .. } => stands(
                session(key).and_then(|it| it.subscriptions.get(*filter)).map(|it| it.location),
            ),
            Decoded::Retained { message } => stands(self.retained.get(message.topic).copied()),
            Decoded::Will { session: key, .. } => {
                stands(session(key).and_then(|it| it.will).map(|(at, _)| at))
            }
            Decoded::Received { session: key, packet_id } => {
                stands(session(key).and_then(|it| it.received.get(packet_id).copied()))
            }
            Decoded::Sent { session: key, packet_id, .. }
            | Decoded::SentReceived { session: key, packet_id } => stands(
                session(key).and_then(|it| it.in_flight.get(packet_id)).map(|it| it.location),
            ),
            Decoded::Document { name, .. } => stands(self.documents.get(*name).copied()),
            // They take back what stood before them, and that is gone with them.
            Decoded::Cursor { .. }
            | Decoded::ActionEnded { .. }
            | Decoded::SessionEnded { .. }
            | Decoded::Unsubscribed { .. }
            | Decoded::Released { .. }
            | Decoded::SentComplete { .. }
            | Decoded::Discarded { .. } => Keep::No,
        }
    }

    /// The deliveries in flight of a message that is kept: what ends them names them by packet
    /// identifier, so that they have to stand behind it.
    pub(crate) fn sent(&self, position: u64, entry: &Decoded<'_>) -> Vec<(u64, Vec<u8>)> {
        let Decoded::Message { receivers, .. } = entry else { return Vec::new() };
        let mut found = Vec::new();
        for receiver in receivers {
            let Some(session) = self.sessions.get(&receiver.session) else { continue };
            for (packet_id, in_flight) in &session.in_flight {
                if in_flight.message == Some(position) {
                    let mut body = Vec::new();
                    let sent = Entry::Sent {
                        session: receiver.session,
                        packet_id: *packet_id,
                        message: Position(position),
                    };
                    encode(&sent, &mut body);
                    found.push((in_flight.order, body));
                }
            }
        }
        found
    }

    /// Those of the record's receivers who still need the message.
    fn receivers(&self, entry: &Decoded<'_>, position: u64) -> Vec<Receiver<'_>> {
        let Decoded::Message { receivers, .. } = entry else { return Vec::new() };
        let still = receivers.iter().filter_map(|receiver| {
            let hold = self.sessions.get(&receiver.session)?.holds.get(&position)?;
            Some(Receiver {
                session: receiver.session,
                qos: hold.qos,
                retain: hold.retain,
                identifiers: &hold.identifiers,
            })
        });
        still.collect()
    }
}
