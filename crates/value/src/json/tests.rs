//! Tables of JSON, and a comparison with serde_json.

use crate::{Float, Map, NUMBER_BYTES_MAX, Value};

fn read(json: &str) -> Result<Value, String> {
    Value::from_json(json.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn what_is_read_is_written_back() {
    for json in [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "123456789012345678901234567890",
        "0.0",
        "-0.0",
        "1.0",
        "100.0",
        "31.5",
        "0.1",
        "123456789.012345",
        "1e-12",
        "1E-12",
        "1.50",
        "0.00001",
        "0.12345678901234567890",
        "12345678901234567890.5",
        "1e2",
        "1e300",
        r#""""#,
        r#""a text that is longer than what a value holds inline""#,
        r#""\" \\ \n \t \r \b \f \u0001 é 😀""#,
        "[]",
        "{}",
        r#"[1,[2,[]],{"a":{}}]"#,
        r#"{"b":1,"a":[null],"":2}"#,
    ] {
        assert_eq!(read(json).unwrap().to_json(), json);
    }
}

#[test]
fn blanks_and_escapes_are_understood() {
    for (json, expected) in [
        (" \t\r\n1 \n", "1"),
        ("{ \"a\" : [ 1 , 2 ] , \"b\" : { } }", r#"{"a":[1,2],"b":{}}"#),
        (r#""\/\u0041\u00e9\ud83d\ude00""#, "\"/Aé😀\""),
        (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
        (r#"{"\u0061":1,"a":2}"#, r#"{"a":2}"#),
        ("-0", "0"),
        ("1e-999999999999999999999", "1e-999999999999999999999"),
    ] {
        assert_eq!(read(json).unwrap().to_json(), expected);
    }
}

#[test]
fn floats_keep_digits_only_where_they_say_more() {
    let digits = |json: &str| match read(json) {
        Ok(Value::Float(Float { digits, .. })) => digits.map(|digits| digits.to_string()),
        other => panic!("{json}: {other:?}"),
    };
    for json in ["1.0", "0.1", "31.5", "0.0001", "123456789012.345", "1e+300", "1e-12"] {
        assert_eq!(digits(json), None, "{json}");
    }
    for json in ["1.50", "0.00001", "1e300", "1E5", "0.1000000000000000055", "1234567890123456.0"] {
        let kept = digits(json);
        assert!(kept.is_none_or(|kept| kept == json));
        assert_eq!(read(json).unwrap().to_json(), json);
    }
}

#[test]
fn errors_say_where_and_what() {
    for (json, expected) in [
        ("", "not JSON at byte 0: ends too early"),
        ("  ", "not JSON at byte 2: ends too early"),
        ("1 2", "not JSON at byte 2: text after the value"),
        ("[1,]", "not JSON at byte 3: expected a value"),
        ("[1 2]", "not JSON at byte 3: expected `,` or `]`"),
        ("{\"a\" 1}", "not JSON at byte 5: expected `:`"),
        ("{a:1}", "not JSON at byte 1: expected a key"),
        ("{\"a\":1,}", "not JSON at byte 7: expected a key"),
        ("\"abc", "not JSON at byte 4: a text without end"),
        ("\"a\nb\"", "not JSON at byte 2: a control character in a text"),
        (r#""\x""#, "not JSON at byte 2: an unknown escape"),
        (r#""\u12g4""#, "not JSON at byte 3: expected four hexadecimal digits"),
        (r#""\ud800""#, "not JSON at byte 7: half a surrogate pair"),
        (r#""\ud800\ud800""#, "not JSON at byte 13: half a surrogate pair"),
        (r#""\udc00""#, "not JSON at byte 7: half a surrogate pair"),
        ("01", "not JSON at byte 2: a number with a leading zero"),
        ("-", "not JSON at byte 1: expected a digit"),
        ("1.", "not JSON at byte 2: expected a digit"),
        (".5", "not JSON at byte 0: expected a value"),
        ("+1", "not JSON at byte 0: expected a value"),
        ("1e", "not JSON at byte 2: expected a digit"),
        ("1e999", "not JSON at byte 5: a number out of range"),
        ("-1.5e400", "not JSON at byte 8: a number out of range"),
        ("nul", "not JSON at byte 0: expected a value"),
        ("truex", "not JSON at byte 4: text after the value"),
    ] {
        assert_eq!(read(json), Err(expected.to_owned()), "{json}");
    }
    let error = Value::from_json(b"\"\xff\"").unwrap_err();
    assert_eq!(error.to_string(), "not JSON at byte 1: not UTF-8");
}

#[test]
fn nesting_and_numbers_are_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(127)).is_ok());
    assert!(read(&nested(128)).is_err());
    assert!(read(&"[".repeat(1_000_000)).is_err());
    assert!(read(&"{\"a\":".repeat(1_000_000)).is_err());
    assert!(read(&"9".repeat(NUMBER_BYTES_MAX)).is_ok());
    assert!(read(&"9".repeat(NUMBER_BYTES_MAX + 1)).is_err());
    assert!(read(&format!("0.{}", "1".repeat(NUMBER_BYTES_MAX))).is_err());
}

#[test]
fn undefined_is_left_out_of_maps_and_null_in_lists() {
    let mut map = Map::new();
    map.insert("a", Value::Undefined);
    map.insert("b", Value::from(vec![Value::Undefined, Value::Null]));
    map.insert("c", Value::Undefined);
    assert_eq!(Value::from(map).to_json(), r#"{"b":[null,null]}"#);
    assert_eq!(Value::Undefined.to_json(), "null");
}

#[test]
fn bytes_become_base64_text() {
    assert_eq!(Value::from([0xff, 0xfe, 0x00].as_slice()).to_json(), "\"//4A\"");
}

#[test]
fn computed_floats_are_the_shortest_that_read_back() {
    for float in [0.1 + 0.2, 1.0, 1e21, 5e-324, f64::MAX, -1.5e-7, 1e16, 123_456_789.0] {
        let json = Value::finite(float).unwrap().to_json();
        let Value::Float(back) = read(&json).unwrap() else { panic!("{json} is no float") };
        assert_eq!(back.value.to_bits(), float.to_bits(), "{json}");
    }
}
