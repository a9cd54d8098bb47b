//! Evaluates plans: WHERE, then SELECT or the loop of FOREACH. It does not know rule text.

mod chain;
mod condition;
mod expression;
mod like;
mod project;
mod read;
mod spending;

use sluice_value::{JsonError, Map, Record, Value};
use smallvec::SmallVec;

use crate::error::{Clause, EvaluateError, Span};
use crate::evaluate::{Columns, Evaluation};
use crate::operand::Operand;
use crate::plan::node::{FieldNode, Node};
use crate::plan::{Each, Outcome, Plan};

use spending::Spending;

/// See [`Plan::evaluate`].
pub(crate) fn evaluate(
    plan: &Plan,
    columns: &dyn Columns,
    evaluation: &mut Evaluation<'_>,
    out: &mut Vec<Record>,
) -> Result<Outcome, EvaluateError> {
    let mut frame = Frame::new(&plan.fields, columns, evaluation);
    frame.slots.resize(plan.slots, None);
    if let Some(condition) = &plan.condition {
        frame.clause = Clause::Where;
        if !frame.condition(condition)? {
            return Ok(Outcome::NoResult);
        }
    }
    let Some(each) = &plan.each else {
        out.push(Record::new(frame.row(&plan.fields)?));
        return Ok(Outcome::Passed);
    };
    let rows_before = out.len();
    let result = frame.each(each, out);
    if result.is_err() {
        out.truncate(rows_before);
    }
    result?;
    Ok(if out.len() == rows_before { Outcome::NoResult } else { Outcome::Passed })
}

/// The value of an expression that reads nothing; `None` where it has none.
pub(crate) fn constant(node: &Node) -> Option<Value> {
    let mut evaluation = Evaluation { unix_nanos: 0, entropy: &mut || 0 };
    let mut frame = Frame::new(&[], &NoColumns, &mut evaluation);
    frame.value(node).ok().map(Operand::into_value)
}

/// One evaluation in progress. `'p` is the plan and the event, which values are borrowed from.
struct Frame<'p, 'x, 'e> {
    fields: &'p [FieldNode],
    columns: &'p dyn Columns,
    evaluation: &'x mut Evaluation<'e>,
    /// Values of fields that other expressions name; `None` until computed.
    slots: SmallVec<[Option<Value>; 4]>,
    /// The loop that is being gone through.
    each: Option<&'p Each>,
    /// Its element.
    item: Value,
    /// What `*` gives in the loop, but for the element.
    everything: Option<Map>,
    /// The clause of the expression being evaluated, for errors.
    clause: Clause,
    spending: Spending<'p>,
}

impl<'p, 'x, 'e> Frame<'p, 'x, 'e> {
    fn new(
        fields: &'p [FieldNode],
        columns: &'p dyn Columns,
        evaluation: &'x mut Evaluation<'e>,
    ) -> Self {
        let (slots, item) = (SmallVec::new(), Value::Undefined);
        let (each, everything, clause) = (None, None, Clause::Select);
        let spending = Spending::default();
        Self { fields, columns, evaluation, slots, each, item, everything, clause, spending }
    }

    /// The loop of FOREACH.
    fn each(&mut self, each: &'p Each, out: &mut Vec<Record>) -> Result<(), EvaluateError> {
        for field in 0..=each.list {
            self.compute(field)?;
        }
        self.each = Some(each);
        let first = each.list + 1;
        let list = self.kept(each.list);
        let Value::List(items) = decoded(list) else { return Ok(()) };
        let limit = out.len().saturating_add(ROWS_MAX);
        for item in items.iter() {
            self.item = item.clone();
            self.forget(first);
            self.clause = Clause::Incase;
            if let Some(incase) = &each.incase
                && !self.condition(incase)?
            {
                continue;
            }
            if out.len() == limit {
                let message = format!("more than {ROWS_MAX} rows from one event");
                return Err(self.error(message, Span::default()));
            }
            let row = match &each.fields {
                Some(fields) => self.row(self.fields.get(fields.clone()).unwrap_or_default())?,
                None => {
                    let mut row = Map::new();
                    self.write_everything(&mut row)?;
                    row
                }
            };
            out.push(Record::new(row));
        }
        Ok(())
    }

    /// Forgets the values of the fields from `first` on: the next element has its own.
    fn forget(&mut self, first: usize) {
        for field in self.fields.get(first..).unwrap_or_default() {
            if let Some(slot) = field.slot.and_then(|slot| self.slots.get_mut(slot)) {
                *slot = None;
            }
        }
    }

    fn error(&self, message: impl Into<String>, span: Span) -> EvaluateError {
        EvaluateError { clause: self.clause, message: message.into(), span }
    }
}

/// What JSON text says; other values are themselves.
fn decoded(value: Value) -> Value {
    if let Value::Text(text) = &value {
        return Value::from_json(text.as_bytes()).unwrap_or_default();
    }
    value
}

/// What a literal expression may look at.
struct NoColumns;

impl Columns for NoColumns {
    fn column(&self, _: &str) -> Value {
        Value::Undefined
    }

    fn payload(&self) -> Option<&[u8]> {
        None
    }

    fn payload_json(&self) -> Result<&Value, JsonError> {
        Err(JsonError { at: 0, problem: "there is no payload" })
    }

    fn names(&self) -> &'static [&'static str] {
        &[]
    }
}

/// How many rows a FOREACH may make of one event. A message of a few bytes an element must not
/// become rows of a kilobyte each without limit.
const ROWS_MAX: usize = 10_000;
