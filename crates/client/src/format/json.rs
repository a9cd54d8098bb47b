//! `%j` and `%J`: a message as one JSON object. It does not know other formats.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use sluice_mqtt::{MessageRef, PacketId};

use super::{NotJson, Subject, time};

/// The payload as a JSON string; bytes that are no UTF-8 are replaced.
pub(super) fn of_text(subject: Subject<'_>) -> String {
    let payload = String::from_utf8_lossy(subject.message.payload);
    Object::new(subject, &payload).to_json()
}

/// The payload as the JSON it is.
pub(super) fn of_json(subject: Subject<'_>) -> Result<String, NotJson> {
    let payload: &RawValue = serde_json::from_slice(subject.message.payload)
        .map_err(|_| NotJson(subject.message.topic.to_owned()))?;
    Ok(Object::new(subject, payload).to_json())
}

#[derive(Serialize)]
struct Object<'m, P: Serialize + ?Sized> {
    tst: String,
    topic: &'m str,
    qos: u8,
    retain: u8,
    payloadlen: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    mid: Option<u16>,
    #[serde(skip_serializing_if = "Properties::is_empty")]
    properties: Properties<'m>,
    payload: &'m P,
}

impl<'m, P: Serialize + ?Sized> Object<'m, P> {
    fn new(subject: Subject<'m>, payload: &'m P) -> Self {
        let message = subject.message;
        Self {
            tst: time::rfc3339_micros(subject.received_at),
            topic: message.topic,
            qos: message.qos.as_u8(),
            retain: u8::from(message.retain),
            payloadlen: message.payload.len(),
            mid: subject.packet_id.map(PacketId::get),
            properties: Properties(message),
            payload,
        }
    }

    fn to_json(&self) -> String {
        // Nothing in it can fail to be JSON: names are text, raw payloads were parsed.
        serde_json::to_string(self).unwrap_or_default()
    }
}

struct Properties<'m>(&'m MessageRef<'m>);

impl Properties<'_> {
    fn is_empty(&self) -> bool {
        self.0.properties.is_empty()
    }
}

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let properties = self.0.properties;
        let mut map = serializer.serialize_map(None)?;
        if properties.user_properties().next().is_some() {
            map.serialize_entry("user-properties", &UserProperties(self.0))?;
        }
        if let Some(content_type) = properties.content_type() {
            map.serialize_entry("content-type", content_type)?;
        }
        if let Some(topic) = properties.response_topic() {
            map.serialize_entry("response-topic", topic)?;
        }
        if let Some(data) = properties.correlation_data() {
            map.serialize_entry("correlation-data", &String::from_utf8_lossy(data))?;
        }
        if let Some(indicator) = properties.payload_format_indicator() {
            map.serialize_entry("payload-format-indicator", &indicator)?;
        }
        if let Some(seconds) = properties.message_expiry_interval() {
            map.serialize_entry("message-expiry-interval", &seconds)?;
        }
        if let Some(identifier) = properties.subscription_identifier() {
            map.serialize_entry("subscription-identifier", &identifier)?;
        }
        if let Some(alias) = properties.topic_alias() {
            map.serialize_entry("topic-alias", &alias)?;
        }
        map.end()
    }
}

/// A name that comes twice stands twice.
struct UserProperties<'m>(&'m MessageRef<'m>);

impl Serialize for UserProperties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.properties.user_properties())
    }
}
