//! The SQL functions: what one is, and the list of all. It does not know expressions or plans.
//!
//! One file holds one family as a list of `Function` items with name, arity, doc, a runnable
//! example and `eval`; [`FAMILIES`] lists the families. To add a function, add it to its family.

mod argument;
mod bits;
mod convert;
mod encode;
mod format;
mod json_path;
mod list;
mod map;
mod maths;
mod message;
mod other;
mod pattern;
mod prepared;
mod registry;
mod search;
mod text;
mod time;
mod types;

#[cfg(test)]
mod tests;

use sluice_value::{TooLong, Value};

use crate::evaluate::{Columns, Evaluation};

pub use prepared::Prepared;
pub use registry::{FAMILIES, find, nearest};

/// A function of the rule language.
pub struct Function {
    /// The name, lower case; names are case-sensitive.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: Arity,
    /// What it does, in one sentence, for the language reference.
    pub doc: &'static str,
    /// `(expression, JSON of its value)`, run as a test.
    pub example: (&'static str, &'static str),
    /// Whether it needs nothing beyond its arguments. `now_timestamp`, `uuid_v4`, `topic` do; such
    /// calls are never folded into constants.
    pub pure: bool,
    /// Called once when a rule is bound, with `Some` for every argument that is a literal:
    /// compiles what need not be compiled per message (a regular expression, a JSONPath). What it
    /// gives is handed to every call as [`CallContext::prepared`]; its error refuses the rule.
    pub prepare: Option<Prepare>,
    /// Computes the value. Argument count has been checked against `arity`.
    pub eval: Eval,
}

/// See [`Function::eval`].
pub type Eval = fn(&mut CallContext<'_, '_>, &[Value]) -> Result<Value, FunctionError>;

/// See [`Function::prepare`].
pub type Prepare = fn(&[Option<Value>]) -> Result<Option<Prepared>, FunctionError>;

impl Function {
    /// A function of its arguments alone.
    const fn pure(
        name: &'static str,
        arity: Arity,
        doc: &'static str,
        example: (&'static str, &'static str),
        eval: Eval,
    ) -> Self {
        Self { name, arity, doc, example, pure: true, prepare: None, eval }
    }

    /// A function that looks at the event, the clock or entropy.
    const fn impure(
        name: &'static str,
        arity: Arity,
        doc: &'static str,
        example: (&'static str, &'static str),
        eval: Eval,
    ) -> Self {
        Self { name, arity, doc, example, pure: false, prepare: None, eval }
    }

    const fn prepared_by(self, prepare: Prepare) -> Self {
        Self { prepare: Some(prepare), ..self }
    }
}

/// How many arguments a function takes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arity {
    /// Fewest.
    pub min: usize,
    /// Most; `usize::MAX` for no limit but the parser's.
    pub max: usize,
}

impl Arity {
    /// Whether a call with `count` arguments is right.
    #[must_use]
    pub const fn allows(self, count: usize) -> bool {
        self.min <= count && count <= self.max
    }

    const fn exactly(count: usize) -> Self {
        Self { min: count, max: count }
    }

    const fn between(min: usize, max: usize) -> Self {
        Self { min, max }
    }

    const fn at_least(min: usize) -> Self {
        Self { min, max: usize::MAX }
    }
}

/// What an impure function may look at.
pub struct CallContext<'c, 'e> {
    /// The event's columns (`topic()`, `clientid()`, `payload()`).
    pub columns: &'c dyn Columns,
    /// Time and entropy, given from outside so that tests fix them.
    pub evaluation: &'c mut Evaluation<'e>,
    /// What [`Function::prepare`] gave for this call when the rule was bound.
    pub prepared: Option<&'c Prepared>,
}

/// Why a call has no value; ends the rule for this message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// What was wrong with which argument, without the function's name.
    pub message: String,
}

impl From<TooLong> for FunctionError {
    fn from(_: TooLong) -> Self {
        Self::new("the result is too large")
    }
}

impl FunctionError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}
