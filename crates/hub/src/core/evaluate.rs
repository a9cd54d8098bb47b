//! Rules on events: evaluation, and what their actions make of the rows. It does not know how a
//! message is routed or a row delivered.

use std::any::Any;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use sluice_event::{Event, MessageId};
use sluice_rule::action::Action;
use sluice_rule::{
    Ack, ActionKind, ActiveRule, EventColumns, Mode, Outbox, Republish, Row, Rule, RuleCounters,
    RuleId, RuleSet,
};
use sluice_sql::evaluate::Evaluation;
use sluice_sql::{EvaluateError, Outcome};
use sluice_value::Record;
use smallvec::SmallVec;

use super::Cx;
use super::derived::{self, DerivedMessage, DerivedQueue};
use super::publish::Chain;
use super::rows::Rows;
use crate::{Effects, Entropy, Report};

/// What rules made of one publish, or of one event.
#[derive(Default)]
pub(crate) struct Made {
    pub(super) derived: DerivedQueue,
    pub(super) rows: Rows,
    /// Derived messages so far, those that are gone included.
    pub(super) derived_count: usize,
}

impl Made {
    /// Whether rules made nothing that is still on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.derived.is_empty() && self.rows.is_empty()
    }
}

/// The rules in force, with this worker's counts of each.
pub(crate) struct Evaluator {
    rules: Arc<RuleSet>,
    /// By index in the rule set.
    counters: Vec<RuleCounters>,
    node: Arc<str>,
    maximum_packet_size: u32,
    panics: u64,
}

impl Evaluator {
    pub(super) fn new(rules: Arc<RuleSet>, node: Arc<str>, maximum_packet_size: u32) -> Self {
        let counters = vec![RuleCounters::default(); rules.rules().len()];
        Self { rules, counters, node, maximum_packet_size, panics: 0 }
    }

    pub(super) const fn panics(&self) -> u64 {
        self.panics
    }

    pub(super) fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Takes a newer set; rules that stay keep their counts.
    pub(super) fn take(&mut self, new: Arc<RuleSet>) {
        let counted: HashMap<&str, &RuleCounters> = self.counters().collect();
        let counters = new.rules().iter().map(|active| {
            counted.get(active.rule.id.as_str()).map_or_else(RuleCounters::default, |&it| *it)
        });
        self.counters = counters.collect();
        self.rules = new;
    }

    pub(super) fn counters(&self) -> impl Iterator<Item = (&str, &RuleCounters)> {
        self.rules.rules().iter().map(|active| active.rule.id.as_str()).zip(&self.counters)
    }

    /// Evaluates these rules for the event, in order; each harms only itself. `id` names the event.
    pub(super) fn evaluate<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        indexes: &[u32],
        (event, id): (&Event<'_>, MessageId),
        (chain, made): (Chain, &mut Made),
    ) {
        let Self { rules, counters, node, maximum_packet_size, panics } = self;
        let columns = EventColumns::new(event, node, cx.now.unix_millis());
        let mut records = Vec::new();
        for index in indexes.iter().filter(|index| chain.rule != Some(**index)) {
            let Some(active) = rules.rule(*index) else { continue };
            let rule = &*active.rule;
            let Some(counters) = counters.get_mut(usize::try_from(*index).unwrap_or(usize::MAX))
            else {
                continue;
            };
            counters.matched += 1;
            records.clear();
            match evaluate_one(rule, &columns, (cx.now.unix_nanos, cx.entropy), &mut records) {
                Ok(Outcome::Passed) => {
                    counters.passed += 1;
                    if rule.mode == Mode::Shadow {
                        continue;
                    }
                    let made_by = (*index, chain.hops + 1);
                    let acting = Acting { active, event, id, made_by, limit: *maximum_packet_size };
                    for (row, record) in (0..).zip(records.drain(..)) {
                        acting.act(cx, (row, record), (counters, made));
                    }
                }
                Ok(Outcome::NoResult) => counters.no_result += 1,
                Err(failure) => {
                    counters.failed += 1;
                    *panics += u64::from(matches!(failure, Failure::Panic(_)));
                    failure.report(rule, event, cx.effects);
                }
            }
        }
    }

    /// The place of a rule in the set in force; one that no rule has when it is gone.
    pub(super) fn place_of(&self, id: &RuleId) -> u32 {
        let place = self.rules.rules().iter().position(|active| active.rule.id == *id);
        place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX)
    }

    /// A message that an action made was not published after all.
    pub(super) fn discarded(&mut self, rule: u32) {
        let index = usize::try_from(rule).unwrap_or(usize::MAX);
        if let Some(counters) = self.counters.get_mut(index) {
            counters.actions_success = counters.actions_success.saturating_sub(1);
            counters.actions_discarded += 1;
        }
    }
}

/// A rule that passed.
struct Acting<'a> {
    active: &'a ActiveRule,
    event: &'a Event<'a>,
    id: MessageId,
    /// The rule's place, and how many rules stand between the client's publish and what it makes.
    made_by: (u32, u8),
    limit: u32,
}

