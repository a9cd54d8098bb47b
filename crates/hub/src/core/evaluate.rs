//! Rules on events: evaluation, and what `republish` makes of the rows. It does not know how a
//! message is routed.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use sluice_event::Event;
use sluice_mqtt::{MessageRef, UnixMillis};
use sluice_rule::{
    ActionKind, ActiveRule, Derived, EventColumns, Mode, Rule, RuleCounters, RuleId, RuleSet,
};
use sluice_sql::evaluate::Evaluation;
use sluice_sql::{EvaluateError, Outcome};
use sluice_value::Record;

use super::publish::Chain;
use super::{Core, Cx};
use crate::{Effects, Entropy, Report, Shared};

/// What a rule's `republish` action made, on its way into the broker.
pub(super) struct DerivedMessage {
    /// The rule's id: the client identifier that later rules see.
    pub(super) rule_id: RuleId,
    pub(super) rule: u32,
    pub(super) hops: u8,
    derived: Derived,
}

/// What rules made of one publish and that is not published yet; bounded in bytes, since a client's
/// message may become many.
#[derive(Default)]
pub(super) struct DerivedQueue {
    messages: VecDeque<DerivedMessage>,
    bytes: usize,
}

impl DerivedQueue {
    fn push(&mut self, message: DerivedMessage) -> Result<(), String> {
        let bytes = self.bytes + message.size();
        if bytes > DERIVED_BYTES_MAX {
            return Err(format!(
                "rules made more than {DERIVED_BYTES_MAX} bytes of messages of one publish"
            ));
        }
        self.bytes = bytes;
        self.messages.push_back(message);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<DerivedMessage> {
        let message = self.messages.pop_front()?;
        self.bytes = self.bytes.saturating_sub(message.size());
        Some(message)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

impl DerivedMessage {
    fn size(&self) -> usize {
        size_of::<Self>() + wire_size(&self.derived)
    }

    /// The message as it is published now.
    pub(super) fn message(&self, now: UnixMillis) -> MessageRef<'_> {
        let properties = self.derived.properties.as_properties();
        MessageRef {
            topic: &self.derived.topic,
            payload: &self.derived.payload,
            qos: self.derived.qos,
            retain: self.derived.retain,
            properties,
            expires_at: properties
                .message_expiry_interval()
                .map(|seconds| UnixMillis(now.0.saturating_add(u64::from(seconds) * 1000))),
        }
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
        let mut counters = vec![RuleCounters::default(); new.rules().len()];
        for (active, counter) in new.rules().iter().zip(&mut counters) {
            let old = self.rules.rules().iter().position(|old| old.rule.id == active.rule.id);
            if let Some(old) = old.and_then(|index| self.counters.get(index)) {
                *counter = *old;
            }
        }
        self.rules = new;
        self.counters = counters;
    }

    pub(super) fn counters(&self) -> impl Iterator<Item = (&str, &RuleCounters)> {
        self.rules.rules().iter().map(|active| active.rule.id.as_str()).zip(&self.counters)
    }

    /// Evaluates these rules for the event, in order; each harms only itself.
    pub(super) fn evaluate<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        indexes: &[u32],
        event: &Event<'_>,
        (chain, derived): (Chain, &mut DerivedQueue),
    ) {
        let Self { rules, counters, node, maximum_packet_size, panics } = self;
        let columns = EventColumns::new(event, node, cx.now.unix_millis());
        let mut records = Vec::new();
        for index in indexes.iter().filter(|index| chain.rule != Some(**index)) {
            let Some(ActiveRule { rule, .. }) = rules.rule(*index) else { continue };
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
                    let made_by = Maker { index: *index, hops: chain.hops + 1 };
                    for record in &records {
                        let acting = Acting { rule, event, made_by, limit: *maximum_packet_size };
                        acting.act(cx, record, (counters, derived));
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

    /// A message that an action made was not published after all.
    pub(super) fn discarded(&mut self, rule: u32) {
        let index = usize::try_from(rule).unwrap_or(usize::MAX);
        if let Some(counters) = self.counters.get_mut(index) {
            counters.actions_success = counters.actions_success.saturating_sub(1);
            counters.actions_discarded += 1;
        }
    }
}

impl<S: Shared> Core<S> {
    /// Raises an event that is no publish: rules look at it, and what they make is published.
    pub(crate) fn raise<E: Effects>(&mut self, cx: &mut Cx<'_, E>, event: &Event<'_>) {
        let mut derived = DerivedQueue::default();
        self.raise_into(cx, event, (Chain { hops: 0, rule: None }, &mut derived));
        if !derived.is_empty() {
            self.publish_derived(cx, &mut derived);
        }
    }

    pub(super) fn raise_into<E: Effects>(
        &mut self,
        cx: &mut Cx<'_, E>,
        event: &Event<'_>,
        (chain, derived): (Chain, &mut DerivedQueue),
    ) {
        if self.evaluator.rules().wants(event.kind()) {
            let indexes = self.evaluator.rules().for_event(event.kind()).to_vec();
            self.evaluator.evaluate(cx, &indexes, event, (chain, derived));
        }
    }
}

/// The rule that makes a message, and how many rules stand between that and a client's publish.
#[derive(Clone, Copy)]
struct Maker {
    index: u32,
    hops: u8,
}

/// A rule that passed.
struct Acting<'a> {
    rule: &'a Rule,
    event: &'a Event<'a>,
    made_by: Maker,
    limit: u32,
}

impl Acting<'_> {
    fn act<E: Effects>(
        &self,
        cx: &mut Cx<'_, E>,
        record: &Record,
        (counters, derived): (&mut RuleCounters, &mut DerivedQueue),
    ) {
        for (_, action) in self.rule.enabled_actions() {
            let ActionKind::Republish(republish) = &action.kind else { continue };
            let rendered = republish.render(record).map_err(|error| error.to_string());
            let entered = rendered.and_then(|made| fits(made, self.limit)).and_then(|made| {
                derived.push(DerivedMessage {
                    rule_id: self.rule.id.clone(),
                    rule: self.made_by.index,
                    hops: self.made_by.hops,
                    derived: made,
                })
            });
            match entered {
                Ok(()) => counters.actions_success += 1,
                Err(error) => {
                    counters.actions_failed += 1;
                    cx.effects.report(Report::ActionFailed {
                        action: &format!("{}.{}", self.rule.id.as_str(), action.name),
                        source: self.event.source(),
                        error: &error,
                    });
                }
            }
        }
    }
}

/// What clients may not send, rules may not make.
fn fits(made: Derived, maximum_packet_size: u32) -> Result<Derived, String> {
    let size = wire_size(&made);
    if size > usize::try_from(maximum_packet_size).unwrap_or(usize::MAX) {
        return Err(format!(
            "a message of {size} bytes; mqtt.max_packet_size is {maximum_packet_size}"
        ));
    }
    Ok(made)
}

fn wire_size(made: &Derived) -> usize {
    made.topic.len() + made.payload.len() + made.properties.as_properties().as_bytes().len()
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

/// Bytes of the messages that rules may have made of one publish and that wait to be published.
const DERIVED_BYTES_MAX: usize = 64 * 1024 * 1024;
