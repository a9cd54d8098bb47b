//! Makes a record of a row, by the templates of an action. It does not know clients.

use rdkafka::message::{Header, OwnedHeaders};
use sluice_rule::action::KafkaRecord;
use sluice_value::{Segment, Template, TooLong, Value};

use crate::settings::RECORD_BYTES_MAX;

/// The templates of an action.
#[derive(Debug)]
pub(crate) struct Templates {
    pub(crate) topic: Topic,
    record: KafkaRecord,
}

/// Where records go.
#[derive(Debug)]
pub(crate) enum Topic {
    /// All to one topic, a name that Kafka knows to be one.
    Fixed(String),
    /// Each row says.
    OfRow,
}

/// A record, for the most part in the scratch space that it was rendered to.
#[derive(Debug)]
pub(crate) struct Encoded<'b> {
    pub(crate) topic: &'b str,
    pub(crate) key: Option<&'b [u8]>,
    pub(crate) value: &'b [u8],
    pub(crate) headers: Option<OwnedHeaders>,
    pub(crate) partition: Option<i32>,
    pub(crate) timestamp: Option<i64>,
}

/// Why a row makes no record.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EncodeError {
    #[error("the topic lacks a value: the row has no `{0}`")]
    TopicLacks(String),
    #[error("`{0}` is no topic name: those are 1 to 249 letters, digits, `.`, `_` and `-`")]
    NoTopic(String),
    #[error("the {field} is `{text}`, not a whole number from 0 to {max}")]
    NotANumber { field: &'static str, text: String, max: i64 },
    #[error("the record is too long")]
    TooLong(#[from] TooLong),
}

impl Templates {
    /// # Errors
    /// The topic, the partition or the timestamp is fixed and one that Kafka would never take.
    pub(crate) fn new(record: &KafkaRecord) -> Result<Self, EncodeError> {
        let topic = match record.topic.as_literal() {
            Some(name) => Topic::Fixed(check_topic(name)?.to_owned()),
            None => Topic::OfRow,
        };
        let literal = |template: &Option<Template>| {
            template.as_ref().and_then(Template::as_literal).map(str::to_owned)
        };
        if let Some(text) = literal(&record.partition) {
            partition_of(text.as_bytes())?;
        }
        if let Some(text) = literal(&record.timestamp) {
            timestamp_of(text.as_bytes())?;
        }
        Ok(Self { topic, record: record.clone() })
    }

    /// Whether each row names its partition.
    pub(crate) fn partition_is_of_row(&self) -> bool {
        self.record.partition.as_ref().is_some_and(|number| number.as_literal().is_none())
    }

    /// The partition that all rows go to.
    pub(crate) fn fixed_partition(&self) -> Option<i32> {
        let text = self.record.partition.as_ref().and_then(Template::as_literal)?;
        partition_of(text.as_bytes()).ok()
    }

    /// Renders the record of `row`; `scratch` is overwritten.
    ///
    /// # Errors
    /// The row makes no record.
    pub(crate) fn encode<'b>(
        &'b self,
        row: &Value,
        scratch: &'b mut Vec<u8>,
    ) -> Result<Encoded<'b>, EncodeError> {
        let headers = self.headers(row, scratch)?;
        let partition = number(self.record.partition.as_ref(), row, scratch, partition_of)?;
        let timestamp = number(self.record.timestamp.as_ref(), row, scratch, timestamp_of)?;
        scratch.clear();
        if matches!(self.topic, Topic::OfRow) {
            render_topic(&self.record.topic, row, scratch)?;
        }
        let topic_end = scratch.len();
        let has_key = match &self.record.key {
            Some(key) => render_present(key, row, scratch)?,
            None => false,
        };
        let key_end = scratch.len();
        match &self.record.value {
            Some(value) => value.render_within(RECORD_BYTES_MAX, row, scratch)?,
            None => row.write_json_within(RECORD_BYTES_MAX, scratch)?,
        }
        let (before, value) = scratch.split_at_checked(key_end).unwrap_or_default();
        let (topic, key) = before.split_at_checked(topic_end).unwrap_or_default();
        let topic = match &self.topic {
            Topic::Fixed(name) => name.as_str(),
            Topic::OfRow => topic_name(topic)?,
        };
        Ok(Encoded { topic, key: has_key.then_some(key), value, headers, partition, timestamp })
    }

    fn headers(
        &self,
        row: &Value,
        scratch: &mut Vec<u8>,
    ) -> Result<Option<OwnedHeaders>, EncodeError> {
        if self.record.headers.is_empty() {
            return Ok(None);
        }
        let mut headers = OwnedHeaders::new_with_capacity(self.record.headers.len());
        let mut bytes_left = RECORD_BYTES_MAX;
        for (name, template) in &self.record.headers {
            scratch.clear();
            let is_present = render_present(template, row, scratch)?;
            bytes_left = bytes_left
                .checked_sub(scratch.len())
                .ok_or(TooLong { bytes_max: RECORD_BYTES_MAX })?;
            let value = is_present.then_some(scratch.as_slice());
            headers = headers.insert(Header { key: name, value });
        }
        Ok(Some(headers))
    }
}

