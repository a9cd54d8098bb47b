//! A rule's text as a tree, each node with its place. It does not know what names stand for.

use sluice_value::Value;

use crate::error::Span;

/// One rule.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) projection: Projection,
    pub(crate) from: Vec<FromItem>,
    pub(crate) condition: Option<Expr>,
}

/// What comes out.
#[derive(Debug)]
pub(crate) enum Projection {
    /// `SELECT`: one row.
    Select(Vec<Field>),
    /// `FOREACH`: a row for each element of a list.
    Foreach(Foreach),
}

/// `FOREACH … DO … INCASE …`.
#[derive(Debug)]
pub(crate) struct Foreach {
    /// Bindings, and last the list.
    pub(crate) fields: Vec<Field>,
    pub(crate) each: Option<Vec<Field>>,
    pub(crate) incase: Option<Expr>,
}

/// One entry of `SELECT`, `FOREACH` or `DO`.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) kind: FieldKind,
    pub(crate) span: Span,
}

/// What a field gives.
#[derive(Debug)]
pub(crate) enum FieldKind {
    /// `*`.
    Star,
    /// An expression, and the target that `AS` names.
    Expr(Expr, Option<Path>),
}

/// One quoted or bare topic of `FROM`.
#[derive(Debug)]
pub(crate) struct FromItem {
    pub(crate) text: Box<str>,
    pub(crate) span: Span,
}

/// An expression.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
}

/// What an expression is. Chains of equal operators are flat, so that only nesting makes depth.
#[derive(Debug)]
pub(crate) enum ExprKind {
    Literal(Value),
    Path(Path),
    /// A path that starts from a computed value.
    Access(Box<Expr>, Vec<Step>),
    Call(Call),
    List(Vec<Expr>),
    /// `[from..to]`, ascending.
    Range(i64, i64),
    Minus(Box<Expr>),
    Plus(Box<Expr>),
    Not(Box<Expr>),
    /// Left to right, of one precedence.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Members),
    Like(Box<Expr>, Box<Expr>, Option<char>),
    /// Value, lower and upper bound.
    Between(Box<[Expr; 3]>),
    IsNull(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Case(Case),
}

/// `name(arguments)`.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: Name,
    pub(crate) arguments: Vec<Expr>,
}

/// The right side of `IN`.
#[derive(Debug)]
pub(crate) enum Members {
    /// `(a, b, …)`.
    Listed(Vec<Expr>),
    /// A list-valued expression.
    Of(Box<Expr>),
}

/// `CASE`.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) operand: Option<Box<Expr>>,
    pub(crate) branches: Vec<(Expr, Expr)>,
    pub(crate) otherwise: Option<Box<Expr>>,
}

/// A name with its place.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: Box<str>,
    /// Written in double quotes.
    pub(crate) is_quoted: bool,
    pub(crate) span: Span,
}

/// A name and steps into its value.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) root: Name,
    pub(crate) steps: Vec<Step>,
}

/// A step into a value.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Key(Box<str>),
    /// 1-based, negative from the end.
    Index(i64),
    /// `[-0]`: reads as `[0]`, but a target appends with it.
    MinusZero,
    /// `[i]`: the element that a variable names.
    Variable(Box<Path>, Span),
    /// `[m..n]`.
    Range(i64, i64, Span),
}

/// An operator of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Concat,
    Multiply,
    Divide,
    IntegerDivide,
    Modulo,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// `=~`: a topic matches a filter.
    Matches,
}

impl Operator {
    /// As written in SQL.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Concat => "||",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::IntegerDivide => "div",
            Self::Modulo => "mod",
        }
    }
}

impl Comparison {
    /// As written in SQL.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Matches => "=~",
        }
    }
}
