//! The topic filters and events of FROM. It does not know which events exist.

use sluice_topic::{FilterError, TopicFilter};

use crate::ast::FromItem;
use crate::error::PlanError;
use crate::plan::Source;

pub(super) fn sources(items: &[FromItem]) -> Result<Vec<Source>, PlanError> {
    items.iter().map(source).collect()
}

fn source(item: &FromItem) -> Result<Source, PlanError> {
    let text = &*item.text;
    let filter = TopicFilter::parse(text).map_err(|error| bad_filter(item, &error))?;
    for (prefix, hint) in NOT_HERE {
        if text.starts_with(prefix) {
            let error = PlanError::new(item.span, format!("rules cannot read from `{prefix}…`"));
            return Err(error.hint(*hint));
        }
    }
    if text == "$events/message_publish" || text == "$events/message/publish" {
        let error = PlanError::new(item.span, "publishes are found by their topic, not as events");
        return Err(error.hint("write FROM \"#\", or the topic filter of the messages"));
    }
    if text.starts_with("$events/") {
        return Ok(Source::Event(text.to_owned()));
    }
    Ok(Source::Topic(filter))
}

fn bad_filter(item: &FromItem, error: &FilterError) -> PlanError {
    PlanError::new(item.span, error.to_string())
}

const NOT_HERE: &[(&str, &str)] = &[
    ("$bridges/", "there are no data bridges; messages of a bridged broker arrive as publishes"),
    ("$sources/", "there are no data sources; let them publish to a topic"),
    ("$share/", "a rule sees every message once: leave out `$share/<group>/`"),
    ("$queue/", "a rule sees every message once: leave out `$queue/`"),
];
