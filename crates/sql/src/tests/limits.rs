//! Rules that are hostile or huge: they end in an error or work, and never overflow a stack. It
//! does not know why.

use std::thread;

use crate::evaluate::Evaluation;
use crate::tests::event::{TestEvent, evaluate};
use crate::{SQL_BYTES_MAX, plan};

/// Half of what the threads of the broker have.
const STACK_BYTES: usize = 1024 * 1024;

#[test]
fn deep_nesting_is_refused() {
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("abs(", "1", ")"),
        ("- ", "1", ""),
        ("-", "", ""),
        ("NOT (", "true", ")"),
        ("CASE WHEN true THEN ", "1", " END"),
        ("CASE ", "1", " WHEN 1 THEN 1 END"),
        ("CASE WHEN ", "true", " THEN 1 END"),
        ("1 + (", "1", ")"),
        ("x IN (", "1", ")"),
        ("payload.a[", "1", "]"),
        ("(", "", ""),
        ("[", "", ""),
        ("a.b[", "", ""),
        ("CASE ", "", ""),
        ("NOT ", "", ""),
    ] {
        let times = (SQL_BYTES_MAX - 100) / (open.len() + close.len());
        let expression = open.repeat(times) + middle + &close.repeat(times);
        let message = refusal(format!("SELECT {expression} AS x FROM \"t\""));
        let is_expected = ["nested deeper", "expected", "an index is a name"]
            .iter()
            .any(|part| message.contains(part));
        assert!(is_expected || open == "-", "{open}…: {message}");
    }
}

#[test]
fn reasonable_nesting_is_fine() {
    let nested = "(".repeat(30)
        + "abs("
        + &"[".repeat(10)
        + "1"
        + &"]".repeat(10)
        + "[1])"
        + &")".repeat(30);
    assert!(plan(&format!("SELECT {nested} AS x FROM \"t\"")).is_ok());
}

#[test]
fn long_chains_are_no_nesting() {
    for (operand, operator) in [
        ("1", " + "),
        ("1", " - "),
        ("1", " * "),
        ("qos", "+"),
        ("'x'", " || "),
        ("true", " AND "),
        ("qos = 2", " OR "),
        ("qos", " div "),
    ] {
        let times = (SQL_BYTES_MAX - 100) / (operand.len() + operator.len());
        let expression = vec![operand; times].join(operator);
        passes(format!("SELECT {expression} AS x FROM \"t\""));
    }
    let nots = "NOT ".repeat((SQL_BYTES_MAX - 100) / 4);
    passes(format!("SELECT {nots} true AS x FROM \"t\""));
    let items = vec!["1"; (SQL_BYTES_MAX - 100) / 2].join(",");
    passes(format!("SELECT [{items}] AS x, qos IN ({}) AS y FROM \"t\"", "1,".repeat(9) + "2"));
    let whens = "WHEN 1 THEN 2 ".repeat((SQL_BYTES_MAX - 100) / 14);
    passes(format!("SELECT CASE qos {whens} END AS x FROM \"t\""));
}

#[test]
fn a_chain_that_ends_in_an_error_is_dropped_without_harm() {
    let chain = "1+".repeat(SQL_BYTES_MAX / 2 - 50);
    assert!(refusal(format!("SELECT {chain} FROM \"t\"")).contains("expected an expression"));
}

#[test]
fn aliases_of_aliases_make_no_depth() {
    let mut fields = vec!["payload.x AS a0".to_owned()];
    fields.extend((1..900).map(|n| format!("a{} + 1 AS a{n}", n - 1)));
    let sql = format!("SELECT {} FROM \"t\" WHERE a899 > 0", fields.join(", "));
    passes(sql);
}

#[test]
fn values_wrapped_again_and_again_are_refused() {
    let path = vec!["b"; 100].join(".");
    let mut fields = vec![format!("1 AS a0.{path}")];
    fields.extend((1..100).map(|n| format!("a{} AS a{n}.{path}", n - 1)));
    let message = refusal(format!("SELECT {} FROM \"t\"", fields.join(", ")));
    assert!(message.contains("nested deeper"), "{message}");

    let mut fields = vec!["1 AS a0".to_owned()];
    let (open, close) = ("[".repeat(40), "]".repeat(40));
    fields.extend((1..400).map(|n| format!("{open}a{}{close} AS a{n}", n - 1)));
    let message = refusal(format!("SELECT {} FROM \"t\"", fields.join(", ")));
    assert!(message.contains("nested deeper"), "{message}");
}

#[test]
fn the_deepest_values_are_written_and_dropped() {
    let path = vec!["b"; 100].join(".");
    let mut fields = vec![format!("payload AS p, p.x AS a0.{path}")];
    fields.extend((1..3).map(|n| format!("a{} AS a{n}.{path}", n - 1)));
    passes(format!("SELECT {} FROM \"t\"", fields.join(", ")));
}

