//! Events as columns: one file for each event names its columns and reads them from the event on
//! demand. It does not know SQL or which rule will look.

use std::cell::OnceCell;

use sluice_event::{Event, EventKind};
use sluice_mqtt::{MessageRef, UnixMillis};
use sluice_sql::{
    Operand,
    evaluate::{ColumnId, Columns},
};
use sluice_value::{JsonError, Map, Value};

use crate::RuleId;

mod client;
mod client_connack;
mod client_connected;
mod client_disconnected;
mod client_ping;
mod delivery_dropped;
mod message;
mod message_acked;
mod message_delivered;
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

    fn pub_props(&self, message: &MessageRef<'e>) -> &Value {
        self.pub_props.get_or_init(|| values::properties_map(message.properties))
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
            "pub_props" if let Some(message) = event.message() => {
                self.shared.pub_props(message).clone()
            }
            "client_attrs" if column_names(event.kind()).contains(&name) => {
                Value::from(Map::default())
            }
            _ => match event {
                Event::MessagePublished(event) => message_publish::column(event, name),
                Event::MessageDelivered(event) => message_delivered::column(event, name),
                Event::MessageAcked(event) => message_acked::column(event, name),
                Event::MessageDropped(event) => message_dropped::column(event, name),
                Event::DeliveryDropped(event) => delivery_dropped::column(event, name),
                Event::ClientConnected(event) => client_connected::column(event, name),
                Event::ClientDisconnected(event) => client_disconnected::column(event, name),
                Event::ClientConnack(event) => client_connack::column(event, name),
                Event::ClientPing(event) => client_ping::column(event, name),
                Event::SessionSubscribed(event) => session_subscribed::column(event, name),
                Event::SessionUnsubscribed(event) => session_unsubscribed::column(event, name),
            },
        }
    }

    fn payload(&self) -> Option<&[u8]> {
        self.shared.event.message().map(|message| message.payload)
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
        let EventColumns { event, node, .. } = self.shared;
        let message = event.message();
        let borrowed = match column {
            ColumnId::Event => Some(event.kind().name().as_bytes()),
            ColumnId::Node => Some(node.as_bytes()),
            ColumnId::Payload => message.map(|message| message.payload),
            ColumnId::Topic => message.map(|message| message.topic.as_bytes()),
            ColumnId::Clientid | ColumnId::Username => self.publisher_bytes(column),
            ColumnId::PubProps => match message {
                Some(message) => return Operand::Shared(self.shared.pub_props(message)),
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

impl RuleColumns<'_, '_> {
    fn publisher_bytes(&self, column: ColumnId) -> Option<&[u8]> {
        let published = match self.shared.event {
            Event::MessagePublished(published) => published,
            Event::MessageDropped(dropped) => &dropped.published,
            Event::MessageDelivered(_)
            | Event::MessageAcked(_)
            | Event::DeliveryDropped(_)
            | Event::ClientConnected(_)
            | Event::ClientDisconnected(_)
            | Event::ClientConnack(_)
            | Event::ClientPing(_)
            | Event::SessionSubscribed(_)
            | Event::SessionUnsubscribed(_) => return None,
        };
        message_publish::bytes(published, column)
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
