//! Facts of the broker as values of the rule language. It does not know columns or events.

use std::net::SocketAddr;

use sluice_mqtt::{Properties, Property, UnixMillis};
use sluice_value::{Map, Value};

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

pub(super) fn optional_text(optional: Option<&str>) -> Value {
    optional.map_or(Value::Undefined, text)
}

pub(super) fn integer(number: impl Into<i64>) -> Value {
    Value::Integer(number.into())
}

/// Times beyond the year 292,000,000 stand still.
pub(crate) fn millis(at: UnixMillis) -> Value {
    Value::Integer(i64::try_from(at.0).unwrap_or(i64::MAX))
}

/// The IP address; one that came in over a dual-stack socket is shown as the IPv4 address that it
/// is.
pub(super) fn host(address: SocketAddr) -> Value {
    Value::Text(address.ip().to_canonical().to_string().into())
}

/// `ip:port`.
pub(super) fn address(address: SocketAddr) -> Value {
    let canonical = SocketAddr::new(address.ip().to_canonical(), address.port());
    Value::Text(canonical.to_string().into())
}

/// Properties under their MQTT 5 names with dashes. User properties come twice: as the map
/// `User-Property`, where the last of equal keys wins, and in order as `User-Property-Pairs`.
pub(super) fn properties_map(properties: Properties<'_>) -> Value {
    let mut map = Map::default();
    let mut user = Map::default();
    let mut pairs = Vec::new();
    for property in properties.iter() {
        match named(property) {
            Named::User(key, value) => {
                user.insert(key, text(value));
                pairs.push(user_property_pair(key, text(value)));
            }
            Named::Single(name, value) => {
                map.insert(name, value);
            }
        }
    }
    map.insert(USER_PROPERTY, Value::from(user));
    if !pairs.is_empty() {
        map.insert(USER_PROPERTY_PAIRS, Value::from(pairs));
    }
    Value::from(map)
}

/// `{key, value}`, the form of an item of `User-Property-Pairs`.
pub(crate) fn user_property_pair(key: &str, value: Value) -> Value {
    Value::map([("key", text(key)), ("value", value)])
}

/// The map of user properties.
pub(crate) const USER_PROPERTY: &str = "User-Property";
/// The list of user properties, left out when there are none.
pub(crate) const USER_PROPERTY_PAIRS: &str = "User-Property-Pairs";

enum Named<'b> {
    Single(&'static str, Value),
    User(&'b str, &'b str),
}

fn named(property: Property<'_>) -> Named<'_> {
    let (name, value) = match property {
        Property::UserProperty(key, value) => return Named::User(key, value),
        Property::PayloadFormatIndicator(it) => ("Payload-Format-Indicator", integer(it)),
        Property::MessageExpiryInterval(it) => ("Message-Expiry-Interval", integer(it)),
        Property::ContentType(it) => ("Content-Type", text(it)),
        Property::ResponseTopic(it) => ("Response-Topic", text(it)),
        Property::CorrelationData(it) => ("Correlation-Data", Value::Text(it.into())),
        Property::SubscriptionIdentifier(it) => ("Subscription-Identifier", integer(it)),
        Property::SessionExpiryInterval(it) => ("Session-Expiry-Interval", integer(it)),
        Property::AssignedClientIdentifier(it) => ("Assigned-Client-Identifier", text(it)),
        Property::ServerKeepAlive(it) => ("Server-Keep-Alive", integer(it)),
        Property::AuthenticationMethod(it) => ("Authentication-Method", text(it)),
        Property::AuthenticationData(it) => ("Authentication-Data", Value::Text(it.into())),
        Property::RequestProblemInformation(it) => ("Request-Problem-Information", bit(it)),
        Property::WillDelayInterval(it) => ("Will-Delay-Interval", integer(it)),
        Property::RequestResponseInformation(it) => ("Request-Response-Information", bit(it)),
        Property::ResponseInformation(it) => ("Response-Information", text(it)),
        Property::ServerReference(it) => ("Server-Reference", text(it)),
        Property::ReasonString(it) => ("Reason-String", text(it)),
        Property::ReceiveMaximum(it) => ("Receive-Maximum", integer(it)),
        Property::TopicAliasMaximum(it) => ("Topic-Alias-Maximum", integer(it)),
        Property::TopicAlias(it) => ("Topic-Alias", integer(it)),
        Property::MaximumQoS(it) => ("Maximum-QoS", integer(it)),
        Property::RetainAvailable(it) => ("Retain-Available", bit(it)),
        Property::MaximumPacketSize(it) => ("Maximum-Packet-Size", integer(it)),
        Property::WildcardSubscriptionAvailable(it) => ("Wildcard-Subscription-Available", bit(it)),
        Property::SubscriptionIdentifiersAvailable(it) => {
            ("Subscription-Identifier-Available", bit(it))
        }
        Property::SharedSubscriptionAvailable(it) => ("Shared-Subscription-Available", bit(it)),
    };
    Named::Single(name, value)
}

/// One-byte flags are numbers on the wire and stay numbers.
fn bit(flag: bool) -> Value {
    Value::Integer(i64::from(flag))
}
