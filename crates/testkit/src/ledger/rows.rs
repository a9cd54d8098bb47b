//! Which rows must have arrived at the outside systems by the end of a run. It does not know
//! buffers.

use std::collections::BTreeMap;

use sluice_mqtt::QoS;
use sluice_rule::Row;
use sluice_value::Value;

use super::{Ledger, PublishId, SessionId, Variant};
use crate::{SinkSeen, Time};

impl Ledger {
    /// Every publish on `in/` that passes WHERE made one row for each action, as often as the
    /// publish itself was routed; rows of QoS 0 may have been dropped, and those of a buffer that
    /// does not hold.
    pub(crate) fn check_rows(
        &mut self,
        watcher: Option<SessionId>,
        (seen, holds): (&SinkSeen, bool),
        now: Time,
    ) {
        let mut wrong = Vec::new();
        if seen.left != (0, 0) || seen.waiting > 0 || seen.overfull > 0 {
            let (left, waiting, overfull) = (seen.left, seen.waiting, seen.overfull);
            wrong.push(format!(
                "rows and room {left:?} are left, {waiting} wait for room, {overfull} had none"
            ));
        }
        let mut arrived: BTreeMap<PublishId, u32> = BTreeMap::new();
        for row in &seen.arrived {
            match id_of(row) {
                Some(id) => *arrived.entry(id).or_default() += 1,
                None => wrong.push(format!("a row of nobody: {}", row.values.to_json())),
            }
        }
        if let Some(watching) = watcher.and_then(|watcher| self.sessions.get(watcher.0)) {
            let (mut missing, mut unknown) = (0, 0);
            for (index, published) in self.published.iter().enumerate() {
                let id = PublishId(index);
                let routed = watching.got.get(&(id, Variant::Original)).map_or(0, |got| got.first);
                let passes = published.topic.starts_with("in/")
                    && !published.number.is_multiple_of(3)
                    && !published.is_will();
                let came = arrived.get(&id).copied().unwrap_or(0);
                // One that expires may do so while it waits for room, after rules saw it.
                let late =
                    if published.expires { published.sends.saturating_sub(routed) } else { 0 };
                let (expected, late) = if passes { (routed, late) } else { (0, 0) };
                let may_drop = published.qos == QoS::AtMostOnce || !holds;
                if came > expected + late || (came < expected && !may_drop) {
                    wrong.push(format!("{index} was routed {routed} times and made {came} rows"));
                }
                missing += expected.saturating_sub(came);
                unknown += late;
            }
            let dropped = u32::try_from(seen.dropped).unwrap_or(u32::MAX);
            if !(missing..=missing + unknown).contains(&dropped) {
                wrong.push(format!("{missing} rows are missing and {dropped} were dropped"));
            }
        }
        wrong.extend(self.out_of_order(seen));
        for what in wrong.into_iter().take(5) {
            self.violation(now, what);
        }
    }

    /// Rows of one client and QoS come in the order of its publishes; what was sent again counts
    /// from its first time.
    fn out_of_order(&self, seen: &SinkSeen) -> Vec<String> {
        let mut last: BTreeMap<(usize, QoS), u64> = BTreeMap::new();
        let mut known = std::collections::BTreeSet::new();
        let mut wrong = Vec::new();
        for id in seen.arrived.iter().filter_map(|row| id_of(row)) {
            let Some(published) = self.published(id).filter(|_| known.insert(id)) else { continue };
            let last = last.entry((published.client, published.qos)).or_default();
            if published.number < *last {
                let (client, number) = (published.client, published.number);
                wrong.push(format!("the row of {number} of client {client} came after {last}"));
            }
            *last = published.number.max(*last);
        }
        wrong
    }
}

fn id_of(row: &Row) -> Option<PublishId> {
    match row.values.get("id") {
        Some(Value::Integer(id)) => usize::try_from(*id).ok().map(PublishId),
        _ => None,
    }
}
