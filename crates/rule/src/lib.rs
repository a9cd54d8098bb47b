//! Rules: plans with actions, found by topic or event, evaluated over columns.
//!
//! Goes in: the text of rule files, then events. Comes out: [`RuleFile`]s with every error at its
//! place, a [`RuleSet`] that names the rules an event concerns, [`EventColumns`] for their plans to
//! read, and messages [`derived`](Republish::render) from rows. Start reading at
//! [`RuleFile::parse`] and [`RuleSet`].
//! This crate does not know files on disk, sockets, sessions, when rules are swapped or how a sink
//! writes.

pub mod action;
mod check;
mod columns;
mod connector;
mod counters;
mod diagnostic;
mod event_reference;
mod file;
#[doc(hidden)]
pub mod fuzz;
mod given;
mod json;
mod nearest;
mod outbox;
mod rule;
mod rule_id;
mod rule_set;
mod source;

pub use action::{Action, ActionKind, Derived, RenderError, Republish};
pub use check::{TestReport, check_rule_tests};
pub use columns::{EventColumns, RuleColumns, column_names};
pub use connector::{
    Connector, ConnectorKind, KafkaAcks, KafkaCompression, KafkaConnector, KafkaSasl,
    PostgresConnector, SaslMechanism, Unresolved, WebhookConnector,
};
pub use counters::RuleCounters;
pub use diagnostic::{Diagnostic, EXCERPT_CHARS_MAX, Excerpt, RuleFileErrors};
pub use event_reference::{EventReference, TestColumn, event_reference};
pub use file::{RuleFile, TOML_DEPTH_MAX, too_deep_toml};
pub use given::{
    EXAMPLE_HOST, EXAMPLE_ID, EXAMPLE_MILLIS, EXAMPLE_NODE, EXAMPLE_PEER, EXAMPLE_RULE, GivenError,
    GivenEvent, UnknownColumn,
};
pub use json::{
    FromJson, JsonErrors, JsonProblem, MASK, Secrets, StandaloneActions, action_from_json,
    connector_from_json, rule_from_json,
};
pub use outbox::{Admission, Demand, Outbox, Row, Ticket};
pub use rule::{Ack, ActionReference, Expectation, Mode, Rule, RuleTest};
pub use rule_id::{NAME_BYTES_MAX, NameError, RuleId};
pub use rule_set::{ActiveRule, RuleSet};
