//! Rules: plans with actions, found by topic or event, evaluated over columns.
//!
//! Comes out so far: what a rule is called ([`RuleId`]), where its rows go ([`Action`]), messages made of
//! rows ([`Republish::render`]), and what is counted ([`RuleCounters`]).
//! This crate does not know files on disk, sockets, sessions, when rules are swapped or how a sink writes.

pub mod action;
mod connector;
mod counters;
mod diagnostic;
mod rule_id;

pub use action::{Action, ActionKind, Derived, RenderError, Republish};
pub use connector::{Connector, ConnectorKind, Unresolved};
pub use counters::RuleCounters;
pub use diagnostic::{Diagnostic, EXCERPT_CHARS_MAX, Excerpt, RuleFileErrors};
pub use rule_id::{NAME_BYTES_MAX, NameError, RuleId};
