//! What people see: errors, warnings and evaluation plans, as reviewed texts. It does not know why.

use crate::plan;

#[test]
fn errors_point_at_the_place_and_say_how_to_mend_it() {
    let shown: Vec<String> = ERRORS
        .iter()
        .map(|sql| match plan(sql) {
            Ok(_) => format!("{sql}\nis a rule\n"),
            Err(error) => error.render(sql, None, 0),
        })
        .collect();
    insta::assert_snapshot!("errors", shown.join("\n"));
}

#[test]
fn an_error_is_shown_where_it_stands_in_its_file() {
    let sql = "\nSELECT payload.temp AS temp\nFROM \"sensor/#\"\nWHERE payload.temp >> 30\n";
    let error = plan(sql).unwrap_err();
    insta::assert_snapshot!("error_in_file", error.render(sql, Some("rules/high-temp.toml"), 2));
    assert_eq!((error.span.line, error.span.column), (4, 20));
    assert_eq!(sql.get(error.span.start as usize..error.span.end as usize), Some(">>"));
    insta::assert_snapshot!("error_in_one_line", error.to_string());
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let padding = "payload.ä, ".repeat(200);
    let sql = format!("SELECT {padding} nope(1) AS x, {padding} qos FROM \"t\"");
    insta::assert_snapshot!("error_in_long_line", plan(&sql).unwrap_err().render(&sql, None, 0));
}

#[test]
fn warnings_say_what_was_probably_meant() {
    let shown: Vec<String> = WARNINGS
        .iter()
        .map(|sql| {
            let plan = plan(sql).unwrap();
            let warnings = plan.warnings().iter().map(|warning| warning.render(sql, None, 0));
            let warnings: Vec<String> = warnings.collect();
            if warnings.is_empty() { format!("{sql}\nis fine\n") } else { warnings.join("\n") }
        })
        .collect();
    insta::assert_snapshot!("warnings", shown.join("\n"));
}

#[test]
fn plans_explain_themselves() {
    let shown: Vec<String> =
        EXPLAINED.iter().map(|sql| format!("{sql}\n\n{}", plan(sql).unwrap().explain())).collect();
    insta::assert_snapshot!("explain", shown.join("\n----\n"));
}

#[test]
fn plans_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<crate::Plan>();
    shared::<crate::PlanError>();
}

#[test]
fn templates_are_checked_against_what_rows_have() {
    for (sql, path, expected) in [
        ("SELECT payload.x AS a.b, qos FROM \"t\"", &["a", "b"][..], true),
        ("SELECT payload.x AS a.b, qos FROM \"t\"", &["a", "b", "c"], true),
        ("SELECT payload.x AS a.b, qos FROM \"t\"", &["a"], true),
        ("SELECT payload.x AS a.b, qos FROM \"t\"", &["a", "c"], false),
        ("SELECT payload.x AS a.b, qos FROM \"t\"", &["payload"], false),
        ("SELECT payload.x FROM \"t\"", &["payload", "x"], true),
        ("SELECT 1 AS l[2].k FROM \"t\"", &["l"], true),
        ("SELECT *, 1 AS a FROM \"t\"", &["anything"], true),
        ("FOREACH payload.l AS e DO e.x AS x FROM \"t\"", &["x"], true),
        ("FOREACH payload.l AS e DO e.x AS x FROM \"t\"", &["e"], false),
        ("FOREACH payload.l AS e FROM \"t\"", &["e"], true),
    ] {
        assert_eq!(plan(sql).unwrap().output_columns().may_have(path), expected, "{sql}: {path:?}");
    }
}

