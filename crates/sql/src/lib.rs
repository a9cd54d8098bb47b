//! Rule text → Statement → LogicalPlan → Plan, and the SQL functions.
//!
//! Goes in: SQL text once, then columns per event. Comes out: a [`Plan`] that is immutable and does
//! no IO, and the records it selects. Start reading at [`plan`] and [`Plan::evaluate`].
//! This crate does not know MQTT, events, actions or where a record goes.

pub mod evaluate;
pub mod functions;
