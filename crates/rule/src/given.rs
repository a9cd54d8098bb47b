//! An event written down by hand, as test cases and `rules eval` give it: an object of columns.
//! What is left out is filled with stated examples. It does not know where the object came from.

use std::sync::{Arc, OnceLock};

use base64::{Engine, prelude::BASE64_STANDARD};
use sluice_event::EventKind;
use sluice_sql::{
    EvaluateError, Plan,
    evaluate::{Columns, Evaluation},
};
use sluice_value::{JsonError, Map, Record, Value};

use crate::{
    RuleId,
    columns::{
        self, column_names, has_column,
        values::{USER_PROPERTY, USER_PROPERTY_PAIRS, user_property_pair},
    },
    nearest::nearest,
    source::{takes_event, takes_topic},
};

pub(crate) mod examples;

pub use examples::{
    EXAMPLE_HOST, EXAMPLE_ID, EXAMPLE_MILLIS, EXAMPLE_NODE, EXAMPLE_PEER, EXAMPLE_RULE,
};

/// An event as columns that were given, not observed.
#[derive(Clone, Debug)]
pub struct GivenEvent {
    kind: EventKind,
    columns: Map,
    filled: Vec<&'static str>,
    unknown: Vec<UnknownColumn>,
    payload_json: OnceLock<Result<Value, JsonError>>,
}

/// A column that was given and that the event does not have. It can be read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownColumn {
    /// As given.
    pub name: String,
    /// What was probably meant.
    pub nearest: Option<&'static str>,
}

