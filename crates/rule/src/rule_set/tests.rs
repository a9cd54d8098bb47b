//! Rules in, indexes of rules by topic and event out.

use super::*;
use crate::RuleFile;

fn rules(froms: &[(&str, bool)]) -> Vec<Arc<Rule>> {
    let rule = |(index, (from, enabled)): (usize, &(&str, bool))| {
        format!("[rules.r{index}]\nsql = '''SELECT * FROM {from}'''\nenable = {enabled}\n")
    };
    let text: String = froms.iter().enumerate().map(rule).collect();
    RuleFile::parse("set.toml", &text).unwrap_or_else(|errors| panic!("{errors}")).rules
}

fn topic(set: &RuleSet, topic: &str) -> Vec<u32> {
    let mut out = SmallVec::new();
    set.for_topic(topic, &mut out);
    out.to_vec()
}

#[test]
fn a_topic_finds_each_enabled_rule_once_in_order() {
    let set = RuleSet::new(
        7,
        rules(&[
            (r#""t/#""#, true),
            (r#""t/1", "t/+", "t/#""#, true),
            (r#""t/1""#, false),
            (r##""#""##, true),
            (r#""$SYS/#""#, true),
        ]),
    );
    assert_eq!(set.version(), 7);
    assert_eq!(set.rules().len(), 5);
    assert_eq!(topic(&set, "t/1"), [0, 1, 3]);
    assert_eq!(topic(&set, "u"), [3]);
    assert_eq!(topic(&set, "$SYS/broker/uptime"), [4]);
    assert_eq!(topic(&set, "$events/client/connected"), [0; 0]);
    assert_eq!(set.rule(1).map(|active| active.rule.id.as_str()), Some("r1"));
    assert!(set.rule(5).is_none());
}

#[test]
fn what_was_found_before_is_kept() {
    let set = RuleSet::new(1, rules(&[(r#""a""#, true), (r#""b""#, true)]));
    let mut out = SmallVec::new();
    set.for_topic("b", &mut out);
    set.for_topic("a", &mut out);
    assert_eq!(out.as_slice(), [1, 0]);
}

#[test]
fn events_are_found_by_both_names_and_by_wildcards() {
    let set = RuleSet::new(
        1,
        rules(&[
            (r#""$events/client/connected""#, true),
            (r#""$events/client_connected""#, true),
            (r#""$events/client/+", "$events/client/connected""#, true),
            (r#""$events/#""#, true),
            (r##""#""##, true),
            (r#""$events/client/connected""#, false),
        ]),
    );
    assert_eq!(set.for_event(EventKind::ClientConnected), [0, 1, 2, 3]);
    assert_eq!(set.for_event(EventKind::ClientDisconnected), [2, 3]);
    assert_eq!(set.for_event(EventKind::SessionSubscribed), [3]);
    assert_eq!(set.for_event(EventKind::MessagePublish), [0; 0]);
}

#[test]
fn wants_tells_which_events_are_worth_raising() {
    let set = RuleSet::new(1, rules(&[(r#""$events/client/+""#, true)]));
    assert!(set.wants(EventKind::ClientConnected) && set.wants(EventKind::ClientDisconnected));
    assert!(!set.wants(EventKind::MessagePublish) && !set.wants(EventKind::SessionSubscribed));
    let set = RuleSet::new(2, rules(&[(r#""t""#, true), (r#""$events/#""#, false)]));
    assert!(set.wants(EventKind::MessagePublish));
    assert!(!set.wants(EventKind::ClientConnected));
    let none = RuleSet::default();
    assert!(EventKind::ALL.into_iter().all(|kind| !none.wants(kind)));
}
