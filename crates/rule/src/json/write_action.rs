//! An action as JSON, in the shape of rule files. It does not know what becomes of rows.

use serde_json::{Map, Value};
use sluice_value::Template;

use super::{templates::text, write_connector::Object};
use crate::{
    Action, ActionKind, Republish,
    action::{Batch, Buffer, KafkaRecord, PostgresWrite, TemplateOr, UserProperties, WebhookCall},
    file::duration_text,
};

impl Action {
    /// In the shape of rule files; reading it gives the same action.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut out = Object::default();
        out.put("type", self.kind.type_name());
        out.put("name", &*self.name);
        out.put("enable", self.enabled);
        out.put_some("connector", self.connector.as_deref());
        out.put_some("buffer", self.buffer.as_ref().map(buffer));
        out.put_some("batch", self.batch.as_ref().map(batch));
        out.put_some("lanes", self.lanes.map(std::num::NonZeroU16::get));
        match &self.kind {
            ActionKind::Republish(republish) => republish_keys(republish, &mut out),
            ActionKind::Postgres(write) => postgres_keys(write, &mut out),
            ActionKind::Webhook(call) => webhook_keys(call, &mut out),
            ActionKind::Kafka(record) => kafka_keys(record, &mut out),
        }
        Value::Object(out.0)
    }
}

fn buffer(buffer: &Buffer) -> Value {
    let mut out = Object::default();
    out.put_some("mode", buffer.mode.map(crate::action::BufferMode::name));
    out.put_some("rows_max", buffer.rows_max);
    out.put_some("bytes_max", buffer.bytes_max);
    out.put_some("age_max", buffer.age_max.map(duration_text));
    out.put_some("on_full", buffer.on_full.map(crate::action::OnFull::name));
    Value::Object(out.0)
}

fn batch(batch: &Batch) -> Value {
    let mut out = Object::default();
    out.put_some("rows_max", batch.rows_max);
    out.put_some("linger", batch.linger.map(duration_text));
    Value::Object(out.0)
}

fn republish_keys(republish: &Republish, out: &mut Object) {
    out.put("topic", text(&republish.topic));
    match &republish.qos {
        TemplateOr::Fixed(qos) => out.put("qos", *qos as u8),
        TemplateOr::Template(qos) => out.put("qos", text(qos)),
    }
    match &republish.retain {
        TemplateOr::Fixed(retain) => out.put("retain", *retain),
        TemplateOr::Template(retain) => out.put("retain", text(retain)),
    }
    out.put_some("payload", republish.payload.as_ref().map(text));
    let pairs = republish.properties.iter().map(|(property, value)| (property.name(), value));
    out.put_some("properties", texts(pairs));
    match &republish.user_properties {
        UserProperties::Pairs(pairs) => out.put_some("user_properties", named(pairs)),
        UserProperties::Row(template) => out.put("user_properties", text(template)),
    }
}

fn postgres_keys(write: &PostgresWrite, out: &mut Object) {
    out.put("sql", &*write.sql);
}

fn webhook_keys(call: &WebhookCall, out: &mut Object) {
    out.put("method", call.method.name());
    out.put_some("path", call.path.as_ref().map(text));
    out.put_some("headers", named(&call.headers));
    out.put_some("body", call.body.as_ref().map(text));
}

fn kafka_keys(record: &KafkaRecord, out: &mut Object) {
    out.put("topic", text(&record.topic));
    out.put_some("key", record.key.as_ref().map(text));
    out.put_some("value", record.value.as_ref().map(text));
    out.put_some("headers", named(&record.headers));
    out.put_some("partition", record.partition.as_ref().map(text));
    out.put_some("timestamp", record.timestamp.as_ref().map(text));
}

fn named(pairs: &[(String, Template)]) -> Option<Value> {
    texts(pairs.iter().map(|(name, template)| (&**name, template)))
}

/// Nothing where there is none.
fn texts<'p>(pairs: impl Iterator<Item = (&'p str, &'p Template)>) -> Option<Value> {
    let texts: Map<String, Value> =
        pairs.map(|(name, template)| (name.to_owned(), text(template).into())).collect();
    (!texts.is_empty()).then_some(Value::Object(texts))
}
