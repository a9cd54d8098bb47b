//! `type = "kafka"`: one record for each row. It does not know brokers.

use sluice_value::Template;

/// Own keys of a `kafka` action.
#[derive(Clone, Debug)]
pub struct KafkaRecord {
    /// The topic.
    pub topic: Template,
    /// No key where left out.
    pub key: Option<Template>,
    /// The row as JSON where left out.
    pub value: Option<Template>,
    /// Names and values, in the order of the file.
    pub headers: Vec<(String, Template)>,
    /// A number, or a template that gives one; chosen by key where left out.
    pub partition: Option<Template>,
    /// Milliseconds; the time of writing where left out.
    pub timestamp: Option<Template>,
}
