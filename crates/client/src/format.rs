//! `-F`: how a received message is printed, in mosquitto_sub's notation. It does not know where it
//! is printed to; it is told the time.

mod json;
mod parse;
mod time;

use std::time::SystemTime;

use sluice_mqtt::{MessageRef, PacketId};

pub(crate) use parse::FormatError;

/// A parsed output format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Format(Vec<Piece>);

/// A received message with what is known about it beside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'m> {
    pub(crate) message: &'m MessageRef<'m>,
    pub(crate) packet_id: Option<PacketId>,
    pub(crate) received_at: SystemTime,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(Vec<u8>),
    Field { kind: Kind, layout: Layout },
}

/// Flags, width and maximum width of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Layout {
    zero_padded: bool,
    left_aligned: bool,
    width: usize,
    width_max: Option<usize>,
}

/// What `%x` and `@x` stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    TopicAlias,
    ContentType,
    CorrelationData,
    MessageExpiryInterval,
    PayloadFormatIndicator,
    Iso8601,
    /// `%j`
    JsonOfText,
    /// `%J`
    JsonOfJson,
    PayloadBytes,
    PacketId,
    UserProperties,
    Payload,
    /// As mosquitto_sub's `-v` shows it: `(null)` when it is empty.
    PayloadOrNull,
    QoS,
    ResponseTopic,
    Retain,
    SubscriptionIdentifiers,
    Topic,
    UnixTime,
    /// `%x`
    HexLower,
    /// `%X`
    HexUpper,
    Time(time::Part),
}

/// `%J` met a payload that is no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message payload is not valid JSON on topic {0}")]
pub(crate) struct NotJson(String);

impl Format {
    /// # Errors
    /// When it holds an unknown sequence.
    pub(crate) fn parse(text: &str) -> Result<Self, FormatError> {
        parse::parse(text).map(Self)
    }

    /// What prints without `-F`: the payload, after the topic with `-v`.
    pub(crate) fn plain(verbose: bool) -> Self {
        let field = |kind| Piece::Field { kind, layout: Layout::default() };
        let payload = if verbose { Kind::PayloadOrNull } else { Kind::Payload };
        let topic = verbose.then(|| [field(Kind::Topic), Piece::Literal(b" ".into())]);
        Self(topic.into_iter().flatten().chain([field(payload)]).collect())
    }

    /// Appends the message as this format shows it; nothing of it on an error.
    pub(crate) fn write(&self, subject: Subject<'_>, out: &mut Vec<u8>) -> Result<(), NotJson> {
        let start = out.len();
        for piece in &self.0 {
            match piece {
                Piece::Literal(bytes) => out.extend_from_slice(bytes),
                Piece::Field { kind, layout } => {
                    let value = value(*kind, subject).inspect_err(|_| out.truncate(start))?;
                    layout.write(*kind, &value, out);
                }
            }
        }
        Ok(())
    }
}

impl Layout {
    fn write(self, kind: Kind, value: &[u8], out: &mut Vec<u8>) {
        let shown = match self.width_max {
            Some(max) => value.get(..max).unwrap_or(value),
            None => value,
        };
        let padding = self.width.saturating_sub(shown.len());
        let zero = self.zero_padded && kind.is_number() && !self.left_aligned;
        let pad = std::iter::repeat_n(if zero { b'0' } else { b' ' }, padding);
        if self.left_aligned {
            out.extend_from_slice(shown);
            out.extend(pad);
        } else {
            out.extend(pad);
            out.extend_from_slice(shown);
        }
    }
}

impl Kind {
    fn is_number(self) -> bool {
        matches!(
            self,
            Self::TopicAlias
                | Self::MessageExpiryInterval
                | Self::PayloadFormatIndicator
                | Self::PayloadBytes
                | Self::PacketId
                | Self::SubscriptionIdentifiers
                | Self::HexLower
                | Self::HexUpper
        )
    }
}

fn value(kind: Kind, subject: Subject<'_>) -> Result<Vec<u8>, NotJson> {
    let message = subject.message;
    let properties = message.properties;
    let text = match kind {
        Kind::TopicAlias => or_empty(properties.topic_alias()),
        Kind::ContentType => or_empty(properties.content_type()),
        Kind::CorrelationData => {
            return Ok(properties.correlation_data().unwrap_or_default().to_vec());
        }
        Kind::MessageExpiryInterval => or_empty(properties.message_expiry_interval()),
        Kind::PayloadFormatIndicator => or_empty(properties.payload_format_indicator()),
        Kind::Iso8601 => time::iso8601(subject.received_at),
        Kind::JsonOfText => json::of_text(subject),
        Kind::JsonOfJson => json::of_json(subject)?,
        Kind::PayloadBytes => message.payload.len().to_string(),
        Kind::PacketId => subject.packet_id.map_or(0, PacketId::get).to_string(),
        Kind::UserProperties => user_properties(message),
        Kind::Payload => return Ok(message.payload.to_vec()),
        Kind::PayloadOrNull if message.payload.is_empty() => "(null)".to_owned(),
        Kind::PayloadOrNull => return Ok(message.payload.to_vec()),
        Kind::QoS => message.qos.as_u8().to_string(),
        Kind::ResponseTopic => or_empty(properties.response_topic()),
        Kind::Retain => u8::from(message.retain).to_string(),
        Kind::SubscriptionIdentifiers => subscription_identifiers(message),
        Kind::Topic => message.topic.to_owned(),
        Kind::UnixTime => time::unix(subject.received_at),
        Kind::HexLower => message.payload.iter().map(|byte| format!("{byte:02x}")).collect(),
        Kind::HexUpper => message.payload.iter().map(|byte| format!("{byte:02X}")).collect(),
        Kind::Time(part) => part.of(subject.received_at),
    };
    Ok(text.into_bytes())
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn user_properties(message: &MessageRef<'_>) -> String {
    let pairs = message.properties.user_properties();
    let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}:{value}")).collect();
    pairs.join(" ")
}

fn subscription_identifiers(message: &MessageRef<'_>) -> String {
    let identifiers = message.properties.subscription_identifiers();
    let identifiers: Vec<_> = identifiers.map(|identifier| identifier.to_string()).collect();
    identifiers.join(" ")
}

#[cfg(test)]
mod tests;