/// Why an object is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct GivenError {
    /// The key that is to blame.
    pub key: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl GivenEvent {
    /// Reads an object of columns. Besides columns it may hold `event` (`client.connected`; a
    /// publish where left out), `payload_base64` for a binary payload, `retain` and `dup` for
    /// `flags`, and `User-Property` for `pub_props`, as a map or as a list of pairs.
    ///
    /// # Errors
    ///
    /// The first key whose value cannot be meant.
    pub fn new(given: &Map) -> Result<Self, GivenError> {
        let kind = given.get("event").map_or(Ok(EventKind::MessagePublish), event_kind)?;
        Self::read(kind, given, |_, name| examples::of_surroundings(name))
    }

    /// Reads the context of a rule test over REST: `event_type` (`client_connected`) says which
    /// event it is, the other keys are as in [`GivenEvent::new`], and who did what is filled in,
    /// too, where it is left out.
    ///
    /// # Errors
    ///
    /// There is no `event_type`, or a value that cannot be meant.
    pub fn from_context(context: &Map) -> Result<Self, GivenError> {
        let mut given = context.clone();
        let Some(event_type) = given.remove("event_type") else {
            let message = "`event_type` is required, such as `message_publish`".to_owned();
            return Err(GivenError { key: "event_type", message });
        };
        let kind =
            event_kind(&event_type).map_err(|error| GivenError { key: "event_type", ..error })?;
        Self::read(kind, &given, examples::of_context)
    }

    fn read(
        kind: EventKind,
        given: &Map,
        example: impl Fn(EventKind, &str) -> Option<Value>,
    ) -> Result<Self, GivenError> {
        let mut event = Self {
            kind,
            columns: Map::new(),
            filled: Vec::new(),
            unknown: Vec::new(),
            payload_json: OnceLock::new(),
        };
        for (key, value) in given.entries() {
            match key.as_str() {
                "event" | "payload_base64" | "retain" | "dup" | USER_PROPERTY
                | USER_PROPERTY_PAIRS => {}
                "payload" => {
                    event.columns.insert(key, payload(value));
                }
                "topic" if kind == EventKind::MessagePublish => {
                    event.columns.insert(key, topic(value)?);
                }
                name => {
                    if !has_column(kind, name) {
                        let nearest = nearest(name, column_names(kind).iter().copied());
                        event.unknown.push(UnknownColumn { name: name.to_owned(), nearest });
                    }
                    // A broker has no `null` columns: what is unknown, such as the user name of an
                    // anonymous client, is undefined.
                    let value =
                        if matches!(value, Value::Null) { &Value::Undefined } else { value };
                    event.columns.insert(key, value.clone());
                }
            }
        }
        if let Some(encoded) = given.get("payload_base64") {
            event.columns.insert("payload", decoded(encoded)?);
        }
        event.set_flags(given)?;
        event.set_user_properties(given)?;
        event.fill(example);
        Ok(event)
    }

    /// The kind of the event.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        self.kind
    }

    /// The columns that were left out and now hold an example.
    #[must_use]
    pub fn filled_columns(&self) -> &[&'static str] {
        &self.filled
    }

    /// The columns that were given and that this event does not have.
    #[must_use]
    pub fn unknown_columns(&self) -> &[UnknownColumn] {
        &self.unknown
    }

    /// Whether FROM of `plan` takes it.
    #[must_use]
    pub fn matches(&self, plan: &Plan) -> bool {
        if self.kind == EventKind::MessagePublish {
            let topic = self.columns.get("topic").and_then(Value::as_str);
            topic.is_some_and(|topic| takes_topic(plan, topic))
        } else {
            takes_event(plan, self.kind)
        }
    }

    /// The rows that `plan` makes of it; none where FROM does not take it.
    ///
    /// # Errors
    ///
    /// As [`Plan::evaluate`].
    pub fn evaluate(
        &self,
        plan: &Plan,
        evaluation: &mut Evaluation<'_>,
    ) -> Result<Vec<Record>, EvaluateError> {
        let mut rows = Vec::new();
        if self.matches(plan) {
            plan.evaluate(self, evaluation, &mut rows)?;
        }
        Ok(rows)
    }

    /// The column `timestamp` in nanoseconds: the clock of an evaluation that must come out the
    /// same each time.
    #[must_use]
    pub fn unix_nanos(&self) -> i128 {
        match self.columns.get("timestamp") {
            Some(Value::Integer(millis)) => i128::from(*millis) * 1_000_000,
            Some(_) | None => i128::from(EXAMPLE_MILLIS) * 1_000_000,
        }
    }

    /// The same event as `rule` sees it: its id stands in `metadata`, unless metadata was given.
    #[must_use]
    pub fn with_rule(mut self, rule: &RuleId) -> Self {
        if self.filled.contains(&"metadata") {
            self.columns.insert("metadata", columns::metadata(rule.as_str()));
        }
        self
    }

    fn set_flags(&mut self, given: &Map) -> Result<(), GivenError> {
        if !has_column(self.kind, "flags") {
            return Ok(());
        }
        let mut flags = match self.columns.get("flags") {
            Some(Value::Map(flags)) => Map::clone(flags),
            Some(_) | None => Map::new(),
        };
        for name in ["retain", "dup"] {
            let flag = flag(given, name)?;
            if flag.is_some() || flags.get(name).is_none() {
                flags.insert(name, Value::Bool(flag.unwrap_or(false)));
            }
        }
        self.columns.insert("retain", flags.get("retain").cloned().unwrap_or_default());
        self.columns.insert("flags", Value::from(flags));
        Ok(())
    }

    /// User properties may be a map or a list of pairs, beside `pub_props` or in it; both columns
    /// come of either.
    fn set_user_properties(&mut self, given: &Map) -> Result<(), GivenError> {
        for column in PROPERTIES {
            if !has_column(self.kind, column) {
                continue;
            }
            // Beside the columns they are meant for the message or the packet that the event is
            // about, not for its acknowledgement.
            let beside = |name| given.get(name).filter(|_| column != "puback_props");
            let mut properties = match self.columns.get(column) {
                Some(Value::Map(properties)) => Map::clone(properties),
                Some(_) | None => Map::new(),
            };
            let user = [
                beside(USER_PROPERTY),
                beside(USER_PROPERTY_PAIRS),
                properties.get(USER_PROPERTY_PAIRS),
                properties.get(USER_PROPERTY),
            ];
            let pairs = match user.into_iter().flatten().next() {
                Some(user) => user_pairs(user)?,
                None => Vec::new(),
            };
            let map: Map = pairs.iter().cloned().collect();
            properties.remove(USER_PROPERTY);
            properties.remove(USER_PROPERTY_PAIRS);
            properties.insert(USER_PROPERTY, Value::from(map));
            if !pairs.is_empty() {
                let pairs = pairs.into_iter().map(|(key, value)| user_property_pair(&key, value));
                properties.insert(USER_PROPERTY_PAIRS, pairs.collect());
            }
            self.columns.insert(column, Value::from(properties));
        }
        Ok(())
    }

    fn fill(&mut self, example: impl Fn(EventKind, &str) -> Option<Value>) {
        let timestamp = match self.columns.get("timestamp") {
            Some(given) if !given.is_undefined() => given.clone(),
            Some(_) | None => Value::Integer(EXAMPLE_MILLIS),
        };
        self.columns.insert("event", Value::from(self.kind.name()));
        for name in column_names(self.kind) {
            if self.columns.get(name).is_some() {
                continue;
            }
            let value = match *name {
                "timestamp" | "publish_received_at" | "connected_at" | "disconnected_at" => {
                    Some(timestamp.clone())
                }
                name => example(self.kind, name),
            };
            if let Some(value) = value {
                self.columns.insert(*name, value);
                self.filled.push(name);
            }
        }
    }
}