#[test]
fn too_many_fields_are_refused() {
    let fields = vec!["qos"; 1001].join(",");
    assert!(refusal(format!("SELECT {fields} FROM \"t\"")).contains("more than 1000 fields"));
}

#[test]
fn too_long_a_text_is_refused() {
    let sql = format!("SELECT qos FROM \"t\" --{}", "x".repeat(SQL_BYTES_MAX));
    assert!(refusal(sql).contains("at most 65536 bytes"));
}

#[test]
fn text_does_not_grow_without_limit() {
    let doubled: Vec<String> = (1..60).map(|n| format!("a{0} + a{0} AS a{n}", n - 1)).collect();
    let sql = format!("SELECT 'x' AS a0, {} FROM \"t\"", doubled.join(", "));
    let plan = plan(&sql).unwrap();
    let event = TestEvent::from_json("{}").unwrap();
    assert!(evaluate(&plan, &event).unwrap_err().contains("too large"));
}

#[test]
fn rows_do_not_multiply_a_message_without_limit() {
    let list = vec!["1"; 9_000].join(",");
    let padding = "x".repeat(200_000);
    let event = format!(r#"{{"payload": {{"l": [{list}], "p": "{padding}", "j": "[1,2,3]"}}}}"#);
    let event = TestEvent::from_json(&event).unwrap();
    for (field, is_fine) in [
        ("payload AS p", true),
        ("*", true),
        ("payload.p AS p", true),
        ("payload.j[2] AS j", true),
        ("payload + 'x' AS p", false),
        ("concat(payload, 'x') AS p", false),
        ("json_decode(payload).p AS p", false),
        ("split(payload, ',') AS p", false),
        ("payload.l[1..9000] AS p", false),
        ("username.a AS p, payload.l[-1] AS q", true),
    ] {
        let sql = format!("FOREACH payload.l AS e DO e, {field} FROM \"t\"");
        let mut evaluation = Evaluation { unix_nanos: 0, entropy: &mut || 0 };
        let mut rows = Vec::new();
        let outcome = plan(&sql).unwrap().evaluate(&event, &mut evaluation, &mut rows);
        match outcome {
            Ok(_) => assert!(is_fine && rows.len() == 9_000, "{field}"),
            Err(error) => {
                assert!(!is_fine && error.message.contains("MiB"), "{field}: {error}");
                assert!(rows.is_empty());
            }
        }
    }
}

#[test]
fn a_short_rule_makes_no_large_plan() {
    let ranges = vec!["[1..65536]"; 900].join(",");
    let pads = vec!["pad('x', 1000000)"; 900].join(",");
    for fields in [ranges, pads] {
        let started = plan(&format!("SELECT {fields} FROM \"t\"")).unwrap();
        // What is not folded is left to the evaluation, which has a limit of its own.
        let event = TestEvent::from_json("{}").unwrap();
        assert!(evaluate(&started, &event).unwrap_err().contains("MiB"));
    }
}

#[test]
fn names_in_messages_are_short() {
    let name = "n".repeat(60_000);
    assert!(refusal(format!("SELECT {name}(1) FROM \"t\"")).len() < 200);
    assert!(refusal(format!("SELECT 1 FROM \"t\" {name}")).len() < 200);
    let sql = format!("SELECT {name} FROM \"t\"");
    let plan = plan(&sql).unwrap();
    let warning = plan.warnings()[0].render(&sql, None, 0);
    assert!(warning.len() < 2_000, "{warning}");
}

#[test]
fn a_long_pattern_is_an_error() {
    let sql = "SELECT 1 AS x FROM \"t\" WHERE topic LIKE payload.p";
    let pattern = "%a".repeat(600);
    let event = TestEvent::from_json(&format!(r#"{{"payload": {{"p": "{pattern}"}}}}"#)).unwrap();
    assert!(evaluate(&plan(sql).unwrap(), &event).unwrap_err().contains("1000 bytes"));
}

/// Why `sql` is no rule, found on a small stack.
fn refusal(sql: String) -> String {
    small(move || plan(&sql).map(drop).unwrap_err().to_string())
}

/// Plans, explains and evaluates `sql` on a small stack.
fn passes(sql: String) {
    small(move || {
        let plan = plan(&sql).unwrap_or_else(|error| panic!("{}", error.render(&sql, None, 0)));
        assert!(plan.explain().starts_with("from\n"));
        let event = TestEvent::from_json(r#"{"payload": {"x": 1}}"#).unwrap();
        // An error is fine, too: some chains divide by more than there is.
        match evaluate(&plan, &event) {
            Ok(rows) => assert!(rows.is_some()),
            Err(message) => assert!(message.contains("SELECT"), "{message}"),
        }
    });
}

fn small<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let builder = thread::Builder::new().stack_size(STACK_BYTES);
    builder.spawn(run).unwrap().join().unwrap()
}
