//! Names of the kinds of events, as rules write them.

/// The kind of an event. Not every kind is raised yet ([`EventKind::is_raised`]); rules may name
/// them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[expect(
    missing_docs,
    reason = "each variant is the event's name; `name` and `topic` spell it out"
)]
pub enum EventKind {
    MessagePublish,
    MessageDelivered,
    MessageAcked,
    MessageDropped,
    DeliveryDropped,
    ClientConnected,
    ClientDisconnected,
    ClientConnack,
    ClientCheckAuthnComplete,
    ClientCheckAuthzComplete,
    ClientPing,
    SessionSubscribed,
    SessionUnsubscribed,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::MessagePublish,
        Self::MessageDelivered,
        Self::MessageAcked,
        Self::MessageDropped,
        Self::DeliveryDropped,
        Self::ClientConnected,
        Self::ClientDisconnected,
        Self::ClientConnack,
        Self::ClientCheckAuthnComplete,
        Self::ClientCheckAuthzComplete,
        Self::ClientPing,
        Self::SessionSubscribed,
        Self::SessionUnsubscribed,
    ];

    /// What rules see in the column `event`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.names().0
    }

    /// The current topic for FROM (`$events/client/connected`); `None` for publishes, which are
    /// found by their own topic.
    #[must_use]
    pub const fn topic(self) -> Option<&'static str> {
        self.names().1
    }

    /// The older topic (`$events/client_connected`), where one exists.
    #[must_use]
    pub const fn older_topic(self) -> Option<&'static str> {
        self.names().2
    }

    /// Whether the broker raises it in this version.
    #[must_use]
    pub const fn is_raised(self) -> bool {
        !matches!(self, Self::ClientCheckAuthnComplete | Self::ClientCheckAuthzComplete)
    }

    const fn names(self) -> (&'static str, Option<&'static str>, Option<&'static str>) {
        match self {
            Self::MessagePublish => ("message.publish", None, None),
            Self::MessageDelivered => (
                "message.delivered",
                Some("$events/message/delivered"),
                Some("$events/message_delivered"),
            ),
            Self::MessageAcked => {
                ("message.acked", Some("$events/message/acked"), Some("$events/message_acked"))
            }
            Self::MessageDropped => (
                "message.dropped",
                Some("$events/message/dropped"),
                Some("$events/message_dropped"),
            ),
            Self::DeliveryDropped => (
                "delivery.dropped",
                Some("$events/message/delivery_dropped"),
                Some("$events/delivery_dropped"),
            ),
            Self::ClientConnected => (
                "client.connected",
                Some("$events/client/connected"),
                Some("$events/client_connected"),
            ),
            Self::ClientDisconnected => (
                "client.disconnected",
                Some("$events/client/disconnected"),
                Some("$events/client_disconnected"),
            ),
            Self::ClientConnack => {
                ("client.connack", Some("$events/client/connack"), Some("$events/client_connack"))
            }
            Self::ClientCheckAuthnComplete => (
                "client.check_authn_complete",
                Some("$events/auth/check_authn_complete"),
                Some("$events/client_check_authn_complete"),
            ),
            Self::ClientCheckAuthzComplete => (
                "client.check_authz_complete",
                Some("$events/auth/check_authz_complete"),
                Some("$events/client_check_authz_complete"),
            ),
            Self::ClientPing => ("client.ping", Some("$events/client/ping"), None),
            Self::SessionSubscribed => (
                "session.subscribed",
                Some("$events/session/subscribed"),
                Some("$events/session_subscribed"),
            ),
            Self::SessionUnsubscribed => (
                "session.unsubscribed",
                Some("$events/session/unsubscribed"),
                Some("$events/session_unsubscribed"),
            ),
        }
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventKinds(u32);

impl EventKinds {
    /// These kinds.
    #[must_use]
    pub const fn of(kinds: &[EventKind]) -> Self {
        let mut set = Self(0);
        let mut rest = kinds;
        while let [kind, others @ ..] = rest {
            set.insert(*kind);
            rest = others;
        }
        set
    }

    /// Takes a kind in.
    pub const fn insert(&mut self, kind: EventKind) {
        self.0 |= 1 << kind as u32;
    }

    /// Whether a kind is in it.
    #[must_use]
    pub const fn contains(self, kind: EventKind) -> bool {
        self.0 & (1 << kind as u32) != 0
    }

    /// The kinds that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}
