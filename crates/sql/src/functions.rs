//! The SQL functions: what one is, and the list of all. It does not know expressions or plans.
//!
//! One file holds one function or one family of near twins, as `pub const` items with name, arity, doc,
//! a runnable example and `eval`; the family's file lists them, [`FAMILIES`] lists the families.

use sluice_value::Value;

use crate::evaluate::{Columns, Evaluation};

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
    /// Whether it needs anything beyond its arguments (`now_timestamp`, `uuid_v4`, `topic`); such
    /// calls are never folded into constants.
    pub pure: bool,
    /// Computes the value. Argument count has been checked against `arity`.
    pub eval: fn(&mut CallContext<'_, '_>, &[Value]) -> Result<Value, FunctionError>,
}

/// How many arguments a function takes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arity {
    /// Fewest.
    pub min: usize,
    /// Most; `usize::MAX` for no limit but the parser's.
    pub max: usize,
}

/// What an impure function may look at.
pub struct CallContext<'c, 'e> {
    /// The event's columns (`topic()`, `clientid()`, `payload()`).
    pub columns: &'c dyn Columns,
    /// Time and entropy, given from outside so that tests fix them.
    pub evaluation: &'c mut Evaluation<'e>,
}

/// Why a call has no value; ends the rule for this message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// What was wrong with which argument, without the function's name.
    pub message: String,
}
