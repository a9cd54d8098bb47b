//! Bytes as entries. What no entry can say is an error, never more. It does not know files.

use std::num::NonZeroU16;

use sluice_journal::{Position, SessionKey};
use sluice_mqtt::{
    MessageRef, PacketId, Properties, QoS, RetainHandling, SubscriptionOptions, UnixMillis,
};
use sluice_value::Record;

use super::bytes::{Corrupt, Reader};
use super::kind;
use super::value::value;
use crate::decoded::{Decoded, Receiver};

/// Reads the body of a record of this kind.
pub(crate) fn decode(kind: u8, body: &[u8]) -> Result<Decoded<'_>, Corrupt> {
    let mut reader = Reader(body);
    let decoded = match kind {
        kind::MESSAGE => {
            let receivers = receivers(&mut reader)?;
            let id = u128::from_le_bytes(reader.array()?);
            Decoded::Message { id, message: message(&mut reader)?, receivers }
        }
        kind::ROW => {
            let deliveries = deliveries(&mut reader)?;
            // Read whole, so that a row that is kept can be given back.
            let rest = reader.0;
            row(&mut reader)?;
            Decoded::Row { deliveries, rest }
        }
        kind::CURSOR => {
            let deliveries = deliveries(&mut reader)?;
            let [(action, lane)] = deliveries.as_slice() else { return Err(Corrupt) };
            let position = Position(reader.number()?);
            Decoded::Cursor { action, lane: *lane, position }
        }
        kind::ACTION_ENDED => Decoded::ActionEnded { action: reader.text()? },
        kind::RETAINED => Decoded::Retained { message: message(&mut reader)? },
        kind::DOCUMENT => {
            let name = reader.text()?;
            let is_there = boolean(reader.byte()?)?;
            let body = std::mem::take(&mut reader.0);
            Decoded::Document { name, body: is_there.then_some(body) }
        }
        _ => decode_session(kind, &mut reader)?,
    };
    reader.end()?;
    Ok(decoded)
}

fn decode_session<'b>(kind: u8, reader: &mut Reader<'b>) -> Result<Decoded<'b>, Corrupt> {
    let session = SessionKey(reader.number()?);
    Ok(match kind {
        kind::SESSION => Decoded::Session {
            session,
            client_id: reader.text()?,
            expiry: reader.small()?,
            disconnected_at: time(reader)?,
        },
        kind::SESSION_ENDED => Decoded::SessionEnded { session },
        kind::SUBSCRIBED => Decoded::Subscribed {
            session,
            filter: reader.text()?,
            options: options(reader.byte()?)?,
            identifier: reader.small()?,
        },
        kind::UNSUBSCRIBED => Decoded::Unsubscribed { session, filter: reader.text()? },
        kind::WILL => {
            let due = UnixMillis(reader.number()?);
            let is_there = boolean(reader.byte()?)?;
            let message = if is_there { Some(message(reader)?) } else { None };
            Decoded::Will { session, message, due }
        }
        kind::RECEIVED => Decoded::Received { session, packet_id: packet_id(reader)? },
        kind::RELEASED => Decoded::Released { session, packet_id: packet_id(reader)? },
        kind::SENT => Decoded::Sent {
            session,
            packet_id: packet_id(reader)?,
            message: Position(reader.number()?),
        },
        kind::SENT_RECEIVED => Decoded::SentReceived { session, packet_id: packet_id(reader)? },
        kind::SENT_COMPLETE => Decoded::SentComplete { session, packet_id: packet_id(reader)? },
        kind::DISCARDED => Decoded::Discarded { session, message: Position(reader.number()?) },
        _ => return Err(Corrupt),
    })
}

/// What follows the deliveries of a row.
pub(crate) struct Row<'b> {
    pub(crate) rule: &'b str,
    pub(crate) rule_version: u64,
    pub(crate) message: u128,
    pub(crate) index: u32,
    pub(crate) values: Record,
}

/// Reads what follows the deliveries of a row.
pub(crate) fn decode_row(rest: &[u8]) -> Result<Row<'_>, Corrupt> {
    let mut reader = Reader(rest);
    let row = row(&mut reader)?;
    reader.end()?;
    Ok(row)
}

fn row<'b>(reader: &mut Reader<'b>) -> Result<Row<'b>, Corrupt> {
    Ok(Row {
        rule: reader.text()?,
        rule_version: reader.number()?,
        message: u128::from_le_bytes(reader.array()?),
        index: reader.small()?,
        values: Record::try_from(value(reader)?).map_err(|_| Corrupt)?,
    })
}

fn receivers(reader: &mut Reader<'_>) -> Result<Vec<Receiver>, Corrupt> {
    let count = reader.count()?;
    let mut receivers = Vec::with_capacity(count.min(CAPACITY_MAX));
    for _ in 0..count {
        let session = SessionKey(reader.number()?);
        let (qos, retain) = delivery(reader.byte()?)?;
        let mut identifiers = Vec::new();
        for _ in 0..reader.count()? {
            identifiers.push(reader.small()?);
        }
        receivers.push(Receiver { session, qos, retain, identifiers });
    }
    Ok(receivers)
}

fn deliveries<'b>(reader: &mut Reader<'b>) -> Result<Vec<(&'b str, u16)>, Corrupt> {
    let count = reader.count()?;
    let mut deliveries = Vec::with_capacity(count.min(CAPACITY_MAX));
    for _ in 0..count {
        deliveries.push((reader.text()?, reader.small()?));
    }
    Ok(deliveries)
}

fn message<'b>(reader: &mut Reader<'b>) -> Result<MessageRef<'b>, Corrupt> {
    let (qos, retain) = delivery(reader.byte()?)?;
    let expires_at = time(reader)?;
    let topic = reader.text()?;
    let properties = Properties::from_encoded(reader.bytes()?).map_err(|_| Corrupt)?;
    let payload = reader.bytes()?;
    Ok(MessageRef { topic, payload, qos, retain, properties, expires_at })
}

fn time(reader: &mut Reader<'_>) -> Result<Option<UnixMillis>, Corrupt> {
    Ok(reader.number()?.checked_sub(1).map(UnixMillis))
}

fn packet_id(reader: &mut Reader<'_>) -> Result<PacketId, Corrupt> {
    let id = NonZeroU16::new(reader.small()?).ok_or(Corrupt)?;
    Ok(PacketId(id))
}

fn delivery(byte: u8) -> Result<(QoS, bool), Corrupt> {
    let qos = QoS::from_bits(byte & 0b11).ok_or(Corrupt)?;
    Ok((qos, boolean(byte >> 2)?))
}

fn options(byte: u8) -> Result<SubscriptionOptions, Corrupt> {
    Ok(SubscriptionOptions {
        qos: QoS::from_bits(byte & 0b11).ok_or(Corrupt)?,
        no_local: byte & 0b100 != 0,
        retain_as_published: byte & 0b1000 != 0,
        retain_handling: match byte >> 4 {
            0 => RetainHandling::Send,
            1 => RetainHandling::SendIfNew,
            2 => RetainHandling::DoNotSend,
            _ => return Err(Corrupt),
        },
    })
}

const fn boolean(byte: u8) -> Result<bool, Corrupt> {
    match byte {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Corrupt),
    }
}

/// Things for which room is made before the first of them is seen.
const CAPACITY_MAX: usize = 1024;
