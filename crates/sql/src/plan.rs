//! A rule ready to be evaluated. It does not know how its text was read.

pub(crate) mod node;

use std::collections::BTreeSet;
use std::ops::Range;

use sluice_topic::TopicFilter;
use sluice_value::{Key, Record};

use crate::bind;
use crate::error::{EvaluateError, PlanError, Warning};
use crate::eval;
use crate::evaluate::{Columns, Evaluation};
use crate::explain;
use crate::parse::parse;

use node::{FieldNode, Node};

/// Reads, checks and compiles a rule.
///
/// # Errors
/// The text is no rule: bad grammar, an unknown function, a wrong number of arguments, a bad
/// topic filter. The error points into `sql`.
pub fn plan(sql: &str) -> Result<Plan, PlanError> {
    bind::bind(parse(sql)?)
}

/// A compiled rule. It is immutable and does no IO.
#[derive(Debug)]
pub struct Plan {
    pub(crate) from: Vec<Source>,
    /// Fields of `SELECT` or `FOREACH`, then those of `DO`.
    pub(crate) fields: Vec<FieldNode>,
    pub(crate) condition: Option<Node>,
    pub(crate) each: Option<Each>,
    /// How many field values are kept during an evaluation.
    pub(crate) slots: usize,
    pub(crate) reads: Reads,
    pub(crate) warnings: Vec<Warning>,
}

/// The loop of a `FOREACH`.
#[derive(Debug)]
pub(crate) struct Each {
    /// The number of the field that gives the list; those before it are bindings.
    pub(crate) list: usize,
    /// The name of the element.
    pub(crate) item: Key,
    pub(crate) incase: Option<Node>,
    /// The fields of `DO`; without it rows hold all columns, bindings and the element.
    pub(crate) fields: Option<Range<usize>>,
}

/// What a plan looks at.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    pub(crate) columns: BTreeSet<Box<str>>,
    pub(crate) payload: BTreeSet<PayloadPath>,
    pub(crate) functions: BTreeSet<&'static str>,
}

/// What a rule listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Messages whose topic matches.
    Topic(TopicFilter),
    /// Events whose name matches: `$events/…` as written, wildcards included.
    Event(String),
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is at least one row.
    Passed,
    /// WHERE said no, or FOREACH left nothing.
    NoResult,
}

/// The names that rows have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputColumns {
    /// Every column of the event, and these paths.
    All(Vec<OutputPath>),
    /// These paths.
    Only(Vec<OutputPath>),
}

/// A path of keys in a row; it ends before the first index.
pub type OutputPath = Vec<String>;

impl OutputColumns {
    /// Whether a row can have something at this path of keys.
    #[must_use]
    pub fn may_have(&self, path: &[&str]) -> bool {
        match self {
            Self::All(_) => true,
            Self::Only(paths) => paths.iter().any(|own| own.iter().zip(path).all(|(l, r)| l == r)),
        }
    }
}

/// A place in the payload's JSON that a plan reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PayloadPath {
    /// From the root; empty for the whole document. It ends before an index by variable and
    /// before a range.
    pub steps: Vec<PayloadStep>,
}

/// A step of a [`PayloadPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PayloadStep {
    /// Into an object.
    Key(String),
    /// Into an array: 1-based, negative from the end.
    Index(i64),
}

impl Plan {
    /// What the rule listens to, in the order of `FROM`.
    #[must_use]
    pub fn from(&self) -> &[Source] {
        &self.from
    }

    /// Evaluates the rule for one event that its `FROM` matched; appends the rows to `out`.
    ///
    /// # Errors
    /// An expression has no value (a string where a number is needed, division by zero, a payload
    /// that is not JSON). `out` is left as it was.
    pub fn evaluate(
        &self,
        columns: &dyn Columns,
        evaluation: &mut Evaluation<'_>,
        out: &mut Vec<Record>,
    ) -> Result<Outcome, EvaluateError> {
        eval::evaluate(self, columns, evaluation, out)
    }

    /// The evaluation plan as text for people; stable for a given rule.
    #[must_use]
    pub fn explain(&self) -> String {
        explain::explain(self)
    }

    /// What is odd about the rule.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether it makes a row of each item of a list (FOREACH) instead of one row (SELECT).
    #[must_use]
    pub const fn is_foreach(&self) -> bool {
        self.each.is_some()
    }

    /// The names that rows have: what templates can use.
    #[must_use]
    pub fn output_columns(&self) -> OutputColumns {
        let (projected, everything_of) = match &self.each {
            Some(Each { fields: Some(fields), .. }) => (fields.clone(), None),
            Some(each) => (0..each.list, Some(each)),
            None => (0..self.fields.len(), None),
        };
        let projected = self.fields.get(projected).unwrap_or_default();
        let has_star = projected.iter().any(|field| field.value.is_none());
        let named = projected.iter().filter(|field| field.value.is_some());
        let item = everything_of.map(|each| vec![each.item.to_string()]);
        let paths = named.map(|field| field.target.path()).chain(item).collect();
        if has_star || everything_of.is_some() {
            OutputColumns::All(paths)
        } else {
            OutputColumns::Only(paths)
        }
    }

    /// The places of the payload's JSON that any expression reads, in order.
    pub fn payload_paths(&self) -> impl Iterator<Item = &PayloadPath> {
        self.reads.payload.iter()
    }

    /// Whether the rule may take long (large regular expressions, decompression, lookups) and is
    /// better not evaluated where messages are routed. No function that is there now does.
    #[must_use]
    pub const fn is_costly(&self) -> bool {
        false
    }
}
