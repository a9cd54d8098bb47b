//! Looking properties up by name. Each look-up walks the list; a packet has few.

use super::{Encoded, Properties, property::Value, table as id};

impl<'b> Properties<'b> {
    /// 0: bytes, 1: UTF-8 text.
    #[must_use]
    pub fn payload_format_indicator(&self) -> Option<u8> {
        self.byte(id::PAYLOAD_FORMAT_INDICATOR)
    }

    /// Seconds, as received.
    #[must_use]
    pub fn message_expiry_interval(&self) -> Option<u32> {
        self.four_bytes(id::MESSAGE_EXPIRY_INTERVAL)
    }

    /// Any text, by custom a MIME type.
    #[must_use]
    pub fn content_type(&self) -> Option<&'b str> {
        self.text(id::CONTENT_TYPE)
    }

    /// A topic name.
    #[must_use]
    pub fn response_topic(&self) -> Option<&'b str> {
        self.text(id::RESPONSE_TOPIC)
    }

    /// Any bytes.
    #[must_use]
    pub fn correlation_data(&self) -> Option<&'b [u8]> {
        self.binary(id::CORRELATION_DATA)
    }

    /// The first one; a PUBLISH of a server may have several.
    #[must_use]
    pub fn subscription_identifier(&self) -> Option<u32> {
        self.variable(id::SUBSCRIPTION_IDENTIFIER)
    }

    /// Seconds; `u32::MAX` means never.
    #[must_use]
    pub fn session_expiry_interval(&self) -> Option<u32> {
        self.four_bytes(id::SESSION_EXPIRY_INTERVAL)
    }

    /// What a server chose for a client that named none.
    #[must_use]
    pub fn assigned_client_identifier(&self) -> Option<&'b str> {
        self.text(id::ASSIGNED_CLIENT_IDENTIFIER)
    }

    /// Seconds.
    #[must_use]
    pub fn server_keep_alive(&self) -> Option<u16> {
        self.two_bytes(id::SERVER_KEEP_ALIVE)
    }

    /// Its name.
    #[must_use]
    pub fn authentication_method(&self) -> Option<&'b str> {
        self.text(id::AUTHENTICATION_METHOD)
    }

    /// Never without a method.
    #[must_use]
    pub fn authentication_data(&self) -> Option<&'b [u8]> {
        self.binary(id::AUTHENTICATION_DATA)
    }

    /// Where absent, it counts as true.
    #[must_use]
    pub fn request_problem_information(&self) -> Option<bool> {
        self.flag(id::REQUEST_PROBLEM_INFORMATION)
    }

    /// Seconds.
    #[must_use]
    pub fn will_delay_interval(&self) -> Option<u32> {
        self.four_bytes(id::WILL_DELAY_INTERVAL)
    }

    /// Where absent, it counts as false.
    #[must_use]
    pub fn request_response_information(&self) -> Option<bool> {
        self.flag(id::REQUEST_RESPONSE_INFORMATION)
    }

    /// The base of a response topic.
    #[must_use]
    pub fn response_information(&self) -> Option<&'b str> {
        self.text(id::RESPONSE_INFORMATION)
    }

    /// Another server to use.
    #[must_use]
    pub fn server_reference(&self) -> Option<&'b str> {
        self.text(id::SERVER_REFERENCE)
    }

    /// For people who read logs.
    #[must_use]
    pub fn reason_string(&self) -> Option<&'b str> {
        self.text(id::REASON_STRING)
    }

    /// Never 0.
    #[must_use]
    pub fn receive_maximum(&self) -> Option<u16> {
        self.two_bytes(id::RECEIVE_MAXIMUM)
    }

    /// Where absent, it counts as 0.
    #[must_use]
    pub fn topic_alias_maximum(&self) -> Option<u16> {
        self.two_bytes(id::TOPIC_ALIAS_MAXIMUM)
    }

    /// Never 0.
    #[must_use]
    pub fn topic_alias(&self) -> Option<u16> {
        self.two_bytes(id::TOPIC_ALIAS)
    }

    /// 0 or 1; where absent, QoS 2 is supported.
    #[must_use]
    pub fn maximum_qos(&self) -> Option<u8> {
        self.byte(id::MAXIMUM_QOS)
    }

    /// Where absent, it counts as true.
    #[must_use]
    pub fn retain_available(&self) -> Option<bool> {
        self.flag(id::RETAIN_AVAILABLE)
    }

    /// Bytes, never 0.
    #[must_use]
    pub fn maximum_packet_size(&self) -> Option<u32> {
        self.four_bytes(id::MAXIMUM_PACKET_SIZE)
    }

    /// Where absent, it counts as true.
    #[must_use]
    pub fn wildcard_subscription_available(&self) -> Option<bool> {
        self.flag(id::WILDCARD_SUBSCRIPTION_AVAILABLE)
    }

    /// Where absent, it counts as true.
    #[must_use]
    pub fn subscription_identifiers_available(&self) -> Option<bool> {
        self.flag(id::SUBSCRIPTION_IDENTIFIERS_AVAILABLE)
    }

    /// Where absent, it counts as true.
    #[must_use]
    pub fn shared_subscription_available(&self) -> Option<bool> {
        self.flag(id::SHARED_SUBSCRIPTION_AVAILABLE)
    }

    /// All of them, in order.
    pub fn subscription_identifiers(&self) -> impl Iterator<Item = u32> + use<'b> {
        self.all(id::SUBSCRIPTION_IDENTIFIER).filter_map(|value| {
            let Value::Variable(value) = value else { return None };
            Some(value)
        })
    }

    /// Names and values in order; names may repeat.
    pub fn user_properties(&self) -> impl Iterator<Item = (&'b str, &'b str)> + use<'b> {
        self.all(id::USER_PROPERTY).filter_map(|pair| {
            let Value::Pair(name, value) = pair else { return None };
            Some((name, value))
        })
    }

    fn all(&self, id: u8) -> impl Iterator<Item = Value<'b>> + use<'b> {
        self.encoded().filter(move |property| property.id == id).filter_map(Encoded::value)
    }

    fn find(&self, id: u8) -> Option<Value<'b>> {
        self.all(id).next()
    }

    fn byte(&self, id: u8) -> Option<u8> {
        let Value::Byte(value) = self.find(id)? else { return None };
        Some(value)
    }

    fn flag(&self, id: u8) -> Option<bool> {
        let Value::Flag(value) = self.find(id)? else { return None };
        Some(value)
    }

    fn two_bytes(&self, id: u8) -> Option<u16> {
        let Value::TwoBytes(value) = self.find(id)? else { return None };
        Some(value)
    }

    fn four_bytes(&self, id: u8) -> Option<u32> {
        let Value::FourBytes(value) = self.find(id)? else { return None };
        Some(value)
    }

    fn variable(&self, id: u8) -> Option<u32> {
        let Value::Variable(value) = self.find(id)? else { return None };
        Some(value)
    }

    fn text(&self, id: u8) -> Option<&'b str> {
        let Value::Text(value) = self.find(id)? else { return None };
        Some(value)
    }

    fn binary(&self, id: u8) -> Option<&'b [u8]> {
        let Value::Binary(value) = self.find(id)? else { return None };
        Some(value)
    }
}
