//! Rule text → Statement → Plan, and the SQL functions.
//!
//! Goes in: SQL text once, then columns per event. Comes out: a plan that is immutable and does
//! no IO, and the records it selects.
//! This crate does not know MQTT, events, actions or where a record goes.

pub mod evaluate;
pub mod functions;
mod operand;

pub use operand::Operand;
