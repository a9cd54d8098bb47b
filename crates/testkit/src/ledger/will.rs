//! Which wills must have been published by the end of a run, and which must not. It does not know
//! who watches.

use super::{Ledger, PublishId, SessionId, Variant};
use crate::Time;

/// The will of one connection.
#[derive(Clone, Debug)]
pub(crate) struct WillRecord {
    pub(crate) client: usize,
    pub(crate) publish: PublishId,
    /// Between the end of the connection and its publication.
    pub(crate) delay: Time,
    /// The session ends so long after the connection, and takes the delay with it.
    pub(crate) expiry: Time,
    pub(crate) end: WillEnd,
    /// The client's next CONNECT: when it was sent, whether with clean start, and when it was
    /// answered.
    pub(crate) next: Option<(Time, bool, Option<Time>)>,
    /// A CONNECT before that was never answered: nobody knows what it did to a delayed will.
    pub(crate) is_unsure: bool,
}

/// How the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WillEnd {
    /// CONNACK has not come: nobody knows whether the broker saw the will.
    Unanswered,
    /// It has not ended.
    Open,
    /// DISCONNECT with 0x00 was sent then.
    Normal(Time),
    /// The broker saw it broken between these times.
    Abnormal(Time, Time),
}

impl Ledger {
    /// A connection leaves a will.
    pub(crate) fn leave_will(&mut self, will: WillRecord) -> usize {
        self.wills.push(will);
        self.wills.len() - 1
    }

    /// How the will's connection goes on.
    pub(crate) fn will(&mut self, index: usize) -> Option<&mut WillRecord> {
        self.wills.get_mut(index)
    }

    /// The wills of a client whose next connection has not come yet.
    pub(crate) fn wills_of(&mut self, client: usize) -> impl Iterator<Item = &mut WillRecord> {
        self.wills.iter_mut().filter(move |will| will.client == client)
    }

    /// Compares with what the watcher got.
    pub(crate) fn check_wills(&mut self, watcher: SessionId, now: Time) {
        let Some(watching) = self.sessions.get(watcher.0) else { return };
        let mut wrong = Vec::new();
        for will in &self.wills {
            let got = watching.got.get(&(will.publish, Variant::Original));
            let count = got.map_or(0, |got| got.first);
            let Some((least, most)) = will.expected(now) else { continue };
            if count < least || count > most {
                wrong.push(format!("published {count} times, not {least}–{most}: {will:?}"));
            }
        }
        for what in wrong {
            self.violation(now, what);
        }
    }
}

impl WillRecord {
    /// How often it was published at least and at most; `None` when nobody can know.
    fn expected(&self, now: Time) -> Option<(u32, u32)> {
        let (early, late) = match self.end {
            WillEnd::Unanswered => return Some((0, 1)),
            WillEnd::Open => return Some((0, 0)),
            WillEnd::Normal(at) => {
                // A CONNECT that overtakes DISCONNECT is a takeover.
                let overtaken = self.next.is_some_and(|(sent, ..)| sent < at + SLACK);
                return Some((0, u32::from(overtaken || self.is_unsure)));
            }
            WillEnd::Abnormal(early, late) => (early, late),
        };
        let delay = self.delay.min(self.expiry);
        if delay == Time::default() {
            return (late + SLACK < now).then_some((1, 1));
        }
        if self.is_unsure {
            return Some((0, 1));
        }
        match self.next {
            None => (late + delay + SLACK < now).then_some((1, 1)),
            Some((_, true, Some(answered))) => {
                // A clean start ends the session: the will goes out now at the latest.
                (answered + SLACK < now).then_some((1, 1))
            }
            Some((sent, false, Some(answered))) => {
                if sent > late + delay + SLACK {
                    Some((1, 1))
                } else if answered + SLACK < early + delay {
                    Some((0, 0))
                } else {
                    Some((0, 1))
                }
            }
            Some((_, _, None)) => Some((0, 1)),
        }
    }
}

const SLACK: Time = Time::seconds(1);