/// Renders a key or a header. One that is a single placeholder without a value is absent rather
/// than the text `undefined` or `null`: gives whether there is one.
fn render_present(
    template: &Template,
    row: &Value,
    out: &mut Vec<u8>,
) -> Result<bool, EncodeError> {
    match template.lookup(row) {
        Some(Value::Undefined | Value::Null) => Ok(false),
        Some(value) => Ok(value.render_text_within(RECORD_BYTES_MAX, out).map(|()| true)?),
        None => Ok(template.render_within(RECORD_BYTES_MAX, row, out).map(|()| true)?),
    }
}

/// Renders a topic, which must not lack a value: `undefined` would be a topic like any other.
fn render_topic(template: &Template, row: &Value, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    for segment in template.segments() {
        match segment {
            Segment::Literal(text) => out.extend_from_slice(text.as_bytes()),
            Segment::Placeholder(placeholder) => {
                let value = placeholder.lookup(row);
                if matches!(value, Value::Undefined | Value::Null) {
                    return Err(EncodeError::TopicLacks(placeholder.path.join(".")));
                }
                value.render_text_within(TOPIC_RENDERED_MAX, out)?;
            }
        }
    }
    Ok(())
}

fn topic_name(bytes: &[u8]) -> Result<&str, EncodeError> {
    let name = std::str::from_utf8(bytes).map_err(|_| EncodeError::NoTopic(shown(bytes)))?;
    check_topic(name)
}

fn check_topic(name: &str) -> Result<&str, EncodeError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_name = (1..=TOPIC_BYTES_MAX).contains(&name.len())
        && name.bytes().all(allowed)
        && !matches!(name, "." | "..");
    if is_name { Ok(name) } else { Err(EncodeError::NoTopic(shown(name.as_bytes()))) }
}

fn number<N>(
    template: Option<&Template>,
    row: &Value,
    scratch: &mut Vec<u8>,
    read: fn(&[u8]) -> Result<N, EncodeError>,
) -> Result<Option<N>, EncodeError> {
    let Some(template) = template else { return Ok(None) };
    scratch.clear();
    template.render_within(RECORD_BYTES_MAX, row, scratch)?;
    read(scratch).map(Some)
}

fn partition_of(text: &[u8]) -> Result<i32, EncodeError> {
    let number = whole_number(text).and_then(|number| i32::try_from(number).ok());
    number.filter(|number| *number >= 0).ok_or_else(|| EncodeError::NotANumber {
        field: "partition",
        text: shown(text),
        max: i32::MAX.into(),
    })
}

fn timestamp_of(text: &[u8]) -> Result<i64, EncodeError> {
    let number = whole_number(text);
    number.filter(|number| (0..=TIMESTAMP_MAX).contains(number)).ok_or_else(|| {
        EncodeError::NotANumber { field: "timestamp", text: shown(text), max: TIMESTAMP_MAX }
    })
}

/// `3` and, as computed floats are rendered, `3.0`.
fn whole_number(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.trim();
    text.strip_suffix(".0").unwrap_or(text).parse().ok()
}

/// The beginning of a text, for an error.
fn shown(text: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(text.get(..SHOWN_BYTES).unwrap_or(text)).into_owned();
    text.retain(|character| !character.is_control());
    text
}

const TOPIC_BYTES_MAX: usize = 249;
/// Enough to show what is wrong with a topic.
const TOPIC_RENDERED_MAX: usize = 4096;
/// The last millisecond of the year 9999: brokers take more, Java's dates end not far beyond.
const TIMESTAMP_MAX: i64 = 253_402_300_799_999;
const SHOWN_BYTES: usize = 64;

#[cfg(test)]
mod tests;
