//! Events as columns: one file for each event names its columns and reads them from the event on
//! demand. It does not know SQL or which rule will look.

use std::cell::OnceCell;

use sluice_event::{Event, EventKind, MessagePublished};
use sluice_mqtt::UnixMillis;
use sluice_sql::{
    Operand,
    evaluate::{ColumnId, Columns},
};
use sluice_value::{JsonError, Map, Value};

use crate::RuleId;

mod client;
mod client_connected;
mod client_disconnected;
mod message_dropped;
mod message_publish;
mod names;
mod session_subscribed;
mod session_unsubscribed;
pub(crate) mod values;

pub use names::column_names;

/// One event as all rules see it. Making one costs nothing; a column is built when it is asked for,
/// and what is costly is kept for the next rule.
pub struct EventColumns<'e> {
    event: &'e Event<'e>,
    node: &'e str,
    now: UnixMillis,
    payload_json: OnceCell<Result<Value, JsonError>>,
    pub_props: OnceCell<Value>,
}

impl<'e> EventColumns<'e> {
    /// `now` is the column `timestamp`, `node` the column `node`.
    #[must_use]
    pub const fn new(event: &'e Event<'e>, node: &'e str, now: UnixMillis) -> Self {
        Self { event, node, now, payload_json: OnceCell::new(), pub_props: OnceCell::new() }
    }

    /// The columns for one rule, which sees its own id in `metadata`.
    #[must_use]
    pub const fn with_rule<'c>(&'c self, rule: &'c RuleId) -> RuleColumns<'c, 'e> {
        RuleColumns { shared: self, rule }
    }

    /// The message that the event is about, where it is about one.
    const fn published(&self) -> Option<&MessagePublished<'e>> {
        match self.event {
            Event::MessagePublished(published) => Some(published),
            Event::MessageDropped(dropped) => Some(&dropped.published),
            Event::ClientConnected(_)
            | Event::ClientDisconnected(_)
            | Event::SessionSubscribed(_)
            | Event::SessionUnsubscribed(_) => None,
        }
    }

    fn pub_props(&self, published: &MessagePublished<'e>) -> &Value {
        self.pub_props.get_or_init(|| values::properties_map(published.message.properties))
    }
}

/// What [`EventColumns::with_rule`] gives.
pub struct RuleColumns<'c, 'e> {
    shared: &'c EventColumns<'e>,
    rule: &'c RuleId,
}

impl Columns for RuleColumns<'_, '_> {
    fn column(&self, name: &str) -> Value {
        let EventColumns { event, node, now, .. } = self.shared;
        match name {
            "event" => values::text(event.kind().name()),
            "timestamp" => values::millis(*now),
            "node" => values::text(node),
            "metadata" => metadata(self.rule.as_str()),
            "pub_props" if let Some(published) = self.shared.published() => {
                self.shared.pub_props(published).clone()
            }
            "client_attrs" if column_names(event.kind()).contains(&name) => {
                Value::from(Map::default())
            }
            _ => match event {
                Event::MessagePublished(event) => message_publish::column(event, name),
                Event::MessageDropped(event) => message_dropped::column(event, name),
                Event::ClientConnected(event) => client_connected::column(event, name),
                Event::ClientDisconnected(event) => client_disconnected::column(event, name),
                Event::SessionSubscribed(event) => session_subscribed::column(event, name),
                Event::SessionUnsubscribed(event) => session_unsubscribed::column(event, name),
            },
        }
    }

    fn payload(&self) -> Option<&[u8]> {
        self.shared.published().map(|published| published.message.payload)
    }

    fn payload_json(&self) -> Result<&Value, JsonError> {
        let payload = self.payload().unwrap_or_default();
        let parsed = self.shared.payload_json.get_or_init(|| Value::from_json(payload));
        parsed.as_ref().map_err(|error| *error)
    }

    fn names(&self) -> &'static [&'static str] {
        column_names(self.shared.event.kind())
    }

    fn operand(&self, column: ColumnId) -> Operand<'_> {
        let borrowed = match column {
            ColumnId::Event => Some(self.shared.event.kind().name().as_bytes()),
            ColumnId::Node => Some(self.shared.node.as_bytes()),
            ColumnId::Payload | ColumnId::Topic | ColumnId::Clientid | ColumnId::Username => self
                .shared
                .published()
                .and_then(|published| message_publish::bytes(published, column)),
            ColumnId::PubProps => match self.shared.published() {
                Some(published) => return Operand::Shared(self.shared.pub_props(published)),
                None => None,
            },
            ColumnId::ClientAttrs
            | ColumnId::Flags
            | ColumnId::Id
            | ColumnId::Metadata
            | ColumnId::Peerhost
            | ColumnId::Peername
            | ColumnId::PublishReceivedAt
            | ColumnId::Qos
            | ColumnId::Retain
            | ColumnId::Timestamp => None,
        };
        borrowed.map_or_else(|| Operand::Owned(self.column(column.name())), Operand::Bytes)
    }
}

/// The column `metadata`.
pub(crate) fn metadata(rule_id: &str) -> Value {
    Value::map([("rule_id", values::text(rule_id))])
}

/// Whether an event of this kind has this column, `retain` included.
pub(crate) fn has_column(kind: EventKind, name: &str) -> bool {
    let names = column_names(kind);
    names.contains(&name) || name == "retain" && names.contains(&"flags")
}

#[cfg(test)]
mod tests;
