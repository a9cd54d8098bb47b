//! What can be told of each kind of event to someone who writes a rule: names, columns, an example.
//! It does not know who asks, or in which form it is shown.

use sluice_event::EventKind;
use sluice_value::Value;

use crate::{columns::column_names, given::examples};

/// One kind of event, for documentation and for rule editors.
#[derive(Clone, Debug)]
pub struct EventReference {
    /// What it is.
    pub kind: EventKind,
    /// The name for FROM; a publish is found by its own topic, and has a name that is none.
    pub event: &'static str,
    /// A few words.
    pub title: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// What `SELECT *` gives, in order.
    pub columns: &'static [&'static str],
    /// Columns to fill in for a test, each with an example and a hint.
    pub test_columns: Vec<TestColumn>,
    /// A statement that works.
    pub sql_example: String,
}

/// A column that somebody who tests a rule may want to fill in.
#[derive(Clone, Debug)]
pub struct TestColumn {
    /// The column.
    pub name: &'static str,
    /// An example.
    pub example: Value,
    /// What it means.
    pub help: &'static str,
}

/// Every event that this broker raises.
#[must_use]
pub fn event_reference() -> Vec<EventReference> {
    EventKind::ALL.into_iter().filter(|kind| kind.is_raised()).map(reference).collect()
}

fn reference(kind: EventKind) -> EventReference {
    let columns = column_names(kind);
    let (title, description) = words(kind);
    let test_columns = columns.iter().filter_map(|name| test_column(kind, name)).collect();
    let event = kind.topic().unwrap_or("$events/message_publish");
    let sql_example = match kind.topic() {
        None => "SELECT payload.msg AS msg FROM \"t/#\" WHERE msg = 'hello'".to_owned(),
        Some(topic) => format!("SELECT * FROM \"{topic}\" WHERE {}", condition(kind)),
    };
    EventReference { kind, event, title, description, columns, test_columns, sql_example }
}

fn test_column(kind: EventKind, name: &'static str) -> Option<TestColumn> {
    let help = help(name)?;
    let example = examples::of_context(kind, name)?;
    Some(TestColumn { name, example, help })
}

const fn words(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::MessagePublish => ("message publish", "A message is published."),
        EventKind::MessageDelivered => {
            ("message delivered", "A message is sent to one of its subscribers.")
        }
        EventKind::MessageAcked => {
            ("message acked", "A subscriber acknowledges a message of QoS 1 or 2.")
        }
        EventKind::MessageDropped => {
            ("message dropped", "A message is published that no subscription matches.")
        }
        EventKind::DeliveryDropped => {
            ("message delivery dropped", "A session does not get a message that is meant for it.")
        }
        EventKind::ClientConnected => ("client connected", "A client is connected."),
        EventKind::ClientDisconnected => {
            ("client disconnected", "The connection of a client ends.")
        }
        EventKind::ClientConnack => {
            ("client connack", "A connection is answered, with success or not.")
        }
        EventKind::ClientCheckAuthnComplete => {
            ("client check authn complete", "The credentials of a client are checked.")
        }
        EventKind::ClientCheckAuthzComplete => {
            ("client check authz complete", "What a client asks for is allowed or denied.")
        }
        EventKind::ClientPing => ("client ping", "A client sends PINGREQ."),
        EventKind::SessionSubscribed => ("session subscribed", "A subscription is made."),
        EventKind::SessionUnsubscribed => ("session unsubscribed", "A subscription is ended."),
    }
}

const fn condition(kind: EventKind) -> &'static str {
    match kind {
        EventKind::MessagePublish
        | EventKind::MessageDelivered
        | EventKind::MessageAcked
        | EventKind::SessionSubscribed
        | EventKind::SessionUnsubscribed
        | EventKind::ClientCheckAuthzComplete => "topic =~ 't/#'",
        EventKind::MessageDropped => "reason = 'no_subscribers'",
        EventKind::DeliveryDropped => "reason = 'queue_full'",
        EventKind::ClientConnected | EventKind::ClientPing => "clientid != ''",
        EventKind::ClientDisconnected => "reason != 'normal'",
        EventKind::ClientConnack | EventKind::ClientCheckAuthnComplete => {
            "reason_code != 'success'"
        }
    }
}

/// `None` where a test seldom has reason to say anything.
fn help(name: &str) -> Option<&'static str> {
    Some(match name {
        "id" => "Message identifier",
        "clientid" => "Client identifier",
        "username" => "User name",
        "from_clientid" => "Client identifier of the publisher",
        "from_username" => "User name of the publisher",
        "topic" => "Topic name or topic filter",
        "qos" => "QoS",
        "payload" => "Payload",
        "reason" => "Why",
        "reason_code" => "Name of the MQTT 5.0 reason code",
        "peername" => "Address and port of the client",
        "action" => "publish or subscribe",
        "authz_source" => "Who decided",
        "result" => "allow or deny",
        "is_anonymous" => "Whether the client gave no credentials",
        "is_superuser" => "Whether everything is allowed to the client",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_statement_that_takes_its_event() {
        let references = event_reference();
        assert_eq!(references.len(), 11);
        for reference in references {
            let name = reference.event;
            let plan = sluice_sql::plan(&reference.sql_example).expect(name);
            let takes = crate::source::takes_event(&plan, reference.kind);
            assert_eq!(takes, reference.kind != EventKind::MessagePublish, "{name}");
            assert!(!reference.test_columns.is_empty(), "{name}");
            for column in &reference.test_columns {
                assert!(reference.columns.contains(&column.name), "{name}: {}", column.name);
                assert!(!column.example.is_undefined(), "{name}: {}", column.name);
            }
        }
    }
}