const ERRORS: &[&str] = &[
    "",
    "SELEC qos FROM \"t\"",
    "SELCT qos FROM \"t\"",
    "SELECT * FORM \"t\"",
    "SELECT qos FORM \"t\"",
    "SELECT qos FROM \"t\" WHER qos > 1",
    "SELECT qos FROM \"t\" WHERE qos > 0 AN qos < 2",
    "SELECT qos FROM \"t\" WHERE qos BETWEN 0 AND 2",
    "SELECT CASE WHEN true THN 1 END FROM \"t\"",
    "FORECH payload.l FROM \"t\"",
    "FOREACH payload.l INCAS item > 1 FROM \"t\"",
    "SELECT payload.id my id FROM \"t\"",
    "SELECT FROM \"t\"",
    "SELECT qos",
    "SELECT qos, FROM \"t\"",
    "SELECT qos FROM",
    "SELECT qos FROM \"a/#/b\"",
    "SELECT qos FROM \"$bridges/mqtt:up\"",
    "SELECT qos FROM \"$share/g/t\"",
    "SELECT qos FROM \"t\";",
    "SELECT qos FROM \"t\" ORDER BY qos",
    "SELECT qos FROM \"t\" WHERE",
    "SELECT qos FROM \"t\" WHERE qos = ",
    "SELECT qos FROM \"t\" WHERE qos == 1",
    "SELECT qos FROM \"t\" WHERE qos = 1 = 2",
    "SELECT qos FROM \"t\" WHERE qos IN 1, 2",
    "SELECT qos FROM \"t\" WHERE (qos = 1",
    "SELECT qos FROM \"t\" WHERE name = 'it's'",
    "SELECT uper(topic) AS t FROM \"t\"",
    "SELECT frobnicate(topic) AS t FROM \"t\"",
    "SELECT abs() AS a FROM \"t\"",
    "SELECT substr('abc') AS a FROM \"t\"",
    "SELECT qos AS 'q' FROM \"t\"",
    "SELECT qos AS FROM \"t\"",
    "SELECT payload.* FROM \"t\"",
    "SELECT * AS all FROM \"t\"",
    "SELECT payload.a['k'] AS a FROM \"t\"",
    "SELECT payload.a[b[c]] AS a FROM \"t\"",
    "SELECT payload->a FROM \"t\"",
    "SELECT `qos` FROM \"t\"",
    "SELECT 12abc FROM \"t\"",
    "SELECT 1e999 AS x FROM \"t\"",
    "SELECT [5..1] AS x FROM \"t\"",
    "SELECT case FROM \"t\"",
    "SELECT end FROM \"t\"",
    "SELECT\n  qos,\n\tunknown_thing(1)\nFROM \"t\"",
    "FOREACH payload.l INCASE true DO item FROM \"t\"",
    "FOREACH * FROM \"t\"",
];

const WARNINGS: &[&str] = &[
    "SELECT clientid FROM \"t\" WHERE username = \"admin\"",
    "SELECT temp FROM \"t\" WHERE client_id = 'x'",
    "SELECT qos FROM \"t\" WHERE payload.x = NULL OR payload.y = TRUE",
    "SELECT payload.a[0] AS first FROM \"t\"",
    "SELECT qos FROM \"t\" WHERE topic =~ 'a/#/b'",
    "SELECT payload.x AS \"my x\" FROM \"t\" WHERE \"my x\" > 1",
    "FOREACH payload.l AS e DO e.x AS x INCASE x > 1 FROM \"t\"",
];

const EXPLAINED: &[&str] = &[
    "SELECT payload.temp AS temp, payload.device.id AS device, clientid, timestamp \
     FROM \"sensor/#\" WHERE payload.temp > 30",
    "SELECT * FROM \"#\", \"$events/client/+\"",
    "SELECT payload.temp * 9 / 5 + 32 AS f, f > 100 AS hot, upper(clientid) AS c FROM \"t\" \
     WHERE f > 50 AND NOT (qos = 0 OR topic =~ 'test/#')",
    "SELECT 1 AS a.x, 2 AS a.y, a.x + a.y AS sum, 2 * 3 AS six FROM \"t\" WHERE a.x IN (1, 2)",
    "SELECT CASE payload.k WHEN 1 THEN 'one' ELSE 'more' END AS k, payload.l[payload.i] AS x, \
     pub_props.'User-Property'.'my key' AS p, payload.l[2..-1] AS tail FROM \"t\" \
     WHERE regex_match(topic, '^a') AND qos BETWEEN 0 AND 1 AND username IS NOT NULL \
     AND clientid LIKE 'c%'",
    "FOREACH payload.site AS site, payload.sensors AS s DO site, s.name AS name, s.v * 2 AS v \
     INCASE s.v > 1 AND v < 10 FROM \"t\" WHERE site != 'test'",
];
