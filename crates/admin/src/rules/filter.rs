//! Which rules a list is asked for. It does not know how they are shown.

use serde::Deserialize;
use sluice_catalogue::RuleEntry;

use super::from;
use crate::problem::Problem;

/// Everything that is given has to fit.
#[derive(Default, Deserialize)]
pub(super) struct Filter {
    page: Option<usize>,
    limit: Option<usize>,
    enable: Option<bool>,
    from: Option<String>,
    like_id: Option<String>,
    like_from: Option<String>,
    match_from: Option<String>,
    like_description: Option<String>,
    action: Option<String>,
    source: Option<String>,
}

impl Filter {
    /// The page, from 1, and how many rules it has at most.
    pub(super) fn page(&self) -> Result<(usize, usize), Problem> {
        let (page, limit) = (self.page.unwrap_or(1), self.limit.unwrap_or(LIMIT));
        if page == 0 {
            return Err(Problem::bad_request("page: pages are counted from 1"));
        }
        if limit == 0 || limit > LIMIT_MAX {
            return Err(Problem::bad_request(format!("limit: 1 to {LIMIT_MAX}")));
        }
        Ok((page, limit))
    }

    pub(super) fn takes(&self, entry: &RuleEntry) -> bool {
        let rule = &entry.rule;
        let has = |part: &Option<String>, text: &str| {
            part.as_ref().is_none_or(|part| text.contains(part.as_str()))
        };
        let any_from = |wanted: &Option<String>, fits: fn(&str, &str) -> bool| {
            wanted.as_ref().is_none_or(|wanted| from(entry).any(|topic| fits(topic, wanted)))
        };
        self.enable.is_none_or(|enable| rule.enabled == enable)
            && has(&self.like_id, rule.id.as_str())
            && has(&self.like_description, &rule.description)
            && any_from(&self.from, |topic, wanted| topic == wanted)
            && any_from(&self.like_from, |topic, wanted| topic.contains(wanted))
            && any_from(&self.match_from, matches_filter)
            && self.action.as_ref().is_none_or(|id| has_action(entry, id))
            && self.source.is_none()
    }
}

/// Also by EMQX's names of types, and by the name of an action that stands by itself.
fn has_action(entry: &RuleEntry, id: &str) -> bool {
    let wanted = canonical(id);
    entry.actions.iter().any(|action| action.id == wanted)
        || entry.rule.references.iter().any(|reference| canonical(&reference.id) == wanted)
}

fn canonical(id: &str) -> String {
    let (kind, name) = id.split_once(':').unwrap_or(("", id));
    let kind = match kind {
        "pgsql" => "postgres",
        "http" => "webhook",
        "kafka_producer" => "kafka",
        other => other,
    };
    format!("{kind}:{name}")
}

/// Whether what stands in FROM, wildcards taken as they are, is matched by a topic filter.
fn matches_filter(topic: &str, filter: &str) -> bool {
    let (mut topic, mut filter) = (topic.split('/'), filter.split('/'));
    loop {
        match (topic.next(), filter.next()) {
            (_, Some("#")) | (None, None) => return true,
            (Some(_), Some("+")) => {}
            (Some(level), Some(wanted)) if level == wanted => {}
            (Some(_) | None, Some(_)) | (Some(_), None) => return false,
        }
    }
}

const LIMIT: usize = 100;
const LIMIT_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_matched_against_what_stands_in_from() {
        for (topic, filter, fits) in [
            ("a/b", "a/b", true),
            ("a/b", "a/+", true),
            ("a/+", "a/+", true),
            ("a/b/c", "a/#", true),
            ("a", "a/#", true),
            ("a/#", "#", true),
            ("a/b", "a", false),
            ("a", "a/b", false),
            ("a/+", "a/b", false),
        ] {
            assert_eq!(matches_filter(topic, filter), fits, "{topic} {filter}");
        }
    }

    #[test]
    fn pages_are_bounded() {
        let page = |page, limit| Filter { page, limit, ..Filter::default() }.page().ok();
        assert_eq!(page(None, None), Some((1, 100)));
        assert_eq!(page(Some(3), Some(10_000)), Some((3, 10_000)));
        for (number, limit) in [(Some(0), None), (None, Some(0)), (None, Some(10_001))] {
            assert_eq!(page(number, limit), None);
        }
    }
}