impl Acting<'_> {
    fn act<E: Effects>(
        &self,
        cx: &mut Cx<'_, E>,
        (index, record): (u32, Record),
        (counters, made): (&mut RuleCounters, &mut Made),
    ) {
        let mut buffers = SmallVec::<[&Arc<dyn Outbox>; 4]>::new();
        for (place, action) in self.active.rule.enabled_actions() {
            match &action.kind {
                ActionKind::Republish(republish) => {
                    let entered = self.republish(republish, &record, &mut made.derived);
                    counters.actions_success += u64::from(entered.is_ok());
                    self.report(cx, action, counters, entered);
                }
                ActionKind::Postgres(_) | ActionKind::Webhook(_) | ActionKind::Kafka(_) => {
                    match self.active.outboxes.get(place) {
                        Some(Some(outbox)) => buffers.push(outbox),
                        Some(None) | None => counters.actions_discarded += 1,
                    }
                }
            }
        }
        if buffers.is_empty() {
            return;
        }
        let rule = &self.active.rule;
        let row = Row {
            rule: rule.id.clone(),
            rule_version: self.active.version,
            message: self.id,
            index,
            order_key: order_key(self.event),
            values: record,
            bytes: 0,
        };
        let is_awaited = rule.ack != Some(Ack::Received);
        if let Err(error) = made.rows.push(row, &buffers, is_awaited) {
            for (_, action) in rule.enabled_actions().filter(|(_, it)| it.connector.is_some()) {
                self.report(cx, action, counters, Err(error.clone()));
            }
        }
    }

    fn republish(
        &self,
        republish: &Republish,
        record: &Record,
        derived: &mut DerivedQueue,
    ) -> Result<(), String> {
        let rendered = republish.render(record).map_err(|error| error.to_string())?;
        let fitting = derived::fits(rendered, self.limit)?;
        derived.push(DerivedMessage::new(self.active.rule.id.clone(), self.made_by, fitting))
    }

    fn report<E: Effects>(
        &self,
        cx: &mut Cx<'_, E>,
        action: &Action,
        counters: &mut RuleCounters,
        entered: Result<(), String>,
    ) {
        if let Err(error) = entered {
            counters.actions_failed += 1;
            cx.effects.report(Report::ActionFailed {
                action: &format!("{}.{}", self.active.rule.id.as_str(), action.name),
                source: self.event.source(),
                error: &error,
            });
        }
    }
}

/// Rows of one client stay in order, also over a restart: the hash is the same in every process.
fn order_key(event: &Event<'_>) -> u64 {
    let client_id = match event {
        Event::MessagePublished(published) => published.publisher.client_id,
        Event::MessageDropped(dropped) => dropped.published.publisher.client_id,
        Event::MessageDelivered(delivered) => &delivered.receiver.client_id,
        Event::MessageAcked(acked) => &acked.delivered.receiver.client_id,
        Event::DeliveryDropped(dropped) => &dropped.delivered.receiver.client_id,
        Event::ClientConnack(connack) => &connack.client.client_id,
        Event::ClientPing(ping) => &ping.client.client_id,
        Event::ClientConnected(connected) => &connected.client.client_id,
        Event::ClientDisconnected(disconnected) => &disconnected.client.client_id,
        Event::SessionSubscribed(subscribed) => &subscribed.client.client_id,
        Event::SessionUnsubscribed(unsubscribed) => &unsubscribed.client.client_id,
    };
    foldhash::quality::FixedState::with_seed(0).hash_one(client_id)
}

enum Failure {
    Evaluate(EvaluateError),
    Panic(String),
}

impl Failure {
    fn report<E: Effects>(&self, rule: &Rule, event: &Event<'_>, effects: &mut E) {
        match self {
            Self::Evaluate(error) => effects.report(Report::RuleFailed {
                rule: rule.id.as_str(),
                source: event.source(),
                error: &error.to_string(),
            }),
            Self::Panic(message) => {
                effects.report(Report::Panicked { place: rule.id.as_str(), message });
            }
        }
    }
}

/// A panic in an evaluation is a bug that harms only this rule for this message.
fn evaluate_one(
    rule: &Rule,
    columns: &EventColumns<'_>,
    (unix_nanos, entropy): (u64, &mut Entropy),
    records: &mut Vec<Record>,
) -> Result<Outcome, Failure> {
    let mut next = || entropy.next_u64();
    let mut evaluation = Evaluation { unix_nanos: i128::from(unix_nanos), entropy: &mut next };
    let evaluated = catch_unwind(AssertUnwindSafe(|| {
        rule.plan.evaluate(&columns.with_rule(&rule.id), &mut evaluation, records)
    }));
    match evaluated {
        Ok(outcome) => outcome.map_err(Failure::Evaluate),
        Err(panic) => Err(Failure::Panic(panic_message(&*panic))),
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
