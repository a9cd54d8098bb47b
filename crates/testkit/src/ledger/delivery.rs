//! What every single delivery must obey: a subscription, its QoS, the order, and once is once. It
//! does not know what is missing.

use sluice_mqtt::QoS;

use super::{Ledger, Period, Published, SessionId, Stamp, Variant};
use crate::Time;

/// A PUBLISH as its client took it.
#[derive(Clone, Debug)]
pub(crate) struct Delivered<'d> {
    pub(crate) session: SessionId,
    pub(crate) topic: &'d str,
    pub(crate) payload: &'d [u8],
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) dup: bool,
}

impl Ledger {
    /// Enters a delivery and checks it.
    pub(crate) fn delivered(&mut self, now: Time, delivered: &Delivered<'_>) {
        if let Err(what) = self.check_delivery(now, delivered) {
            let client = self.sessions.get(delivered.session.0).map_or(0, |session| session.client);
            let Delivered { topic, qos, retain, dup, .. } = delivered;
            let text =
                String::from_utf8_lossy(delivered.payload.get(..40).unwrap_or(delivered.payload));
            self.violation(
                now,
                format!(
                    "client {client}: {what}: {topic} {text} {qos:?} retain {retain} dup {dup}"
                ),
            );
        }
    }

    fn check_delivery(&mut self, now: Time, delivered: &Delivered<'_>) -> Result<(), String> {
        if delivered.payload.is_empty() {
            // A retained message was cleared; it names no message.
            return Ok(());
        }
        let stamp = Stamp::read(delivered.payload).ok_or("an unknown payload")?;
        let published = self.published(stamp.id).ok_or("an unknown message")?.clone();
        if published.sends == 0 {
            return Err("it was never sent".to_owned());
        }
        self.check_topic(delivered, &stamp, &published)?;
        self.check_rules(now, &stamp, &published)?;
        self.check_subscription(delivered, &stamp, &published)?;
        let session = self.session(delivered.session).ok_or("no session")?;
        if delivered.retain {
            session.retained.push((delivered.topic.to_owned(), stamp.id));
            return if published.retain || stamp.variant != Variant::Original {
                Ok(())
            } else {
                Err("RETAIN is set on a message that was not retained".to_owned())
            };
        }
        let got = session.got.entry((stamp.id, stamp.variant)).or_default();
        let is_new = got.first + got.again == 0;
        if delivered.dup {
            got.again += 1;
        } else {
            got.first += 1;
        }
        let (first, all) = (got.first, got.first + got.again);
        if delivered.dup && session.connections < 2 {
            return Err("DUP on the first connection".to_owned());
        }
        let sends = if published.qos == QoS::AtLeastOnce { published.sends } else { 1 };
        if first > sends {
            return Err(format!("it came {first} times and was sent {sends} times"));
        }
        if delivered.qos == QoS::ExactlyOnce && all > sends {
            return Err(format!("QoS 2, and it came {all} times"));
        }
        if is_new && !published.is_will() {
            self.check_order(delivered, &published)
        } else {
            Ok(())
        }
    }

    fn check_topic(
        &self,
        delivered: &Delivered<'_>,
        stamp: &Stamp,
        published: &Published,
    ) -> Result<(), String> {
        let expected = match &stamp.variant {
            Variant::Original => published.topic.clone(),
            Variant::Derived(mark) if mark.ends_with('+') => "chain".to_owned(),
            Variant::Derived(_) => format!("out/{}", published.topic),
        };
        if delivered.topic == expected { Ok(()) } else { Err(format!("it belongs to {expected}")) }
    }

    /// A derived message bears the mark of the rules that were in force.
    fn check_rules(&self, _now: Time, stamp: &Stamp, published: &Published) -> Result<(), String> {
        let Variant::Derived(mark) = &stamp.variant else { return Ok(()) };
        if published.number.is_multiple_of(3) {
            return Err("WHERE says no".to_owned());
        }
        let (begun, over) = self.rules_swap.unwrap_or((Time(u64::MAX), Time(u64::MAX)));
        let is_old = mark.starts_with('a');
        if is_old && published.first_sent > over {
            return Err("made by rules that were replaced before it was sent".to_owned());
        }
        if !is_old && published.handled.is_some_and(|at| at < begun) {
            return Err("made by rules that came after it was handled".to_owned());
        }
        Ok(())
    }

    fn check_subscription(
        &mut self,
        delivered: &Delivered<'_>,
        stamp: &Stamp,
        published: &Published,
    ) -> Result<(), String> {
        let Some(session) = self.sessions.get(delivered.session.0) else { return Ok(()) };
        let periods: Vec<Period> = session.periods.clone();
        let mut granted = None;
        for period in periods {
            let could = period.over.is_none_or(|over| published.first_sent <= over);
            // A will and a retained message may be much older than what sends them.
            if (could || published.is_will() || delivered.retain)
                && self.matches(&period.filter, delivered.topic)
            {
                granted = granted.max(Some(period.qos));
            }
        }
        let granted = granted.ok_or("no subscription matches")?;
        let limit = match stamp.variant {
            Variant::Original => granted.min(published.qos),
            Variant::Derived(_) => granted,
        };
        if delivered.qos > limit {
            return Err(format!("at most {limit:?} was granted and published"));
        }
        Ok(())
    }

    /// The first arrivals of one publisher's messages on one topic come in the order in which they
    /// were sent [MQTT5-4.6.0-6].
    fn check_order(
        &mut self,
        delivered: &Delivered<'_>,
        published: &Published,
    ) -> Result<(), String> {
        if published.qos == QoS::AtLeastOnce && published.sends > 1 {
            // The first sending may have met no subscription, and a later message one.
            return Ok(());
        }
        let key = (published.client, delivered.topic.to_owned(), published.qos, delivered.qos);
        let number = published.number;
        let session = self.session(delivered.session).ok_or("no session")?;
        let newest = session.newest.entry(key).or_insert(0);
        if number <= *newest {
            return Err(format!("number {number} comes after {newest}"));
        }
        *newest = number;
        Ok(())
    }
}
