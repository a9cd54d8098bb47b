//! Tables of comparisons.

use std::cmp::Ordering::{Equal, Greater, Less};

use super::*;

fn value(json: &str) -> Value {
    Value::from_json(json.as_bytes()).unwrap()
}

#[test]
fn numbers_compare_by_value() {
    for (left, right, order) in [
        ("1", "1.0", Equal),
        ("2", "10", Less),
        ("1.5", "1", Greater),
        ("9007199254740993", "9007199254740992.0", Greater),
        ("9223372036854775807", "9223372036854775808.0", Less),
        ("9223372036854775808", "9223372036854775808.0", Equal),
        ("100000000000000000000", "99999999999999999999", Greater),
        ("100000000000000000000", "3", Greater),
        ("-100000000000000000000", "3", Less),
        ("-100000000000000000000", "1e300", Less),
        ("-0.0", "0", Equal),
    ] {
        assert_eq!(compare(&value(left), &value(right)), Ok(Some(order)), "{left} {right}");
        assert_eq!(compare(&value(right), &value(left)), Ok(Some(order.reverse())));
    }
}

#[test]
fn a_text_beside_a_number_is_read_as_one() {
    for (left, right, order) in [
        ("\"1\"", "1", Equal),
        ("\"1.0\"", "1", Equal),
        ("\"+7\"", "8", Less),
        ("\"10\"", "9.5", Greater),
    ] {
        assert_eq!(compare(&value(left), &value(right)), Ok(Some(order)));
        assert_eq!(compare(&value(right), &value(left)), Ok(Some(order.reverse())));
    }
    for text in ["\"x\"", "\"\"", "\" 1\"", "\"1e3\""] {
        assert!(compare(&value(text), &value("1")).is_err());
        assert!(compare(&value("1.5"), &value(text)).is_err());
    }
}

#[test]
fn a_text_beside_a_boolean_or_null_is_compared_with_its_name() {
    assert_eq!(compare(&value("\"true\""), &value("true")), Ok(Some(Equal)));
    assert_eq!(compare(&value("false"), &value("\"false\"")), Ok(Some(Equal)));
    assert_eq!(compare(&value("null"), &value("\"null\"")), Ok(Some(Equal)));
    assert_eq!(compare(&value("\"x\""), &value("true")), Ok(Some(Greater)));
}

#[test]
fn undefined_equals_only_itself() {
    assert_eq!(compare(&Value::Undefined, &Value::Undefined), Ok(Some(Equal)));
    for json in ["null", "1", "\"undefined\"", "[]"] {
        assert_eq!(compare(&Value::Undefined, &value(json)), Ok(None));
        assert_eq!(compare(&value(json), &Value::Undefined), Ok(None));
    }
}

#[test]
fn other_types_stand_in_term_order() {
    let ascending = [
        "-1e10",
        "1",
        "2.5",
        "false",
        "null",
        "true",
        "{}",
        "{\"b\":1}",
        "{\"b\":2}",
        "{\"c\":0}",
        "{\"a\":1,\"b\":1}",
        "[]",
        "[1]",
        "[1,0]",
        "[2]",
        "[\"a\"]",
        "\"\"",
        "\"a\"",
        "\"ab\"",
    ];
    for (i, left) in ascending.iter().enumerate() {
        for (j, right) in ascending.iter().enumerate() {
            assert_eq!(term_order(&value(left), &value(right)), i.cmp(&j), "{left} {right}");
        }
    }
}

#[test]
fn strict_equality_minds_the_type() {
    assert!(strict_eq(&value("[1,{\"a\":1,\"b\":2}]"), &value("[1,{\"b\":2,\"a\":1}]")));
    assert!(strict_eq(&value("1.50"), &value("1.5")));
    assert!(strict_eq(&Value::Undefined, &Value::Undefined));
    for (left, right) in [
        ("1", "1.0"),
        ("1", "\"1\""),
        ("null", "\"null\""),
        ("[1]", "[1,2]"),
        ("{\"a\":1}", "{\"a\":1.0}"),
        ("{\"a\":1}", "{\"b\":1}"),
    ] {
        assert!(!strict_eq(&value(left), &value(right)), "{left} {right}");
    }
}
