//! What must have been delivered by the end of a run. It does not judge what came.

use sluice_mqtt::QoS;

use super::{Ledger, Period, PublishId, Published, SessionId, Variant};
use crate::Time;

/// A message that every subscriber must get: a client's, or one that rules made.
struct Due {
    id: PublishId,
    topic: String,
    qos: QoS,
    /// With the marks that it may bear; empty for a client's own.
    marks: &'static [&'static str],
}

impl Ledger {
    /// Counts the deliveries that are missing, and tells of those beyond `tolerated`.
    pub(crate) fn check_obligations(&mut self, now: Time, tolerated: u64) {
        let due = self.all_due();
        let mut missing = Vec::new();
        for session in 0..self.sessions.len() {
            for due in &due {
                if self.is_owed(SessionId(session), due) && !self.has(session, due) {
                    missing.push(format!(
                        "session {session} of client {} never got {} of client {} on {}",
                        self.sessions.get(session).map_or(0, |session| session.client),
                        due.id.0,
                        self.published(due.id).map_or(0, |published| published.client),
                        due.topic
                    ));
                }
            }
        }
        if u64::try_from(missing.len()).unwrap_or(u64::MAX) > tolerated {
            let count = missing.len();
            self.violation(
                now,
                format!("{count} deliveries are missing, {tolerated} were dropped"),
            );
            for what in missing.into_iter().take(5) {
                self.violation(now, what);
            }
        }
    }

    /// Every publish on `in/` that passes WHERE was seen by exactly one set of rules, as often as
    /// the publish itself was seen.
    pub(crate) fn check_derived(&mut self, watcher: SessionId, now: Time) {
        let Some(watching) = self.sessions.get(watcher.0) else { return };
        let count = |id: PublishId, marks: &[&str]| -> u32 {
            marks.iter().fold(0, |sum, mark| {
                let key = (id, Variant::Derived((*mark).to_owned()));
                sum + watching.got.get(&key).map_or(0, |got| got.first)
            })
        };
        let mut wrong = Vec::new();
        for (index, published) in self.published.iter().enumerate() {
            let id = PublishId(index);
            let seen = watching.got.get(&(id, Variant::Original)).map_or(0, |got| got.first);
            if !published.topic.starts_with("in/") {
                continue;
            }
            let expected = if published.number.is_multiple_of(3) { 0 } else { seen };
            let (derived, chained) = (count(id, OUT), count(id, CHAIN));
            // One that expires may do so while it waits for room, after rules saw it.
            let passes = !published.number.is_multiple_of(3);
            let late = if published.expires && passes { published.sends } else { 0 };
            let fits = |count: u32| count == expected || (expected..=late).contains(&count);
            if !fits(derived) || !fits(chained) {
                wrong.push(format!(
                    "{index} came {seen} times, and rules made {derived} and {chained} of it"
                ));
            }
        }
        for what in wrong.into_iter().take(5) {
            self.violation(now, what);
        }
    }

    fn all_due(&self) -> Vec<Due> {
        let mut due = Vec::new();
        for (index, published) in self.published.iter().enumerate() {
            if published.handled.is_none() || published.expires || published.payload.is_empty() {
                continue;
            }
            let id = PublishId(index);
            let topic = published.topic.clone();
            if topic.starts_with("in/") && !published.number.is_multiple_of(3) {
                let out = format!("out/{topic}");
                due.push(Due { id, topic: out, qos: QoS::ExactlyOnce, marks: OUT });
                let chain = "chain".to_owned();
                due.push(Due { id, topic: chain, qos: QoS::ExactlyOnce, marks: CHAIN });
            }
            due.push(Due { id, topic, qos: published.qos, marks: &[] });
        }
        due
    }

    fn is_owed(&mut self, session: SessionId, due: &Due) -> bool {
        let Some(published) = self.published(due.id).cloned() else { return false };
        let Some(record) = self.sessions.get(session.0) else { return false };
        if record.ended.is_some() || record.is_too_small_for(&published) {
            return false;
        }
        let (is_durable, open_since) = (record.is_durable, record.open_since);
        let held = open_since.is_some_and(|since| since < published.first_sent);
        let periods: Vec<Period> = record.periods.clone();
        let qos = periods
            .into_iter()
            .filter(|period| covers(period, &published) && self.matches(&period.filter, &due.topic))
            .map(|period| period.qos.min(due.qos))
            .max();
        match qos {
            None => false,
            // What was lost with a connection is lost.
            Some(QoS::AtMostOnce) => held,
            Some(QoS::AtLeastOnce | QoS::ExactlyOnce) => is_durable || held,
        }
    }

    fn has(&self, session: usize, due: &Due) -> bool {
        let Some(session) = self.sessions.get(session) else { return false };
        if due.marks.is_empty() {
            return session.got.contains_key(&(due.id, Variant::Original));
        }
        due.marks
            .iter()
            .any(|mark| session.got.contains_key(&(due.id, Variant::Derived((*mark).to_owned()))))
    }
}

/// The subscription held from before the message was sent until it was certainly handled.
fn covers(period: &Period, published: &Published) -> bool {
    let handled = published.handled.unwrap_or(Time(u64::MAX));
    period.since.is_some_and(|since| since < published.first_sent)
        && period.until.is_none_or(|until| until > handled)
}

/// What the first rules and those that replace them write, and the rule behind them.
const OUT: &[&str] = &["a", "b"];
const CHAIN: &[&str] = &["a+", "b+"];
