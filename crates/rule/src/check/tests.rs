//! Test cases of rules in, differences out.

use super::*;
use crate::RuleFile;

/// The difference of the one case, empty when it came true.
fn difference(case: &str) -> String {
    let text = format!(
        "[rules.r]\nsql = '''\nSELECT payload.a AS a, payload.b AS b, \
         now_timestamp('millisecond') AS now\nFROM \"t/#\" WHERE payload.a > 1'''\n\
         [[rules.r.test]]\n{case}\n"
    );
    let file = RuleFile::parse("case.toml", &text).unwrap_or_else(|errors| panic!("{errors}"));
    let reports = check_rule_tests(&file.rules[0]);
    assert_eq!((reports.len(), reports[0].number), (1, 1));
    reports[0].difference.clone().unwrap_or_default()
}

#[test]
fn cases_come_true() {
    for case in [
        r#"given = { topic = "t/1", payload = '{"a": 2, "b": {"c": [1, "x"]}}' }
           expect = { a = 2, b = { c = [1, "x"] } }"#,
        r#"given = { topic = "t/1", payload = '{"a": 2.0}' }
           expect = { a = 2 }"#,
        r#"given = { topic = "t/1", payload = '{"a": 2.1}' }
           expect = [{ a = 2.1 }]"#,
        r#"given = { topic = "t/1", payload = '{"a": 2}', timestamp = 5000 }
           expect = { now = 5000 }"#,
        r#"given = { topic = "t/1", payload = '{"a": 1}' }
           expect = []"#,
        r#"given = { topic = "u", payload = 'not read' }
           expect = []"#,
        r#"given = { topic = "t/1", payload = 'not JSON' }
           expect_error = "JSON""#,
        r#"given = { topic = "t/1", payload = 'not JSON' }
           expect_error = """#,
    ] {
        assert_eq!(difference(case), "", "{case}");
    }
}

#[test]
fn differences_say_what_was_expected_and_what_came() {
    let cases = [
        r#"given = { topic = "t/1", payload = '{"a": 2, "b": "x"}', timestamp = 5000 }
           expect = { a = 3, b = "x", c = true }"#,
        r#"given = { topic = "t/1", payload = '{"a": 2, "b": {"c": 1, "d": 2}}', timestamp = 5000 }
           expect = { b = { c = 1 } }"#,
        r#"given = { topic = "t/1", payload = '{"a": 2}', timestamp = 5000 }
           expect = []"#,
        r#"given = { topic = "u", payload = '{"a": 2}' }
           expect = { a = 2 }"#,
        r#"given = { topic = "t/1", payload = 'not JSON' }
           expect = { a = 2 }"#,
        r#"given = { topic = "t/1", payload = '{"a": 2}', timestamp = 5000 }
           expect_error = "JSON""#,
        r#"given = { topic = "t/1", payload = 'not JSON' }
           expect_error = "division""#,
        r#"given = { topic = "t/1", payload = '{"a": 1}', clinetid = "c", other = 1 }
           expect = { a = 1 }"#,
        r#"given = { payload = '{"a": 2}' }
           expect = { a = 2 }"#,
    ];
    let shown: Vec<String> =
        cases.iter().map(|case| format!("{case}\n->\n{}", difference(case))).collect();
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn a_row_without_end_is_shown_in_part() {
    let doubled: String = (1..60).map(|n| format!(", [a{0}, a{0}] AS a{n}", n - 1)).collect();
    let text = format!(
        "[rules.r]\nsql = '''SELECT [1] AS a0{doubled} FROM \"t\"'''\n\
         [[rules.r.test]]\ngiven = {{ topic = 't' }}\nexpect = []\n\
         [[rules.r.test]]\ngiven = {{ topic = 't' }}\nexpect = {{ a59 = 1 }}\n"
    );
    let file = RuleFile::parse("endless.toml", &text).unwrap_or_else(|errors| panic!("{errors}"));
    for report in check_rule_tests(&file.rules[0]) {
        let difference = report.difference.expect("it differs");
        assert!(difference.contains("[[1],[1]]") && difference.contains('…'), "{difference}");
        assert!(difference.len() < 2000, "{}", difference.len());
    }
}
