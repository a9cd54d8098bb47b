//! The texts that PostgreSQL reads.

use super::*;
use sluice_value::{Segment, Template};

fn record(json: &str) -> Record {
    Value::from_json(json.as_bytes()).unwrap().try_into().unwrap()
}

fn placeholder(text: &str) -> Placeholder {
    Template::parse(text).unwrap().placeholders().next().unwrap().clone()
}

/// What `text` gives over a row, `None` for NULL.
#[track_caller]
fn write(text: &str, kind: Kind, row: &Record) -> Result<Option<String>, Unwritable> {
    let template = Template::parse(text).unwrap();
    let pieces = template.segments().iter().map(|segment| match segment {
        Segment::Literal(text) => Piece::Text(String::from(&**text)),
        Segment::Placeholder(placeholder) => Piece::Placeholder(placeholder.clone()),
    });
    let mut out = b"before".to_vec();
    let wrote = Parameter::of_pieces(pieces.collect()).write(kind, row, &mut out)?;
    let text = String::from_utf8(out).unwrap();
    let text = text.strip_prefix("before").unwrap().to_owned();
    assert!(wrote == Wrote::Text || text.is_empty(), "NULL has no text");
    Ok((wrote == Wrote::Text).then_some(text))
}

#[track_caller]
fn text(text: &str, kind: Kind, row: &str) -> Option<String> {
    write(text, kind, &record(row)).unwrap()
}

#[test]
fn values_keep_what_they_say() {
    for (value, expected) in [
        ("\"plain ' text\"", Some("plain ' text")),
        ("\"\"", Some("")),
        ("12345678901234567890123", Some("12345678901234567890123")),
        ("0.12345678901234567890123", Some("0.12345678901234567890123")),
        ("1e-12", Some("1e-12")),
        ("31.5", Some("31.5")),
        ("31.0", Some("31.0")),
        ("true", Some("true")),
        ("false", Some("false")),
        ("null", None),
        ("[1, \"a\", null]", Some("[1,\"a\",null]")),
        ("[104, 105]", Some("[104,105]")),
        ("{\"a\": {\"b\": 1.50}}", Some("{\"a\":{\"b\":1.50}}")),
    ] {
        let row = format!("{{\"v\": {value}}}");
        assert_eq!(text("${v}", Kind::Plain, &row).as_deref(), expected, "{value}");
    }
    assert_eq!(text("${missing}", Kind::Plain, "{}"), None);
    assert_eq!(text("${missing:-x}", Kind::Plain, "{}").as_deref(), Some("x"));
    assert_eq!(text("${}", Kind::Plain, r#"{"a": 1}"#).as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(text("${a.b}", Kind::Plain, r#"{"a": "{\"b\": 2}"}"#).as_deref(), Some("2"));
}

#[test]
fn a_literal_takes_the_values_in_and_is_null_when_one_is() {
    let row = r#"{"a": "it's", "b": 1.50, "n": null}"#;
    assert_eq!(text("x-${a}/${b}", Kind::Plain, row).as_deref(), Some("x-it's/1.50"));
    assert_eq!(text("x-${a}/${n}", Kind::Plain, row), None);
    assert_eq!(text("${missing}/${a}", Kind::Bytes, row), None);
    // A literal for bytea says itself how it is written.
    assert_eq!(text("\\x${b}", Kind::Bytes, row).as_deref(), Some("\\x1.50"));
}

#[test]
fn whole_floats_are_integers_where_those_are_wanted() {
    for (value, expected) in [
        ("31.0", "31"),
        ("1e3", "1000"),
        ("-0.0", "-0"),
        ("31.5", "31.5"),
        ("1e300", "1e300"),
        ("7", "7"),
        ("12345678901234567890", "12345678901234567890"),
        ("\"31.0\"", "31.0"),
    ] {
        let row = format!("{{\"v\": {value}}}");
        assert_eq!(text("${v}", Kind::Integer, &row).as_deref(), Some(expected), "{value}");
    }
}

#[test]
fn lists_become_arrays_where_those_are_wanted() {
    for (value, expected) in [
        ("[]", "{}"),
        ("[1, 2.50, null, true]", r#"{"1","2.50",NULL,"true"}"#),
        (r#"["a\"b", "c\\d", "NULL", ""]"#, r#"{"a\"b","c\\d","NULL",""}"#),
        ("[[1, 2], [3, 4]]", r#"{{"1","2"},{"3","4"}}"#),
        (r#"[{"a": "x"}]"#, r#"{"{\"a\":\"x\"}"}"#),
        ("[[[[[[[1]]]]]]]", r#"{{{{{{"[1]"}}}}}}"#),
        (r#""{1,2}""#, "{1,2}"),
    ] {
        let row = format!("{{\"v\": {value}}}");
        assert_eq!(text("${v}", Kind::Array, &row).as_deref(), Some(expected), "{value}");
    }
}

#[test]
fn bytes_are_hexadecimal_for_bytea_and_base64_elsewhere() {
    let row = Record::try_from(Value::map([("v", Value::from(&[0xff_u8, 0x00, b'a'][..]))]));
    let row = row.unwrap();
    assert_eq!(write("${v}", Kind::Bytes, &row).unwrap().as_deref(), Some("\\xff0061"));
    assert_eq!(write("${v}", Kind::Plain, &row).unwrap().as_deref(), Some("/wBh"));
    assert_eq!(text("${v}", Kind::Bytes, r#"{"v": "\\x"}"#).as_deref(), Some("\\x5c78"));
}

#[test]
fn a_nul_character_is_told() {
    let row = record(r#"{"v": "a\u0000b", "l": ["\u0000"]}"#);
    assert_eq!(write("${v}", Kind::Plain, &row), Err(Unwritable::Nul));
    assert_eq!(write("x ${v}", Kind::Plain, &row), Err(Unwritable::Nul));
    assert_eq!(write("${l}", Kind::Array, &row), Err(Unwritable::Nul));
    assert_eq!(write("${v}", Kind::Bytes, &row).unwrap().as_deref(), Some("\\x610062"));
}

#[test]
fn a_list_that_holds_another_twice_and_so_on_ends() {
    let mut list = Value::from(vec![Value::from("0123456789")]);
    for _ in 0..40 {
        list = Value::from(vec![list.clone(), list]);
    }
    let row = Record::try_from(Value::map([("v", list)])).unwrap();
    for kind in [Kind::Plain, Kind::Array, Kind::Bytes] {
        let answer = write("${v}", kind, &row);
        assert!(matches!(answer, Err(Unwritable::TooLong(_))), "{kind:?}: {answer:?}");
    }
    assert_eq!(placeholder("${v}").path.len(), 1);
}
