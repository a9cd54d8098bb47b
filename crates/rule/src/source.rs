//! Which kinds of events a name in FROM stands for. It does not know topics of messages.

use sluice_event::EventKind;
use sluice_sql::{Plan, Source};
use sluice_topic::matches;

use crate::nearest::nearest;

/// What an event name or pattern of FROM stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventSource {
    /// At least one kind of this version.
    Known,
    /// An event of EMQX that this broker has nothing to raise for.
    Foreign,
    /// Nothing; the nearest name.
    Unknown(Option<&'static str>),
}

impl EventSource {
    pub(crate) fn of(name: &str) -> Self {
        if EventKind::ALL.into_iter().any(|kind| names_kind(name, kind)) {
            return Self::Known;
        }
        if FOREIGN.iter().any(|foreign| matches(name, foreign)) {
            return Self::Foreign;
        }
        let known = EventKind::ALL.into_iter().flat_map(|kind| [kind.topic(), kind.older_topic()]);
        Self::Unknown(nearest(name, known.flatten()))
    }
}

/// Whether a name in FROM stands for `kind`: by its current topic or a filter over it, or by its
/// older topic.
pub(crate) fn names_kind(name: &str, kind: EventKind) -> bool {
    kind.older_topic() == Some(name) || kind.topic().is_some_and(|topic| matches(name, topic))
}

/// Whether anything that `name` stands for is raised in this version.
pub(crate) fn is_raised_source(name: &str) -> bool {
    EventKind::ALL.into_iter().any(|kind| kind.is_raised() && names_kind(name, kind))
}

/// Whether FROM takes a message on `topic`.
pub(crate) fn takes_topic(plan: &Plan, topic: &str) -> bool {
    plan.from().iter().any(|source| match source {
        Source::Topic(filter) => filter.matches(topic),
        Source::Event(_) => false,
    })
}

/// Whether FROM takes events of `kind`.
pub(crate) fn takes_event(plan: &Plan, kind: EventKind) -> bool {
    plan.from().iter().any(|source| match source {
        Source::Topic(_) => false,
        Source::Event(name) => names_kind(name, kind),
    })
}

const FOREIGN: &[&str] = &[
    "$events/schema_validation/failed",
    "$events/schema_validation_failed",
    "$events/message_transformation/failed",
    "$events/message_transformation_failed",
    "$events/sys/alarm_activated",
    "$events/sys/alarm_deactivated",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(name: &str) -> Vec<&'static str> {
        let all = EventKind::ALL.into_iter();
        all.filter(|kind| names_kind(name, *kind)).map(EventKind::name).collect()
    }

    #[test]
    fn both_names_and_wildcards_over_the_current_ones_find_events() {
        assert_eq!(kinds("$events/client/connected"), ["client.connected"]);
        assert_eq!(kinds("$events/client_connected"), ["client.connected"]);
        assert_eq!(
            kinds("$events/client/+"),
            ["client.connected", "client.disconnected", "client.connack", "client.ping"]
        );
        assert_eq!(kinds("$events/#").len(), EventKind::ALL.len() - 1);
        for never in ["#", "+/client/connected", "$events", "$events/message_publish", "t/#"] {
            assert_eq!(kinds(never), Vec::<&str>::new(), "{never}");
        }
    }

    #[test]
    fn an_unknown_event_names_the_nearest() {
        assert_eq!(EventSource::of("$events/client/connected"), EventSource::Known);
        assert_eq!(EventSource::of("$events/sys/+"), EventSource::Foreign);
        assert_eq!(
            EventSource::of("$events/client/conected"),
            EventSource::Unknown(Some("$events/client/connected"))
        );
        assert_eq!(EventSource::of("$events/zzz/qqqqqqqq"), EventSource::Unknown(None));
    }
}
