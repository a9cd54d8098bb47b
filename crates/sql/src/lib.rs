//! Rule text → Statement → Plan, and the SQL functions.
//!
//! Goes in: SQL text once, then columns per event. Comes out: a [`Plan`] that is immutable and does
//! no IO, and the records it selects. Start reading at [`plan`](fn@plan) and [`Plan::evaluate`].
//! This crate does not know MQTT, events, actions or where a record goes.

mod ast;
mod bind;
mod dialect;
mod error;
mod eval;
pub mod evaluate;
mod explain;
pub mod functions;
#[doc(hidden)]
pub mod fuzz;
mod operand;
mod parse;
mod plan;
#[cfg(test)]
mod tests;
mod token;

pub use error::{Clause, EvaluateError, PlanError, Span, Warning};
pub use operand::Operand;
pub use parse::SQL_BYTES_MAX;
pub use plan::{Outcome, OutputColumns, OutputPath, PayloadPath, PayloadStep, Plan, Source, plan};
