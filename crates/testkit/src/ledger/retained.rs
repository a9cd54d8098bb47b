//! What a new subscriber must find retained once everything is quiet. It does not know how it is
//! stored.

use std::collections::{BTreeMap, BTreeSet};

use sluice_mqtt::QoS;

use super::{Ledger, PublishId, SessionId, Variant};
use crate::Time;

impl Ledger {
    /// Compares what a session got from the retained store with the last message of each topic; of
    /// those that were under way at the same time, any may be the last.
    pub(crate) fn check_retained(&mut self, session: SessionId, now: Time) {
        let mut held: BTreeMap<String, Vec<PublishId>> = BTreeMap::new();
        if let Some(session) = self.sessions.get(session.0) {
            for (topic, id) in &session.retained {
                held.entry(topic.clone()).or_default().push(*id);
            }
        }
        let mut wrong = Vec::new();
        for (topic, last) in &self.last_retained() {
            let may_be_clear = last.iter().any(|index| self.is_clear_or_unsure(*index));
            match held.get(topic).map_or(&[][..], Vec::as_slice) {
                [] if may_be_clear => {}
                [] => wrong.push(format!("nothing is retained on {topic}, one of {last:?} is due")),
                [id] if last.contains(&id.0) => {}
                [id] => {
                    wrong.push(format!("{id:?} is retained on {topic}, one of {last:?} is due"))
                }
                more => wrong.push(format!("{} messages are retained on {topic}", more.len())),
            }
        }
        for what in wrong {
            self.violation(now, what);
        }
    }

    /// A message comes to a subscriber from the retained store, or as it is published, or as both,
    /// never as neither: whoever subscribes has the last retained message of a topic.
    pub(crate) fn check_nothing_between(&mut self, now: Time) {
        let mut wrong = Vec::new();
        for (topic, last) in self.last_retained() {
            let Some(index) = last.first().filter(|_| last.len() == 1) else { continue };
            if self.is_clear_or_unsure(*index) {
                continue;
            }
            for session in 0..self.sessions.len() {
                if self.is_due(session, *index, &topic) && !self.has_either(session, *index) {
                    wrong.push(format!("session {session} never got {index}, kept on {topic}"));
                }
            }
        }
        for what in wrong {
            self.violation(now, what);
        }
    }

    fn is_due(&mut self, session: usize, index: usize, topic: &str) -> bool {
        let Some(published) = self.published.get(index) else { return false };
        let (sent, qos) = (published.first_sent, published.qos);
        let Some(record) = self.sessions.get(session) else { return false };
        let (ended, lasts) = (record.ended, record.is_durable);
        let open = record.open_since.unwrap_or(Time(u64::MAX));
        let periods = record.periods.clone();
        let fits = !record.is_too_small_for(published);
        ended.is_none()
            && fits
            && periods.iter().any(|period| {
                let since = period.since.unwrap_or_default();
                let is_kept = lasts && period.qos.min(qos) > QoS::AtMostOnce;
                period.since.is_some()
                    && period.until.is_none()
                    && (is_kept || open < since.max(sent))
                    && self.matches(&period.filter, topic)
            })
    }

    fn has_either(&self, session: usize, index: usize) -> bool {
        let id = PublishId(index);
        self.sessions.get(session).is_some_and(|session| {
            session.got.contains_key(&(id, Variant::Original))
                || session.retained.iter().any(|(_, retained)| *retained == id)
        })
    }

    /// By topic, the messages of which any may be the last.
    fn last_retained(&self) -> BTreeMap<String, BTreeSet<usize>> {
        let mut topics: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, published) in self.published.iter().enumerate() {
            if published.retain && published.sends > 0 {
                topics.entry(&published.topic).or_default().push(index);
            }
        }
        let last = |all: &[usize]| -> BTreeSet<usize> {
            all.iter().copied().filter(|index| self.may_be_last(*index, all)).collect()
        };
        topics.iter().map(|(topic, all)| ((*topic).to_owned(), last(all))).collect()
    }

    /// No other message of the topic was sent after this one was certainly over.
    fn may_be_last(&self, index: usize, all: &[usize]) -> bool {
        let Some(over) = self.published.get(index).map(|published| published.over) else {
            return false;
        };
        let Some(over) = over else { return true };
        !all.iter().filter(|other| **other != index).any(|other| {
            self.published
                .get(*other)
                .is_some_and(|other| other.handled.is_some() && other.first_sent > over)
        })
    }

    fn is_clear_or_unsure(&self, index: usize) -> bool {
        self.published.get(index).is_none_or(|published| {
            published.payload.is_empty() || published.expires || published.handled.is_none()
        })
    }
}
