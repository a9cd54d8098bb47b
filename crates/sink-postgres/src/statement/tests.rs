//! What an action's SQL becomes.

use super::*;

fn types(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// The form for a batch, where there is one.
#[track_caller]
fn batch(sql: &str) -> Option<String> {
    let statement = Statement::parse(sql).unwrap();
    statement.for_batch(&vec!["t".to_owned(); statement.parameters().len()])
}

#[test]
fn an_insert_of_one_row_takes_a_whole_batch() {
    let sql = "INSERT INTO r(device, temp, at) VALUES (${device}, ${temp}, \
               to_timestamp(${ts}/1000.0)) ON CONFLICT (device) DO NOTHING;";
    let statement = Statement::parse(sql).unwrap();
    let types = types(&["text", "double precision", "numeric"]);
    assert_eq!(
        statement.for_batch(&types).unwrap(),
        "INSERT INTO r(device, temp, at) SELECT  (sluice_batch.p1) ,  \
         (sluice_batch.p2)::double precision , to_timestamp( (sluice_batch.p3)::numeric /1000.0) \
         FROM UNNEST($1::text[], $2::text[], $3::text[]) AS sluice_batch(p1, p2, p3) \
         ON CONFLICT (device) DO NOTHING"
    );
    assert_eq!(
        statement.for_row(&types),
        "INSERT INTO r(device, temp, at) VALUES ( ($1::text) ,  ($2::text)::double precision , \
         to_timestamp( ($3::text)::numeric /1000.0)) ON CONFLICT (device) DO NOTHING"
    );
    assert_eq!(
        statement.to_describe(),
        "INSERT INTO r(device, temp, at) VALUES ( $1 ,  $2 , to_timestamp( $3 /1000.0)) \
         ON CONFLICT (device) DO NOTHING"
    );
}

#[test]
fn the_form_for_batches_is_found_whatever_stands_around_it() {
    for sql in [
        "insert into t values (${a})",
        "INSERT INTO s.t AS x (a, b) VALUES (${a}, 'VALUES (1)') -- done",
        "INSERT INTO \"VALUES\" (a) VALUES (coalesce(${a}, 'x'))",
        "INSERT INTO t(a) OVERRIDING SYSTEM VALUE VALUES (${a})",
        "INSERT INTO t(a) VALUES ((SELECT id FROM d WHERE n = ${a}))",
        "INSERT INTO t(a) VALUES (interval '${a} s') ON CONFLICT DO NOTHING",
        "INSERT INTO t(a) VALUES (${a}, ${a}) ON CONFLICT (a) DO UPDATE SET a = EXCLUDED.a;\n",
    ] {
        assert!(batch(sql).is_some(), "{sql}");
    }
}

#[test]
fn everything_else_runs_row_by_row() {
    for sql in [
        "INSERT INTO t(a) VALUES (${a}), (${b})",
        "INSERT INTO t(a) VALUES (${a}) RETURNING a",
        "INSERT INTO t(a) VALUES (${a}) ON CONFLICT (a) DO UPDATE SET a = ${a}",
        "INSERT INTO t(a) VALUES (${a}) ON CONFLICT DO NOTHING RETURNING a",
        "INSERT INTO t(a, b) VALUES (${a}, DEFAULT)",
        "INSERT INTO t(a) VALUES (1)",
        "INSERT INTO t DEFAULT VALUES",
        "INSERT INTO t(a) SELECT ${a}",
        "INSERT INTO t(a) SELECT 1 FROM (VALUES (1)) v WHERE ${a}",
        "UPDATE t SET a = ${a} WHERE b = ${b}",
        "DELETE FROM t WHERE a = ${a}",
        "SELECT ingest(${a})",
        "WITH x AS (SELECT ${a} AS a) INSERT INTO t SELECT a FROM x",
        "CALL ingest(${a})",
    ] {
        assert_eq!(batch(sql), None, "{sql}");
    }
}

#[test]
fn more_columns_than_a_query_may_have_run_row_by_row() {
    let values = |count: usize| vec!["${a}"; count].join(", ");
    assert!(batch(&format!("INSERT INTO t VALUES ({})", values(COLUMNS_MAX))).is_some());
    assert!(batch(&format!("INSERT INTO t VALUES ({})", values(COLUMNS_MAX + 1))).is_none());
}

#[test]
fn what_no_action_can_run_is_refused() {
    for (sql, part) in [
        ("", "empty"),
        (" -- nothing\n", "empty"),
        (" ; ; ", "empty"),
        ("INSERT INTO t VALUES (${a}); DROP TABLE t", "more than one"),
        ("DROP TABLE t", "`DROP` is no statement"),
        ("BEGIN", "`BEGIN`"),
        ("COPY t FROM STDIN", "`COPY`"),
        ("${sql}", "`${…}`"),
        ("INSERT INTO ${table} VALUES (1)", "cannot be a placeholder (behind `INTO`)"),
        ("UPDATE ${table} SET a = 1", "cannot be a placeholder"),
        ("SELECT '${a}", "does not end"),
    ] {
        let error = Statement::parse(sql).unwrap_err().to_string();
        assert!(error.contains(part), "{sql}: {error}");
    }
}

#[test]
fn depth_and_length_cost_no_stack() {
    let deep = 100_000;
    let sql = format!("INSERT INTO t VALUES ({}${{a}}{})", "(".repeat(deep), ")".repeat(deep));
    let unbalanced = format!("INSERT INTO t VALUES {}${{a}}", "(".repeat(deep));
    for sql in [&sql, &unbalanced, "INSERT INTO t)) VALUES (${a})"] {
        let refused = Statement::parse(sql).unwrap_err();
        assert!(matches!(refused, StatementError::Syntax(_)), "{refused}");
    }
}
