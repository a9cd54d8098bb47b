//! Where the rows of a rule go. It does not know how anything gets there.

use std::{num::NonZeroU16, time::Duration};

use sluice_value::Template;

mod kafka;
mod postgres;
mod republish;
mod webhook;

pub use kafka::KafkaRecord;
pub use postgres::PostgresWrite;
pub use republish::{
    Derived, ForwardedProperty, RenderError, Republish, TemplateOr, UserProperties,
};
pub use webhook::{HttpMethod, WebhookCall};

/// One entry of a rule's `actions`.
#[derive(Clone, Debug)]
pub struct Action {
    /// Unique within the rule.
    pub name: String,
    /// A disabled action is skipped.
    pub enabled: bool,
    /// What is done with a row.
    pub kind: ActionKind,
    /// The connector it goes through; names are global.
    pub connector: Option<String>,
    /// How rows wait, where the file says so.
    pub buffer: Option<Buffer>,
    /// How rows are put together, where the file says so.
    pub batch: Option<Batch>,
    /// How many rows may be under way at once; rows of one client stay in order.
    pub lanes: Option<NonZeroU16>,
    /// The line in the rule's file, counted from 1.
    pub line: usize,
}

/// What an action does.
#[derive(Clone, Debug)]
pub enum ActionKind {
    /// Publishes a message of its own.
    Republish(Box<Republish>),
    /// Runs one statement for each row.
    Postgres(PostgresWrite),
    /// Sends one HTTP request for each row.
    Webhook(WebhookCall),
    /// Produces one record for each row.
    Kafka(KafkaRecord),
}

impl ActionKind {
    /// The type's name in rule files.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Republish(_) => "republish",
            Self::Postgres(_) => "postgres",
            Self::Webhook(_) => "webhook",
            Self::Kafka(_) => "kafka",
        }
    }
}

impl ActionKind {
    /// Shows every template with the key under which a rule file has it.
    pub(crate) fn each_template(&self, see: &mut dyn FnMut(&'static str, &Template)) {
        match self {
            Self::Republish(republish) => {
                republish.templates().for_each(|(key, template)| see(key, template));
            }
            Self::Postgres(write) => {
                if let Ok(sql) = Template::parse(&write.sql) {
                    see("sql", &sql);
                }
            }
            Self::Webhook(call) => {
                let (path, body) = (call.path.as_ref(), call.body.as_ref());
                path.into_iter().for_each(|path| see("path", path));
                call.headers.iter().for_each(|(_, value)| see("headers", value));
                body.into_iter().for_each(|body| see("body", body));
            }
            Self::Kafka(record) => {
                see("topic", &record.topic);
                let one = |key, template: &Option<Template>, see: &mut dyn FnMut(_, &Template)| {
                    template.iter().for_each(|template| see(key, template));
                };
                one("key", &record.key, see);
                one("value", &record.value, see);
                record.headers.iter().for_each(|(_, value)| see("headers", value));
                one("partition", &record.partition, see);
                one("timestamp", &record.timestamp, see);
            }
        }
    }
}

/// `buffer = {…}`: what is left out is the action type's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buffer {
    /// Where rows wait.
    pub mode: Option<BufferMode>,
    /// Most rows that may wait.
    pub rows_max: Option<u64>,
    /// Most bytes that may wait.
    pub bytes_max: Option<u64>,
    /// Rows that have waited longer are dropped.
    pub age_max: Option<Duration>,
    /// What happens to a row that finds the buffer full.
    pub on_full: Option<OnFull>,
}

/// Where rows wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferMode {
    /// Survives a restart.
    Disk,
    /// Does not.
    Memory,
}

/// What happens to a row that finds the buffer full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFull {
    /// Its publisher waits.
    Hold,
    /// The row that has waited longest is dropped.
    DropOldest,
    /// It is dropped itself.
    DropNewest,
}

impl BufferMode {
    /// The name in rule files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Memory => "memory",
        }
    }
}

impl OnFull {
    /// The name in rule files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::DropOldest => "drop_oldest",
            Self::DropNewest => "drop_newest",
        }
    }
}

/// `batch = {…}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Most rows in one write.
    pub rows_max: Option<u64>,
    /// How long a batch waits for more rows.
    pub linger: Option<Duration>,
}
