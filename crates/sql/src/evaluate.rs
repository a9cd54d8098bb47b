//! What an evaluation is given: the event's columns, the time, entropy. It does not know which
//! event it is.

use sluice_value::{JsonError, Value};

use crate::operand::Operand;

/// The columns of one event, asked for by name.
pub trait Columns {
    /// The column's value; [`Value::Undefined`] where this event has no such column (or no value
    /// for it).
    fn column(&self, name: &str) -> Value;

    /// The raw payload, where the event has one. `column("payload")` gives the same bytes as text.
    fn payload(&self) -> Option<&[u8]>;

    /// The payload as JSON. The implementer parses it at most once per event, whatever the number
    /// of rules that ask. Asked only where [`payload`](Self::payload) gives bytes.
    ///
    /// # Errors
    /// The payload is not JSON; the same answer every time.
    fn payload_json(&self) -> Result<&Value, JsonError>;

    /// Every column that `SELECT *` gives, in order (`retain` is not part of it).
    fn names(&self) -> &'static [&'static str];

    /// The column as predicates look at it: borrowed wherever the event holds it already, so that
    /// a rule that does not pass allocates nothing. Gives the same value as
    /// [`column`](Self::column).
    fn operand(&self, column: ColumnId) -> Operand<'_> {
        match (column, self.payload()) {
            (ColumnId::Payload, Some(payload)) => Operand::Bytes(payload),
            _ => Operand::Owned(self.column(column.name())),
        }
    }
}

/// A column that plans know by number: those of a publish, which are read for every message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the column's name; `name` spells it")]
#[repr(u8)]
pub enum ColumnId {
    ClientAttrs,
    Clientid,
    Event,
    Flags,
    Id,
    Metadata,
    Node,
    Payload,
    Peerhost,
    Peername,
    PubProps,
    PublishReceivedAt,
    Qos,
    Retain,
    Timestamp,
    Topic,
    Username,
}

impl ColumnId {
    /// Every such column.
    pub const ALL: [Self; 17] = [
        Self::ClientAttrs,
        Self::Clientid,
        Self::Event,
        Self::Flags,
        Self::Id,
        Self::Metadata,
        Self::Node,
        Self::Payload,
        Self::Peerhost,
        Self::Peername,
        Self::PubProps,
        Self::PublishReceivedAt,
        Self::Qos,
        Self::Retain,
        Self::Timestamp,
        Self::Topic,
        Self::Username,
    ];

    /// The column's name in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientAttrs => "client_attrs",
            Self::Clientid => "clientid",
            Self::Event => "event",
            Self::Flags => "flags",
            Self::Id => "id",
            Self::Metadata => "metadata",
            Self::Node => "node",
            Self::Payload => "payload",
            Self::Peerhost => "peerhost",
            Self::Peername => "peername",
            Self::PubProps => "pub_props",
            Self::PublishReceivedAt => "publish_received_at",
            Self::Qos => "qos",
            Self::Retain => "retain",
            Self::Timestamp => "timestamp",
            Self::Topic => "topic",
            Self::Username => "username",
        }
    }

    /// The column of that name, if it is one of these.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}

/// What an evaluation needs beyond its columns.
pub struct Evaluation<'e> {
    /// Wall clock, nanoseconds since 1970-01-01T00:00:00Z.
    pub unix_nanos: i128,
    /// The next 64 random bits, from the caller's seeded source.
    pub entropy: &'e mut dyn FnMut() -> u64,
}

#[cfg(test)]
mod tests {
    use super::ColumnId;

    #[test]
    fn every_column_is_found_by_its_name() {
        for column in ColumnId::ALL {
            assert_eq!(ColumnId::of(column.name()), Some(column));
        }
    }
}
