//! Tables of reads and writes along paths.

use super::*;

fn value(json: &str) -> Value {
    Value::from_json(json.as_bytes()).unwrap()
}

#[test]
fn keys_are_read_from_maps_and_json_text() {
    assert_eq!(value(r#"{"a":1}"#).get("a"), value("1"));
    assert_eq!(value(r#"{"a":1}"#).get("b"), Value::Undefined);
    assert_eq!(Value::from(r#" {"a":{"b":2}} "#).get("a").get("b"), value("2"));
    for other in ["1", "[1]", "null", "\"x\"", "\"[1]\""] {
        assert_eq!(value(other).get("a"), Value::Undefined);
    }
}

#[test]
fn elements_are_counted_from_one_and_from_the_end() {
    let list = value("[10,20,30]");
    for (index, expected) in [(1, "10"), (3, "30"), (-1, "30"), (-3, "10")] {
        assert_eq!(list.index(index), value(expected), "{index}");
        assert_eq!(Value::from("[10,20,30]").index(index), value(expected), "{index}");
    }
    for index in [0, 4, -4, i64::MIN, i64::MAX] {
        assert_eq!(list.index(index), Value::Undefined, "{index}");
    }
    assert_eq!(value("{}").index(1), Value::Undefined);
}

#[test]
fn ranges_are_clipped_at_the_end_only() {
    let list = value("[1,2,3]");
    for (start, end, expected) in [
        (1, 2, "[1,2]"),
        (2, -1, "[2,3]"),
        (-2, -1, "[2,3]"),
        (2, 9, "[2,3]"),
        (5, 6, "[]"),
        (3, 2, "[]"),
        (1, i64::MAX, "[1,2,3]"),
    ] {
        assert_eq!(list.range(start, end), Ok(value(expected)), "{start}..{end}");
    }
    for (start, end) in
        [(0, 1), (1, 0), (3, 1), (-4, 2), (i64::MIN, i64::MAX), (i64::MAX, i64::MIN)]
    {
        assert_eq!(list.range(start, end), Err(RangeError::BadBounds { start, end }));
    }
    assert_eq!(value("3").range(1, 2), Err(RangeError::NotAList("integer")));
}

#[test]
fn writing_follows_the_rules_of_as() {
    let key = |key: &str| PathStep::Key(Key::from(key));
    let at = PathStep::Index;
    for (before, steps, after) in [
        ("null", vec![], "9"),
        ("{}", vec![key("a"), key("b")], r#"{"a":{"b":9}}"#),
        (r#"{"a":{"c":1}}"#, vec![key("a"), key("b")], r#"{"a":{"c":1,"b":9}}"#),
        (r#"{"a":1}"#, vec![key("a"), key("b")], r#"{"a":{"b":9}}"#),
        (r#"{"a":"{\"c\":1}"}"#, vec![key("a"), key("b")], r#"{"a":{"b":9}}"#),
        (r#"{"a":[1,2,3]}"#, vec![key("a"), at(2)], r#"{"a":[1,9,3]}"#),
        (r#"{"a":[1,2,3]}"#, vec![key("a"), at(-1)], r#"{"a":[1,2,9]}"#),
        (r#"{"a":[1,2,3]}"#, vec![key("a"), at(4)], r#"{"a":[1,2,3]}"#),
        (r#"{"a":[]}"#, vec![key("a"), at(1)], r#"{"a":[]}"#),
        ("{}", vec![key("a"), at(5)], r#"{"a":[9]}"#),
        (r#"{"a":[1]}"#, vec![key("a"), PathStep::Prepend], r#"{"a":[9,1]}"#),
        (r#"{"a":[1]}"#, vec![key("a"), PathStep::Append], r#"{"a":[1,9]}"#),
        ("{}", vec![key("a"), PathStep::Append], r#"{"a":[9]}"#),
        (r#"{"a":[{"b":1}]}"#, vec![key("a"), at(1), key("c")], r#"{"a":[{"b":1,"c":9}]}"#),
        ("{}", vec![key("a"), PathStep::Append, key("b")], r#"{"a":[{"b":9}]}"#),
    ] {
        let mut value = value(before);
        value.set_path(&steps, Value::Integer(9));
        assert_eq!(value.to_json(), after, "{before} {steps:?}");
    }
}

#[test]
fn writing_leaves_other_owners_of_the_value_alone() {
    let original = value(r#"{"a":{"b":1}}"#);
    let mut copy = original.clone();
    copy.set_path(&[PathStep::Key("a".into()), PathStep::Key("b".into())], Value::Null);
    assert_eq!(original, value(r#"{"a":{"b":1}}"#));
    assert_eq!(copy, value(r#"{"a":{"b":null}}"#));
}
