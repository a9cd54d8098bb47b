//! Tables of templates.

use super::*;

fn render(template: &str, row: &str) -> String {
    let template = Template::parse(template).unwrap();
    let mut out = Vec::new();
    template.render(&Value::from_json(row.as_bytes()).unwrap(), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn placeholders_are_replaced() {
    let row = concat!(
        r#"{"a":{"b":[1,"x"],"_c9":null},"n":0.30000000000000004,"t":"text","#,
        r#""big":123456789012345678901234}"#
    );
    for (template, expected) in [
        ("", ""),
        ("plain", "plain"),
        ("${t}", "text"),
        ("${.t}", "text"),
        ("<${t}/${n}>", "<text/0.3>"),
        ("${a.b}", r#"[1,"x"]"#),
        ("${a._c9}", "null"),
        ("${big}", "123456789012345678901234"),
        ("${missing} ${a.missing} ${t.x} ${a.b.x}", "undefined undefined undefined undefined"),
        ("${missing:-none}", "none"),
        ("${missing:-}|${a._c9:-a b:-c}", "|a b:-c"),
        ("${t:-none}", "text"),
        ("${$}{t}", "${t}"),
        ("$${t}", "$text"),
        ("${$}", "$"),
    ] {
        assert_eq!(render(template, row), expected, "{template}");
    }
}

#[test]
fn the_whole_row_is_json() {
    for template in ["${}", "${.}"] {
        assert_eq!(render(template, r#"{"a": 1.50, "b": [null]}"#), r#"{"a":1.50,"b":[null]}"#);
    }
}

#[test]
fn what_is_no_placeholder_is_text() {
    for text in ["${a[1]}", "${k-d}", "${ a }", "${a", "$", "${", "$a", "}", "${a b}", "${a:b}"] {
        assert_eq!(Template::parse(text).unwrap().as_literal(), Some(text));
    }
    assert_eq!(render("${a[${t}]}", r#"{"t":1}"#), "${a[1]}");
}

#[test]
fn json_text_is_decoded_once_on_the_way() {
    let row = r#"{"payload":"{\"x\":{\"y\":1,\"s\":\"{\\\"z\\\":2}\"}}"}"#;
    assert_eq!(render("${payload.x.y}", row), "1");
    assert_eq!(render("${payload.x.s}", row), r#"{"z":2}"#);
    assert_eq!(render("${payload.x.s.z}", row), "undefined");
}

#[test]
fn bytes_that_are_no_utf8_are_rendered_as_they_are() {
    let row = Value::map([("a", Value::from([0xff, 0x00].as_slice()))]);
    let mut out = Vec::new();
    Template::parse("${a}").unwrap().render(&row, &mut out);
    assert_eq!(out, [0xff, 0x00]);
    out.clear();
    Template::parse("${}").unwrap().render(&row, &mut out);
    assert_eq!(out, br#"{"a":"/wA="}"#);
}

#[test]
fn a_single_placeholder_gives_its_value() {
    let row = Value::from_json(br#"{"a":{"b":true}}"#).unwrap();
    let lookup = |template: &str| Template::parse(template).unwrap().lookup(&row);
    assert_eq!(lookup("${a.b}"), Some(Value::Bool(true)));
    assert_eq!(lookup("${a.c}"), Some(Value::Undefined));
    assert_eq!(lookup("${a.c:-x}"), Some(Value::from("x")));
    assert_eq!(lookup("${}"), Some(row.clone()));
    assert_eq!(lookup("${a.b} "), None);
    assert_eq!(lookup("a"), None);
}

#[test]
fn a_sink_sees_pieces_and_paths() {
    let template = Template::parse("INSERT (${a.b}, ${c:-0})").unwrap();
    let literal = |text: &str| Segment::Literal(text.into());
    let [first, Segment::Placeholder(_), comma, Segment::Placeholder(_), last] =
        template.segments()
    else {
        panic!("{template:?}")
    };
    assert_eq!((first, comma, last), (&literal("INSERT ("), &literal(", "), &literal(")")));
    let paths: Vec<String> = template.paths().map(|path| path.join(".")).collect();
    assert_eq!(paths, ["a.b", "c"]);
    assert_eq!(template.as_literal(), None);
}

#[test]
fn limits_are_errors() {
    let long = "x".repeat(TEMPLATE_BYTES_MAX + 1);
    assert_eq!(Template::parse(&long), Err(TemplateError::TooLong));
    let many = "${a}".repeat(PLACEHOLDERS_MAX + 1);
    assert_eq!(Template::parse(&many), Err(TemplateError::TooManyPlaceholders));
}

#[test]
fn a_text_without_end_is_cut_off() {
    let mut doubled = Value::from(vec![Value::Null]);
    for _ in 0..60 {
        doubled = Value::from(vec![doubled.clone(), doubled]);
    }
    let row = Value::from([("a", doubled)].into_iter().collect::<crate::Map>());
    for text in ["${a}", "${}", "x${a}${a}", &"x".repeat(1001), &"${b}".repeat(112)] {
        let mut out = Vec::new();
        let outcome = Template::parse(text).unwrap().render_within(1000, &row, &mut out);
        assert_eq!(outcome, Err(TooLong { bytes_max: 1000 }), "{text}");
        assert!(out.len() < 1100, "{text}");
    }
    let mut out = Vec::new();
    assert_eq!(Template::parse("${b}").unwrap().render_within(9, &row, &mut out), Ok(()));
}
