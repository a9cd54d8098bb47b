//! `-D packet name value`: MQTT 5 properties on the command line. It does not know when the packets
//! are sent.

use sluice_mqtt::{Property, PropertyList};

/// The properties given for each packet.
#[derive(Clone, Debug, Default)]
pub(crate) struct PacketProperties {
    pub(crate) connect: PropertyList,
    pub(crate) publish: PropertyList,
    pub(crate) will: PropertyList,
    pub(crate) subscribe: PropertyList,
    pub(crate) unsubscribe: PropertyList,
    pub(crate) disconnect: PropertyList,
}

/// Why a `-D` is no property.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PropertyError {
    #[error("-D {0}: the packet is connect, publish, will, subscribe, unsubscribe or disconnect")]
    UnknownPacket(String),
    #[error("-D {packet} has no property `{name}`; it has {}", known.join(", "))]
    UnknownName { packet: String, name: String, known: &'static [&'static str] },
    #[error("-D {packet} {name}: `{value}` is no valid value")]
    InvalidValue { packet: String, name: String, value: String },
    #[error("-D {0}: takes a name and a value, user-property two of them")]
    Incomplete(String),
}

impl PacketProperties {
    /// Reads the words of all `-D` in a row; each group's own words tell its length.
    pub(crate) fn parse(words: &[String]) -> Result<Self, PropertyError> {
        let mut properties = Self::default();
        let mut words = words.iter().map(String::as_str);
        while let Some(packet) = words.next() {
            let incomplete = || PropertyError::Incomplete(packet.to_owned());
            let (list, known) = properties.list(packet)?;
            let name = words.next().ok_or_else(incomplete)?;
            if !known.contains(&name) {
                let (packet, name) = (packet.to_owned(), name.to_owned());
                return Err(PropertyError::UnknownName { packet, name, known });
            }
            let value = words.next().ok_or_else(incomplete)?;
            let property = if name == "user-property" {
                Some(Property::UserProperty(value, words.next().ok_or_else(incomplete)?))
            } else {
                property(name, value)
            };
            if !property.is_some_and(|property| list.push(property)) {
                return Err(PropertyError::InvalidValue {
                    packet: packet.to_owned(),
                    name: name.to_owned(),
                    value: value.to_owned(),
                });
            }
        }
        Ok(properties)
    }

    fn list(
        &mut self,
        packet: &str,
    ) -> Result<(&mut PropertyList, &'static [&'static str]), PropertyError> {
        match packet.to_ascii_lowercase().as_str() {
            "connect" => Ok((&mut self.connect, CONNECT)),
            "publish" => Ok((&mut self.publish, PUBLISH)),
            "will" => Ok((&mut self.will, WILL)),
            "subscribe" => Ok((&mut self.subscribe, SUBSCRIBE)),
            "unsubscribe" => Ok((&mut self.unsubscribe, UNSUBSCRIBE)),
            "disconnect" => Ok((&mut self.disconnect, DISCONNECT)),
            _ => Err(PropertyError::UnknownPacket(packet.to_owned())),
        }
    }
}

/// Every property but User Property.
fn property<'t>(name: &str, value: &'t str) -> Option<Property<'t>> {
    Some(match name {
        "authentication-data" => Property::AuthenticationData(value.as_bytes()),
        "authentication-method" => Property::AuthenticationMethod(value),
        "content-type" => Property::ContentType(value),
        "correlation-data" => Property::CorrelationData(value.as_bytes()),
        "maximum-packet-size" => Property::MaximumPacketSize(value.parse().ok()?),
        "message-expiry-interval" => Property::MessageExpiryInterval(value.parse().ok()?),
        "payload-format-indicator" => Property::PayloadFormatIndicator(value.parse().ok()?),
        "receive-maximum" => Property::ReceiveMaximum(value.parse().ok()?),
        "request-problem-information" => Property::RequestProblemInformation(bit(value)?),
        "request-response-information" => Property::RequestResponseInformation(bit(value)?),
        "response-topic" => Property::ResponseTopic(value),
        "session-expiry-interval" => Property::SessionExpiryInterval(value.parse().ok()?),
        "subscription-identifier" => Property::SubscriptionIdentifier(value.parse().ok()?),
        "topic-alias" => Property::TopicAlias(value.parse().ok()?),
        "topic-alias-maximum" => Property::TopicAliasMaximum(value.parse().ok()?),
        "will-delay-interval" => Property::WillDelayInterval(value.parse().ok()?),
        _ => return None,
    })
}

fn bit(value: &str) -> Option<bool> {
    match value {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

const CONNECT: &[&str] = &[
    "authentication-data",
    "authentication-method",
    "maximum-packet-size",
    "receive-maximum",
    "request-problem-information",
    "request-response-information",
    "session-expiry-interval",
    "topic-alias-maximum",
    "user-property",
];
const PUBLISH: &[&str] = &[
    "content-type",
    "correlation-data",
    "message-expiry-interval",
    "payload-format-indicator",
    "response-topic",
    "topic-alias",
    "user-property",
];
const WILL: &[&str] = &[
    "content-type",
    "correlation-data",
    "message-expiry-interval",
    "payload-format-indicator",
    "response-topic",
    "user-property",
    "will-delay-interval",
];
const SUBSCRIBE: &[&str] = &["subscription-identifier", "user-property"];
const UNSUBSCRIBE: &[&str] = &["user-property"];
const DISCONNECT: &[&str] = &["session-expiry-interval", "user-property"];

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<PacketProperties, PropertyError> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        PacketProperties::parse(&words)
    }

    #[test]
    fn groups_of_three_and_four_words_follow_each_other() {
        let properties =
            parse("PUBLISH user-property k v publish content-type json connect receive-maximum 7")
                .unwrap();
        let publish: Vec<_> = properties.publish.as_properties().iter().collect();
        assert_eq!(publish, [Property::UserProperty("k", "v"), Property::ContentType("json")]);
        let connect: Vec<_> = properties.connect.as_properties().iter().collect();
        assert_eq!(connect, [Property::ReceiveMaximum(7)]);
    }

    #[test]
    fn what_is_no_property_is_named() {
        for (line, part) in [
            ("puback user-property a b", "the packet is"),
            ("publish will-delay-interval 1", "has no property `will-delay-interval`"),
            ("connect receive-maximum 0", "`0` is no valid value"),
            ("connect receive-maximum 65536", "`65536` is no valid value"),
            ("publish user-property k", "two of them"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
