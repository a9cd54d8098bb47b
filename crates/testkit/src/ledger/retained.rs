//! What a new subscriber must find retained once everything is quiet. It does not know how it is
//! stored.

use std::collections::{BTreeMap, BTreeSet};

use super::{Ledger, PublishId, SessionId};
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
        let mut topics: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, published) in self.published.iter().enumerate() {
            if published.retain && published.sends > 0 {
                topics.entry(&published.topic).or_default().push(index);
            }
        }
        let mut wrong = Vec::new();
        for (topic, all) in topics {
            let last: BTreeSet<usize> =
                all.iter().copied().filter(|index| self.may_be_last(*index, &all)).collect();
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
