//! `type = "republish"`: a message made of a row. It does not know who will receive it.

use sluice_mqtt::{Property, PropertyList, QoS};
use sluice_topic::{TopicError, TopicName};
use sluice_value::{Record, TEXT_BYTES_MAX, Template, Value};

/// Own keys of a `republish` action.
#[derive(Clone, Debug)]
pub struct Republish {
    /// Must give a topic name.
    pub topic: Template,
    /// 0 where the file says nothing.
    pub qos: TemplateOr<QoS>,
    /// `false` where the file says nothing.
    pub retain: TemplateOr<bool>,
    /// The row as JSON where left out.
    pub payload: Option<Template>,
    /// In the order of the file.
    pub properties: Vec<(ForwardedProperty, Template)>,
    /// None where the file says nothing.
    pub user_properties: UserProperties,
}

/// A value that is fixed or read from the row.
#[derive(Clone, Debug)]
pub enum TemplateOr<T> {
    /// The same for each row.
    Fixed(T),
    /// The row decides; a missing value gives the type's default.
    Template(Template),
}

/// User properties of a derived message.
#[derive(Clone, Debug)]
pub enum UserProperties {
    /// Keys and values, in the order of the file; those whose value is missing are left out.
    Pairs(Vec<(String, Template)>),
    /// One placeholder that gives a map, or a list of `{key, value}`.
    Row(Template),
}

/// A property of PUBLISH that a rule may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardedProperty {
    /// 0: bytes, 1: UTF-8 text.
    PayloadFormatIndicator,
    /// Seconds.
    MessageExpiryInterval,
    /// Text.
    ContentType,
    /// A topic name.
    ResponseTopic,
    /// Bytes.
    CorrelationData,
}

/// What [`Republish::render`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// A valid topic name.
    pub topic: Box<str>,
    /// Any bytes.
    pub payload: Vec<u8>,
    /// Quality of service.
    pub qos: QoS,
    /// The RETAIN flag.
    pub retain: bool,
    /// Those of the action; none of the original message.
    pub properties: PropertyList,
}

/// Why a row makes no message; the action fails for this row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The row is small and what is made of it is not.
    #[error("`{key}` would be longer than {bytes_max} bytes")]
    TooLong {
        /// The action's key.
        key: &'static str,
        /// The limit.
        bytes_max: usize,
    },
    /// The template of the topic gave bytes that are no text.
    #[error("the topic is not UTF-8 text")]
    TopicNotText,
    /// The template of the topic gave no topic name.
    #[error("`{topic}` is no topic name: {cause}")]
    Topic {
        /// The first characters of what it gave.
        topic: String,
        /// Why not.
        cause: TopicError,
    },
    /// A text that is none of 0, 1, 2.
    #[error("qos is `{0}`: it must be 0, 1 or 2")]
    QoS(String),
    /// A text that is neither `true` nor `false`.
    #[error("retain is `{0}`: it must be true or false")]
    Retain(String),
    /// A value that the property cannot hold.
    #[error("`{value}` is no value of {property}")]
    Property {
        /// Its MQTT 5 name.
        property: &'static str,
        /// The first characters of the value.
        value: String,
    },
    /// Text that the wire cannot carry, or a value that is no map and no list of pairs.
    #[error("user properties: `{0}` cannot be one")]
    UserProperty(String),
}

impl Republish {
    /// Makes a message of one row.
    ///
    /// # Errors
    ///
    /// When a template gives what its field cannot be, or something longer than any message.
    pub fn render(&self, record: &Record) -> Result<Derived, RenderError> {
        let row = record.as_value();
        Ok(Derived {
            topic: topic(&self.topic, row)?,
            payload: self.payload(row)?,
            qos: self.qos(row)?,
            retain: self.retain(row)?,
            properties: self.properties(row)?,
        })
    }

