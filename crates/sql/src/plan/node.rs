//! An expression as it is evaluated: names bound, literals folded. It does not know how to
//! evaluate itself.

use sluice_topic::TopicFilter;
use sluice_value::{Key, PathStep, Value};

use crate::ast::{Comparison, Operator};
use crate::error::{Clause, Span};
use crate::evaluate::ColumnId;
use crate::functions::{Function, Prepared};

/// A bound expression.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) span: Span,
}

/// What a bound expression does.
#[derive(Debug)]
pub(crate) enum NodeKind {
    Constant(Value),
    Read(Read),
    /// The first of these that is not undefined.
    Scoped(Vec<Read>),
    Access(Box<Node>, Vec<Step>),
    Call(Box<CallNode>),
    List(Vec<Node>),
    /// The integers from the first to the last one.
    Range(i64, i64),
    Minus(Box<Node>),
    Plus(Box<Node>),
    Not(Box<Node>),
    /// `NOT` of a plain name: what is no boolean counts as true, so that the result is false.
    NotNamed(Box<Node>),
    Chain(Box<Node>, Vec<(Operator, Node)>),
    Compare(Comparison, Box<[Node; 2]>),
    /// `=~` with a literal filter; `None` where the literal is no topic filter and matches nothing.
    MatchesFilter(Box<Node>, Option<TopicFilter>),
    In(Box<Node>, Members),
    Like(Box<[Node; 2]>, Option<char>),
    Between(Box<[Node; 3]>),
    IsNull(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Case(Box<CaseNode>),
}

/// A read of a name and the path below it.
#[derive(Debug)]
pub(crate) enum Read {
    Column(Column, Vec<Step>),
    /// Below the payload's JSON; there is at least one step.
    Payload(Vec<Step>),
    /// An earlier field of the same clause, or any field that WHERE names.
    Field(FieldRead, Vec<Step>),
    /// The element of FOREACH.
    Item(Vec<Step>),
}

/// The value that earlier fields gave to a name.
#[derive(Debug)]
pub(crate) struct FieldRead {
    /// The name.
    pub(crate) root: Key,
    /// Fields (numbers, ascending) that must have been computed first. Empty within a
    /// projection, which runs in order anyway.
    pub(crate) needs: Vec<usize>,
    pub(crate) from: FieldSource,
}

/// Where the value of a name is found.
#[derive(Debug)]
pub(crate) enum FieldSource {
    /// One field gives all of it.
    Whole(usize),
    /// Several fields write into it, in this order. `star` is what a `*` among them gives.
    Patched { writers: Vec<usize>, star: Option<Box<Node>> },
}

/// A column of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Known(ColumnId),
    Named(Box<str>),
}

impl Column {
    pub(crate) fn of(name: &str) -> Self {
        ColumnId::of(name).map_or_else(|| Self::Named(name.into()), Self::Known)
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Known(column) => column.name(),
            Self::Named(name) => name,
        }
    }
}

/// A step into a value.
#[derive(Debug)]
pub(crate) enum Step {
    Key(Key),
    /// 1-based, negative from the end; 0 is always undefined.
    Index(i64),
    Range(i64, i64),
    /// The index that a variable names.
    Variable(Box<Variable>),
}

/// An index by variable.
#[derive(Debug)]
pub(crate) struct Variable {
    /// The variable as a path from the payload's root, which is asked first for indexes below it.
    pub(crate) inside: Option<Vec<Step>>,
    /// The variable in scope.
    pub(crate) scoped: Node,
}

/// A call with the function found.
#[derive(Debug)]
pub(crate) struct CallNode {
    pub(crate) function: &'static Function,
    pub(crate) arguments: Vec<Node>,
    pub(crate) prepared: Option<Prepared>,
}

/// The right side of `IN`.
#[derive(Debug)]
pub(crate) enum Members {
    Listed(Vec<Node>),
    Of(Box<Node>),
}

/// `CASE`.
#[derive(Debug)]
pub(crate) struct CaseNode {
    pub(crate) operand: Option<Node>,
    pub(crate) branches: Vec<(Node, Node)>,
    pub(crate) otherwise: Option<Node>,
}

/// A field of a projection.
#[derive(Debug)]
pub(crate) struct FieldNode {
    /// `None` for `*`.
    pub(crate) value: Option<Node>,
    pub(crate) target: Target,
    pub(crate) clause: Clause,
    /// Where its value is kept for the expressions that name it.
    pub(crate) slot: Option<usize>,
}

/// Where in the row a field's value goes.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) root: Key,
    pub(crate) steps: Vec<TargetStep>,
    /// Whether JSON text under the root is decoded and patched rather than replaced.
    pub(crate) decodes: bool,
}

/// A step of a target.
#[derive(Debug)]
pub(crate) enum TargetStep {
    Fixed(PathStep),
    Variable(Node),
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
