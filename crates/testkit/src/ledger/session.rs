//! Sessions as their clients know them: from the CONNACK that began them to whatever may have ended
//! them. It does not know connections beyond their number.

use std::collections::BTreeMap;

use sluice_mqtt::QoS;

use super::{Ledger, PublishId, Published, Variant};
use crate::Time;

/// A session in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionId(pub(crate) usize);

/// See the module.
#[derive(Debug)]
pub(crate) struct SessionRecord {
    pub(crate) client: usize,
    /// It outlives connections, and its messages are logged.
    pub(crate) is_durable: bool,
    /// Larger messages never come.
    pub(super) maximum_packet_size: usize,
    /// From here on it may have ended.
    pub(crate) ended: Option<Time>,
    pub(crate) periods: Vec<Period>,
    /// Connections so far.
    pub(crate) connections: u32,
    /// When its present connection was opened.
    pub(crate) open_since: Option<Time>,
    pub(super) got: BTreeMap<(PublishId, Variant), Got>,
    /// The number of the newest message by publisher, topic, QoS published and QoS delivered.
    pub(super) newest: BTreeMap<(usize, String, QoS, QoS), u64>,
    /// The last retained message sent to it by topic, in the order of arrival.
    pub(super) retained: Vec<(String, PublishId)>,
}

/// From SUBSCRIBE to UNSUBSCRIBE.
#[derive(Clone, Debug)]
pub(crate) struct Period {
    pub(crate) filter: String,
    pub(crate) qos: QoS,
    /// SUBACK came.
    pub(crate) since: Option<Time>,
    /// UNSUBSCRIBE, or a SUBSCRIBE that replaces it, was sent.
    pub(crate) until: Option<Time>,
    /// UNSUBACK came.
    pub(crate) over: Option<Time>,
}

/// How often a message came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Got {
    /// Without DUP.
    pub(crate) first: u32,
    /// With DUP.
    pub(crate) again: u32,
}

impl Ledger {
    /// A session begins.
    pub(crate) fn begin_session(
        &mut self,
        client: usize,
        is_durable: bool,
        maximum_packet_size: u32,
    ) -> SessionId {
        self.sessions.push(SessionRecord {
            client,
            is_durable,
            maximum_packet_size: usize::try_from(maximum_packet_size).unwrap_or(usize::MAX),
            ended: None,
            periods: Vec::new(),
            connections: 0,
            open_since: None,
            got: BTreeMap::new(),
            newest: BTreeMap::new(),
            retained: Vec::new(),
        });
        SessionId(self.sessions.len() - 1)
    }

    /// A session of the ledger.
    pub(crate) fn session(&mut self, id: SessionId) -> Option<&mut SessionRecord> {
        self.sessions.get_mut(id.0)
    }

    /// It may have ended from now on.
    pub(crate) fn end_session(&mut self, id: SessionId, now: Time) {
        if let Some(session) = self.session(id) {
            session.ended.get_or_insert(now);
            session.open_since = None;
        }
    }
}

impl SessionRecord {
    /// SUBSCRIBE is sent: what it replaces may be over from now on.
    pub(crate) fn subscribing(&mut self, filter: &str, qos: QoS, now: Time) {
        self.unsubscribing(filter, now);
        self.periods.push(Period {
            filter: filter.to_owned(),
            qos,
            since: None,
            until: None,
            over: None,
        });
    }

    /// SUBACK came.
    pub(crate) fn subscribed(&mut self, filter: &str, granted: bool, now: Time) {
        let mut newest = self.of_filter(filter);
        if let Some(period) = newest.next_back()
            && period.since.is_none()
        {
            if granted {
                period.since = Some(now);
            } else {
                period.until.get_or_insert(now);
                period.over.get_or_insert(now);
            }
        }
    }

    /// UNSUBSCRIBE is sent.
    pub(crate) fn unsubscribing(&mut self, filter: &str, now: Time) {
        for period in self.of_filter(filter) {
            period.until.get_or_insert(now);
        }
    }

    /// UNSUBACK came: none of the filter's periods goes on.
    pub(crate) fn unsubscribed(&mut self, filter: &str, now: Time) {
        for period in self.of_filter(filter) {
            period.over.get_or_insert(now);
        }
    }

    /// Whether a message may be too large for the client. A packet has less than 100 bytes beside
    /// the payload here.
    pub(super) const fn is_too_small_for(&self, published: &Published) -> bool {
        published.payload.len() + 100 > self.maximum_packet_size
    }

    /// Filters with a subscription that was not given up.
    pub(crate) fn filters(&self) -> Vec<String> {
        let live = self.periods.iter().filter(|period| period.until.is_none());
        live.map(|period| period.filter.clone()).collect()
    }

    fn of_filter<'s>(
        &'s mut self,
        filter: &'s str,
    ) -> impl DoubleEndedIterator<Item = &'s mut Period> {
        self.periods.iter_mut().filter(move |period| period.filter == filter)
    }
}