impl Columns for GivenEvent {
    fn column(&self, name: &str) -> Value {
        self.columns.get(name).cloned().unwrap_or_default()
    }

    fn payload(&self) -> Option<&[u8]> {
        match self.columns.get("payload") {
            Some(Value::Text(payload)) => Some(payload.as_bytes()),
            Some(_) | None => None,
        }
    }

    fn payload_json(&self) -> Result<&Value, JsonError> {
        let payload = self.payload().unwrap_or_default();
        let parsed = self.payload_json.get_or_init(|| Value::from_json(payload));
        parsed.as_ref().map_err(|error| *error)
    }

    fn names(&self) -> &'static [&'static str] {
        column_names(self.kind)
    }
}

/// `client.connected`, also by its topic in FROM and as EMQX's rule test writes it
/// (`client_connected`).
fn event_kind(name: &Value) -> Result<EventKind, GivenError> {
    let error = |message| GivenError { key: "event", message };
    let Some(name) = name.as_str() else {
        return Err(error(format!("`event` must be a string, not {}", name.type_name())));
    };
    let found = EventKind::ALL.into_iter().find(|kind| {
        kind.name() == name
            || kind.topic() == Some(name)
            || kind.older_topic() == Some(name)
            || kind.name().replace('.', "_") == name
    });
    found.ok_or_else(|| match nearest(name, EventKind::ALL.into_iter().map(EventKind::name)) {
        Some(near) => error(format!("there is no such event: did you mean `{near}`?")),
        None => {
            let names: Vec<&str> = EventKind::ALL.into_iter().map(EventKind::name).collect();
            error(format!("there is no such event; there are {}", names.join(", ")))
        }
    })
}

/// Text as it is, `null` as no payload; anything else is meant as JSON.
fn payload(given: &Value) -> Value {
    match given {
        Value::Text(_) | Value::Undefined => given.clone(),
        Value::Null => Value::Undefined,
        Value::Bool(_)
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Float(_)
        | Value::List(_)
        | Value::Map(_) => Value::from(given.to_json()),
    }
}

fn decoded(encoded: &Value) -> Result<Value, GivenError> {
    let bytes = encoded.as_str().and_then(|text| BASE64_STANDARD.decode(text).ok());
    bytes.map(Value::from).ok_or_else(|| GivenError {
        key: "payload_base64",
        message: "`payload_base64` is not base64 text".to_owned(),
    })
}

fn topic(given: &Value) -> Result<Value, GivenError> {
    let error = |message| GivenError { key: "topic", message };
    let Some(topic) = given.as_str() else {
        return Err(error(format!("`topic` must be a string, not {}", given.type_name())));
    };
    sluice_topic::TopicName::parse(topic).map_err(|cause| error(cause.to_string()))?;
    Ok(given.clone())
}

fn flag(given: &Map, key: &'static str) -> Result<Option<bool>, GivenError> {
    match given.get(key) {
        None | Some(Value::Undefined) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::Integer(0)) => Ok(Some(false)),
        Some(Value::Integer(1)) => Ok(Some(true)),
        Some(other) => Err(GivenError {
            key,
            message: format!("`{key}` must be `true` or `false`, not {}", other.type_name()),
        }),
    }
}

/// A map, a list of `{key, value}` or a list of `[key, value]`.
fn user_pairs(user: &Value) -> Result<Vec<(Arc<str>, Value)>, GivenError> {
    if let Value::Map(map) = user {
        return Ok(map.iter().map(|(key, value)| (key.into(), value.clone())).collect());
    }
    let pair = |item: &Value| match item {
        Value::Map(pair) => Some((pair.get("key")?.as_str()?.into(), pair.get("value")?.clone())),
        Value::List(pair) => match pair.as_slice() {
            [key, value] => Some((key.as_str()?.into(), value.clone())),
            _ => None,
        },
        Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Float(_)
        | Value::Text(_) => None,
    };
    let pairs = if let Value::List(items) = user { items.iter().map(pair).collect() } else { None };
    pairs.ok_or_else(|| GivenError {
        key: USER_PROPERTY,
        message: format!("`{USER_PROPERTY}` must be a map or a list of pairs"),
    })
}

/// The columns that hold properties.
const PROPERTIES: [&str; 6] =
    ["pub_props", "conn_props", "disconn_props", "sub_props", "unsub_props", "puback_props"];

#[cfg(test)]
mod tests;