    /// Every template with the key under which a rule file has it.
    pub fn templates(&self) -> impl Iterator<Item = (&'static str, &Template)> {
        let one = |key, template| std::iter::once((key, template));
        let qos = if let TemplateOr::Template(qos) = &self.qos { Some(("qos", qos)) } else { None };
        let retain = if let TemplateOr::Template(retain) = &self.retain {
            Some(("retain", retain))
        } else {
            None
        };
        let (pairs, row) = match &self.user_properties {
            UserProperties::Pairs(pairs) => (pairs.as_slice(), None),
            UserProperties::Row(template) => (&[][..], Some(template)),
        };
        one("topic", &self.topic)
            .chain(qos)
            .chain(retain)
            .chain(self.payload.as_ref().map(|payload| ("payload", payload)))
            .chain(self.properties.iter().map(|(_, template)| ("properties", template)))
            .chain(pairs.iter().map(|(_, template)| ("user_properties", template)))
            .chain(row.map(|template| ("user_properties", template)))
    }

    fn payload(&self, row: &Value) -> Result<Vec<u8>, RenderError> {
        let mut payload = Vec::new();
        let written = match &self.payload {
            Some(template) => template.render_within(TEXT_BYTES_MAX, row, &mut payload),
            None => row.write_json_within(TEXT_BYTES_MAX, &mut payload),
        };
        written.map(|()| payload).map_err(|error| too_long("payload", error.bytes_max))
    }

    fn qos(&self, row: &Value) -> Result<QoS, RenderError> {
        let template = match &self.qos {
            TemplateOr::Fixed(qos) => return Ok(*qos),
            TemplateOr::Template(template) => template,
        };
        match &*field("qos", template, row)? {
            b"0" | b"undefined" | b"" => Ok(QoS::AtMostOnce),
            b"1" => Ok(QoS::AtLeastOnce),
            b"2" => Ok(QoS::ExactlyOnce),
            other => Err(RenderError::QoS(shown(other))),
        }
    }

    fn retain(&self, row: &Value) -> Result<bool, RenderError> {
        let template = match &self.retain {
            TemplateOr::Fixed(retain) => return Ok(*retain),
            TemplateOr::Template(template) => template,
        };
        match &*field("retain", template, row)? {
            b"true" | b"1" => Ok(true),
            b"false" | b"0" | b"undefined" | b"" => Ok(false),
            other => Err(RenderError::Retain(shown(other))),
        }
    }

    fn properties(&self, row: &Value) -> Result<PropertyList, RenderError> {
        let mut properties = PropertyList::new();
        for (property, template) in &self.properties {
            if is_missing(template, row) {
                continue;
            }
            let bytes = field("properties", template, row)?;
            let pushed = property.with(&bytes).is_some_and(|property| properties.push(property));
            if !pushed {
                let (property, value) = (property.name(), shown(&bytes));
                return Err(RenderError::Property { property, value });
            }
        }
        match &self.user_properties {
            UserProperties::Pairs(pairs) => {
                for (key, template) in pairs.iter().filter(|(_, value)| !is_missing(value, row)) {
                    push_user_property(
                        &mut properties,
                        key,
                        &field("user_properties", template, row)?,
                    )?;
                }
            }
            UserProperties::Row(template) => {
                push_all(&mut properties, &template.lookup(row).unwrap_or_default())?;
            }
        }
        Ok(properties)
    }
}

impl Default for UserProperties {
    fn default() -> Self {
        Self::Pairs(Vec::new())
    }
}

impl ForwardedProperty {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::PayloadFormatIndicator,
        Self::MessageExpiryInterval,
        Self::ContentType,
        Self::ResponseTopic,
        Self::CorrelationData,
    ];

    /// The MQTT 5 name with dashes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PayloadFormatIndicator => "Payload-Format-Indicator",
            Self::MessageExpiryInterval => "Message-Expiry-Interval",
            Self::ContentType => "Content-Type",
            Self::ResponseTopic => "Response-Topic",
            Self::CorrelationData => "Correlation-Data",
        }
    }

    /// `None` where the text cannot be a value of this property.
    fn with(self, value: &[u8]) -> Option<Property<'_>> {
        let text = || str::from_utf8(value).ok();
        match self {
            Self::PayloadFormatIndicator => {
                Some(Property::PayloadFormatIndicator(text()?.parse().ok()?))
            }
            Self::MessageExpiryInterval => {
                Some(Property::MessageExpiryInterval(text()?.parse().ok()?))
            }
            Self::ContentType => Some(Property::ContentType(text()?)),
            Self::ResponseTopic => {
                Some(Property::ResponseTopic(TopicName::parse(text()?).ok()?.as_str()))
            }
            Self::CorrelationData => Some(Property::CorrelationData(value)),
        }
    }
}

fn topic(template: &Template, row: &Value) -> Result<Box<str>, RenderError> {
    let topic =
        String::from_utf8(field("topic", template, row)?).map_err(|_| RenderError::TopicNotText)?;
    match TopicName::parse(&topic) {
        Ok(_) => Ok(topic.into()),
        Err(cause) => Err(RenderError::Topic { topic: shown(topic.as_bytes()), cause }),
    }
}

/// A property whose one placeholder has no value is left out instead of holding the word
/// `undefined`.
fn is_missing(template: &Template, row: &Value) -> bool {
    matches!(template.lookup(row), Some(Value::Undefined | Value::Null))
}

fn push_all(properties: &mut PropertyList, user: &Value) -> Result<(), RenderError> {
    let text = |value: &Value| {
        let mut out = Vec::new();
        let written = value.render_text_within(FIELD_BYTES_MAX, &mut out);
        written.map(|()| out).map_err(|error| too_long("user_properties", error.bytes_max))
    };
    match user {
        Value::Undefined | Value::Null => Ok(()),
        Value::Map(map) => map.entries().try_for_each(|(key, value)| {
            push_user_property(properties, key.as_str(), &text(value)?)
        }),
        Value::List(items) => items.iter().try_for_each(|item| {
            let Some(key) = item.get_ref("key") else { return Err(no_pairs(user)) };
            let key = String::from_utf8(text(key)?).map_err(|_| no_pairs(user))?;
            push_user_property(properties, &key, &text(&item.get("value"))?)
        }),
        Value::Bool(_)
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Float(_)
        | Value::Text(_) => Err(no_pairs(user)),
    }
}

fn push_user_property(
    properties: &mut PropertyList,
    key: &str,
    value: &[u8],
) -> Result<(), RenderError> {
    let text = str::from_utf8(value).ok();
    if !text.is_some_and(|text| properties.push(Property::UserProperty(key, text))) {
        return Err(RenderError::UserProperty(shown(key.as_bytes())));
    }
    if properties.as_properties().as_bytes().len() > TEXT_BYTES_MAX {
        return Err(too_long("user_properties", TEXT_BYTES_MAX));
    }
    Ok(())
}

/// The text of a field that the wire carries as one string.
fn field(key: &'static str, template: &Template, row: &Value) -> Result<Vec<u8>, RenderError> {
    let mut out = Vec::new();
    let written = template.render_within(FIELD_BYTES_MAX, row, &mut out);
    written.map(|()| out).map_err(|error| too_long(key, error.bytes_max))
}

const fn too_long(key: &'static str, bytes_max: usize) -> RenderError {
    RenderError::TooLong { key, bytes_max }
}

fn no_pairs(user: &Value) -> RenderError {
    let mut text = Vec::new();
    // Its beginning says enough.
    user.render_text_within(SHOWN_BYTES_MAX, &mut text).unwrap_or_default();
    RenderError::UserProperty(shown(&text))
}

/// Enough of a wrong value to recognise it in a log line.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..SHOWN_BYTES_MAX).unwrap_or(bytes));
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

const SHOWN_BYTES_MAX: usize = 80;

/// No text on the wire is longer.
const FIELD_BYTES_MAX: usize = 65_535;

#[cfg(test)]
mod tests;
