//! The PostgreSQL destination against a real server: what arrives, what a refusal leads to, and
//! what becomes of rows while the server is away. Knows no router.

use std::error::Error;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use sluice_event::MessageId;
use sluice_rule::{Action, ConnectorKind, PostgresConnector, Row, RuleFile, Unresolved};
use sluice_sink::{Connector, Remedy, Sink, WriteError, Written};
use sluice_value::{Record, Value};
use tokio::runtime::{Builder, Runtime};

use crate::harness::{Database, Postgres, now};

/// A connector's link within a runtime.
struct Link {
    runtime: Runtime,
    connector: Arc<dyn Connector>,
}

impl Link {
    #[track_caller]
    fn open(url: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let mut connector = parse("").connectors.remove(0);
        connector.kind = ConnectorKind::Postgres(PostgresConnector {
            url: Unresolved::new(url),
            pool_size: NonZeroU16::new(2),
            connect_timeout: Some(Duration::from_secs(2)),
            request_timeout: Some(Duration::from_secs(2)),
        });
        let connector = {
            let _within = runtime.enter();
            let resolve = |text: &Unresolved| Ok(text.expose().to_owned());
            (sluice_sink_postgres::TYPE.build)(&connector, &resolve).unwrap()
        };
        Self { runtime, connector }
    }

    #[track_caller]
    fn sink(&self, sql: &str) -> Arc<dyn Sink> {
        self.connector.open(&action(sql)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn write(&self, sink: &dyn Sink, rows: &[&str]) -> Result<Written, WriteError> {
        let rows: Vec<_> = rows.iter().map(|row| make_row(row)).collect();
        self.runtime.block_on(sink.write(&rows))
    }

    /// Writes rows that must all be taken.
    #[track_caller]
    fn write_all(&self, sink: &dyn Sink, rows: &[&str]) {
        let written = self.write(sink, rows).unwrap_or_else(|error| panic!("{}", chain(&error)));
        assert!(matches!(written, Written::All), "{written:?}");
    }

    /// Writes rows that must fail; tells what helps, and why.
    #[track_caller]
    fn fail(&self, sink: &dyn Sink, rows: &[&str]) -> (Remedy, String) {
        let error = self.write(sink, rows).expect_err("the rows were taken");
        (error.remedy, chain(&error))
    }

    fn check(&self, sink: &dyn Sink) -> Result<(), (Remedy, String)> {
        self.runtime.block_on(sink.check()).map_err(|error| (error.remedy, chain(&error)))
    }

    fn check_connector(&self) -> Result<(), String> {
        self.runtime.block_on(self.connector.check()).map_err(|error| chain(&error))
    }
}

fn action(sql: &str) -> Action {
    parse(sql).rules.remove(0).actions[0].clone()
}

fn parse(sql: &str) -> RuleFile {
    let text = format!(
        "[connectors.warehouse]\ntype = \"postgres\"\nurl = \"postgres://x\"\n\n\
         [rules.r]\nsql = 'SELECT * FROM \"t\"'\n[[rules.r.actions]]\ntype = \"postgres\"\n\
         connector = \"warehouse\"\nsql = '''{sql}'''\n"
    );
    RuleFile::parse("r.toml", &text).unwrap_or_else(|errors| panic!("{errors}"))
}

fn make_row(json: &str) -> Arc<Row> {
    make_row_of(Value::from_json(json.as_bytes()).unwrap())
}

fn make_row_of(value: Value) -> Arc<Row> {
    Arc::new(Row {
        rule: "r".parse().unwrap(),
        rule_version: 1,
        message: MessageId(1),
        index: 0,
        order_key: 0,
        values: Record::try_from(value).unwrap(),
        bytes: 100,
    })
}

/// An error and its causes, as a log line has them.
fn chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        told = format!("{told}: {cause}");
        next = cause.source();
    }
    told
}

fn database() -> Database {
    Postgres::shared().database()
}

/// Rows written at once, one by one, and by a statement that runs row by row: the same must arrive.
#[track_caller]
fn check_all_ways(columns: &str, values: &str, rows: &[&str], expected: &[&str]) {
    let database = database();
    let link = Link::open(database.url());
    let names: Vec<&str> = columns.split(", ").map(|c| c.split(' ').next().unwrap()).collect();
    let names = names.join(", ");
    for (way, tail) in [("batch", ""), ("single", ""), ("each", " RETURNING 1")] {
        let table = format!("t_{way}");
        database.execute(&format!("CREATE TABLE {table} (place serial, {columns})"));
        let sink = link.sink(&format!("INSERT INTO {table}({names}) VALUES ({values}){tail}"));
        link.check(&*sink).unwrap();
        match way {
            "single" => rows.iter().for_each(|row| link.write_all(&*sink, &[row])),
            _ => link.write_all(&*sink, rows),
        }
        let found = database.rows(&format!("SELECT {names} FROM {table} ORDER BY place"));
        assert_eq!(found, expected, "{way}");
    }
}

/// The answer of a prepared statement changes its form: whoever runs it in the middle of a
/// transaction cannot go on there.
#[test]
fn a_column_more_costs_no_row() {
    let database = database();
    database.execute("CREATE TABLE t (n int)");
    let link = Link::open(database.url());
    let sink = link.sink("INSERT INTO t(n) VALUES (${n}) RETURNING *");
    link.write_all(&*sink, &[r#"{"n": 1}"#, r#"{"n": 2}"#]);
    database.execute("ALTER TABLE t ADD COLUMN at timestamptz DEFAULT now()");
    let batch = [r#"{"n": 3}"#, r#"{"n": 4}"#];
    // However often it takes until each connection of the pool has learned of it.
    let refusals = std::iter::from_fn(|| link.write(&*sink, &batch).err());
    for error in refusals {
        assert_eq!(error.remedy, Remedy::Retry, "{}", chain(&error));
    }
    assert_eq!(database.rows("SELECT n FROM t ORDER BY n"), ["1", "2", "3", "4"]);
}

#[test]
fn values_arrive_as_the_types_of_their_columns() {
    check_all_ways(
        "i int, d float8, e numeric, j jsonb, t timestamptz, b bool, s text, v varchar(5)",
        "${i}, ${d}, ${e}, ${j}, to_timestamp(${ts}/1000.0), ${b}, ${s}, ${s2}",
        &[
            r#"{"i": 7, "d": 31.5, "e": 12345678901234567890123, "j": {"a": [1, 2.50]},
                "ts": 1700000000123, "b": true, "s": "it's; DROP TABLE t --", "s2": "abcde"}"#,
            r#"{"i": 31.0, "d": 1e-12, "e": 0.12345678901234567890123, "j": "[1]",
                "ts": 0, "b": 0, "s": 5, "s2": null}"#,
            r#"{"i": null, "s": {"a": "ä"}, "j": 5}"#,
        ],
        &[
            "7|31.5|12345678901234567890123|{\"a\": [1, 2.50]}|2023-11-14 22:13:20.123+00|t|\
             it's; DROP TABLE t --|abcde",
            "31|1e-12|0.12345678901234567890123|[1]|1970-01-01 00:00:00+00|f|5|NULL",
            "NULL|NULL|NULL|5|NULL|NULL|{\"a\":\"ä\"}|NULL",
        ],
    );
}

#[test]
fn arrays_bytes_enums_and_domains_arrive() {
    let database = database();
    database.execute("CREATE TYPE mood AS ENUM ('calm', 'hot')");
    database.execute("CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100)");
    database.execute(
        "CREATE TABLE t (a int[], s text[], y bytea, m mood, p percent, u uuid, bits bit(3), \
         c char(3), ip inet)",
    );
    let link = Link::open(database.url());
    let sink = link
        .sink("INSERT INTO t VALUES (${a}, ${s}, ${y}, ${m}, ${p}, ${u}, ${bits}, ${c}, '${ip}')");
    let row = r#"{"a": [1, null, 3], "s": ["x\"y", "NULL", ""], "y": "a\\b", "m": "hot", "p": 7.0,
        "u": "00000000-0000-0000-0000-00000000000a", "bits": "101", "c": "ab", "ip": "10.0.0.1"}"#;
    link.write_all(&*sink, &[row, row]);
    assert_eq!(
        database.rows("SELECT DISTINCT * FROM t"),
        [concat!(
            r#"{1,NULL,3}|{"x\"y","NULL",""}|\x615c62|hot|7|"#,
            "00000000-0000-0000-0000-00000000000a|101|ab |10.0.0.1"
        )]
    );
    let (remedy, told) = link.fail(&*sink, &[r#"{"p": 101}"#]);
    assert_eq!(remedy, Remedy::Poison, "{told}");
}

#[test]
fn bytes_that_are_no_text_are_base64_in_text_columns() {
    let database = database();
    database.execute("CREATE TABLE t (s text, y bytea)");
    let link = Link::open(database.url());
    let sink = link.sink("INSERT INTO t VALUES (${p}, ${p})");
    let row = make_row_of(Value::map([("p", Value::from(&[0xff_u8, 0, 1][..]))]));
    link.runtime.block_on(sink.write(&[row])).unwrap();
    assert_eq!(database.rows("SELECT * FROM t"), [r"/wAB|\xff0001"]);
}

#[test]
fn nothing_in_a_row_becomes_sql() {
    let attack = r#"{"a": "'); DROP TABLE t_batch; --", "b": "${a}' || '$1"}"#;
    check_all_ways(
        "a text, b text, c text, d text",
        "${a}, '${b}', 'x ''${a}'' ${b}', lower(${a} || 'Z')",
        &[attack],
        &["'); DROP TABLE t_batch; --|${a}' || '$1|x ''); DROP TABLE t_batch; --' ${a}' || '$1|\
           '); drop table t_batch; --z"],
    );
}

#[test]
fn literals_around_placeholders_take_the_type_of_their_place() {
    check_all_ways(
        "j jsonb, d date, i interval, n text",
        "'{\"temp\": ${temp}}', '2026-${month}-01', interval '${s} seconds', 'a-${missing}'",
        &[r#"{"temp": 31.50, "month": "02", "s": 90}"#],
        &["{\"temp\": 31.50}|2026-02-01|00:01:30|NULL"],
    );
}

#[test]
fn statements_other_than_insert_run_in_order() {
    let database = database();
    database.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
    database.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
    let link = Link::open(database.url());
    let update = link.sink("UPDATE t SET v = v || ${v} WHERE id = ${id}");
    link.write_all(
        &*update,
        &[r#"{"id": 1, "v": "x"}"#, r#"{"id": 1, "v": "y"}"#, r#"{"id": 2, "v": "z"}"#],
    );
    let delete = link.sink("DELETE FROM t WHERE id = ${id};");
    link.write_all(&*delete, &[r#"{"id": 3}"#]);
    let with = link.sink("WITH x AS (SELECT ${v}::text AS v) INSERT INTO t SELECT 9, v FROM x");
    link.write_all(&*with, &[r#"{"v": "w"}"#]);
    assert_eq!(database.rows("SELECT * FROM t ORDER BY id"), ["1|axy", "2|bz", "9|w"]);
    // All or none: the second row is refused, the first is not kept.
    let (remedy, told) =
        link.fail(&*update, &[r#"{"id": 2, "v": "!"}"#, r#"{"id": "two", "v": "!"}"#]);
    assert_eq!(remedy, Remedy::Poison, "{told}");
    assert_eq!(database.rows("SELECT v FROM t WHERE id = 2"), ["bz"]);
}

#[test]
fn a_row_that_comes_twice_in_a_batch_is_upserted_twice() {
    let database = database();
    database.execute("CREATE TABLE t (id text PRIMARY KEY, n int, seen int DEFAULT 1)");
    let link = Link::open(database.url());
    let sink = link.sink(
        "INSERT INTO t(id, n) VALUES (${id}, ${n}) \
         ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n, seen = t.seen + 1",
    );
    let rows = [
        r#"{"id": "a", "n": 1}"#,
        r#"{"id": "b", "n": 2}"#,
        r#"{"id": "a", "n": 3}"#,
        r#"{"id": "a", "n": 4}"#,
    ];
    link.write_all(&*sink, &rows);
    assert_eq!(database.rows("SELECT * FROM t ORDER BY id"), ["a|4|3", "b|2|1"]);
    link.write_all(&*sink, &rows[..2]);
    assert_eq!(database.rows("SELECT * FROM t ORDER BY id"), ["a|1|4", "b|2|2"]);
}

#[test]
fn a_refused_row_is_poison_and_the_connection_goes_on() {
    let database = database();
    database.execute("CREATE TABLE t (id int PRIMARY KEY, d float8 NOT NULL CHECK (d < 100))");
    let link = Link::open(database.url());
    let sink = link.sink("INSERT INTO t VALUES (${id}, ${d})");
    link.write_all(&*sink, &[r#"{"id": 1, "d": 1}"#]);
    for (row, part) in [
        (r#"{"id": 1, "d": 2}"#, "23505"),
        (r#"{"id": 2}"#, "23502"),
        (r#"{"id": 3, "d": 100}"#, "23514"),
        (r#"{"id": 4, "d": "hot"}"#, "22P02"),
        (r#"{"id": 5000000000, "d": 1}"#, "22003"),
    ] {
        for rows in [&[row][..], &[r#"{"id": 10, "d": 1}"#, row][..]] {
            let (remedy, told) = link.fail(&*sink, rows);
            assert_eq!(remedy, Remedy::Poison, "{told}");
            assert!(told.contains("to postgres warehouse") && told.contains(part), "{told}");
        }
    }
    // A row that has no form for the server does not hold up the others.
    let written = link.write(&*sink, &[r#"{"id": 6, "d": "\u0000"}"#, r#"{"id": 7, "d": 7}"#]);
    let Ok(Written::Each(answers)) = written else { panic!("{written:?}") };
    assert_eq!(answers[0].as_ref().unwrap_err().remedy, Remedy::Poison);
    assert!(answers[1].is_ok());
    assert_eq!(database.rows("SELECT id FROM t ORDER BY id"), ["1", "7"]);
    assert_eq!(sessions(&database), 1, "one connection for all of it");
}

/// Connections to this database, but for the one that asks.
fn sessions(database: &Database) -> i64 {
    database.number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'sluice'",
    )
}

#[test]
fn a_table_that_is_gone_halts_until_it_is_back() {
    let database = database();
    let link = Link::open(database.url());
    let sink = link.sink("INSERT INTO t(a) VALUES (${a})");
    let (remedy, told) = link.check(&*sink).unwrap_err();
    assert_eq!(remedy, Remedy::Halt);
    assert!(told.contains("relation \"t\" does not exist (42P01)"), "{told}");
    assert_eq!(link.fail(&*sink, &["{}"]).0, Remedy::Halt);
    database.execute("CREATE TABLE t (a int)");
    link.check(&*sink).unwrap();
    link.write_all(&*sink, &[r#"{"a": 1}"#]);
    database.execute("DROP TABLE t");
    assert_eq!(link.fail(&*sink, &[r#"{"a": 2}"#]).0, Remedy::Halt);
    // Back with another type: the statement is asked about again.
    database.execute("CREATE TABLE t (a text)");
    link.write_all(&*sink, &[r#"{"a": "three"}"#]);
    database.execute("ALTER TABLE t ALTER a TYPE int USING 0");
    link.write_all(&*sink, &[r#"{"a": 4}"#, r#"{"a": 5.0}"#]);
    database.execute("ALTER TABLE t ALTER a TYPE text");
    link.write_all(&*sink, &[r#"{"a": "six"}"#]);
    assert_eq!(database.rows("SELECT a FROM t"), ["0", "4", "5", "six"]);
}

#[test]
fn a_login_that_is_refused_halts_and_never_shows_the_password() {
    let postgres = Postgres::alone();
    let database = postgres.database();
    database.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'");
    database.execute("CREATE TABLE t (a int); GRANT INSERT ON t TO guarded");
    let wrong = Link::open(&database.url_for("guarded:swordfish"));
    let sink = wrong.sink("INSERT INTO t VALUES (${a})");
    let (remedy, told) = wrong.fail(&*sink, &["{}"]);
    assert_eq!(remedy, Remedy::Halt, "{told}");
    assert!(told.contains("28P01") && !told.contains("swordfish"), "{told}");
    let told = wrong.check_connector().unwrap_err();
    assert!(told.contains("28P01") && !told.contains("swordfish"), "{told}");
    let right = Link::open(&database.url_for("guarded:right"));
    right.check_connector().unwrap();
    let sink = right.sink("INSERT INTO t VALUES (${a})");
    right.write_all(&*sink, &[r#"{"a": 1}"#]);
    let forbidden = right.sink("DELETE FROM t WHERE a = ${a}");
    let (remedy, told) = right.fail(&*forbidden, &[r#"{"a": 1}"#]);
    assert_eq!(remedy, Remedy::Halt, "{told}");
}

#[test]
fn a_server_that_is_killed_or_frozen_is_waited_for() {
    let mut postgres = Postgres::alone();
    let database = postgres.database();
    database.execute("CREATE TABLE t (a int)");
    let link = Link::open(database.url());
    let sink = link.sink("INSERT INTO t VALUES (${a})");
    link.write_all(&*sink, &[r#"{"a": 1}"#]);

    postgres.kill();
    let started = now();
    for _ in 0..3 {
        assert_eq!(link.fail(&*sink, &[r#"{"a": 2}"#]).0, Remedy::Retry);
        assert!(link.check_connector().is_err());
    }
    assert!(started.elapsed() < Duration::from_secs(1), "a refused connection is told at once");
    postgres.start_again();
    link.write_all(&*sink, &[r#"{"a": 2}"#]);

    postgres.freeze();
    let started = now();
    let (remedy, told) = link.fail(&*sink, &[r#"{"a": 3}"#]);
    assert_eq!(remedy, Remedy::Retry);
    assert!(told.contains("no answer within 2s"), "{told}");
    assert!(link.check_connector().is_err());
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    postgres.thaw();
    link.write_all(&*sink, &[r#"{"a": 4}"#]);
    // The frozen server may have taken the row when it went on.
    database.wait_rows("SELECT DISTINCT a FROM t WHERE a <> 3 ORDER BY a", |rows| {
        rows == ["1", "2", "4"]
    });
}

#[test]
fn a_statement_that_waits_for_a_lock_ends_at_the_server_too() {
    let database = database();
    database.execute("CREATE TABLE t (a int)");
    let link = Link::open(database.url());
    let sink = link.sink("INSERT INTO t VALUES (${a})");
    link.check(&*sink).unwrap();
    let locked = database.hold("LOCK TABLE t");
    for _ in 0..2 {
        assert_eq!(link.fail(&*sink, &[r#"{"a": 1}"#]).0, Remedy::Retry);
    }
    database.wait_rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND wait_event_type = 'Lock'",
        |rows| rows == ["0"],
    );
    drop(locked);
    link.write_all(&*sink, &[r#"{"a": 2}"#]);
    assert_eq!(database.rows("SELECT a FROM t"), ["2"]);
}

#[test]
fn what_can_never_work_is_refused_when_it_is_opened() {
    let link = Link::open("postgres://nobody@127.0.0.1:1/x");
    for (sql, part) in [
        ("INSERT INTO t VALUES (${a}); DELETE FROM t", "more than one statement"),
        ("DROP TABLE t", "`DROP` is no statement"),
        ("INSERT INTO ${t} VALUES (1)", "table cannot be a placeholder"),
        ("SELECT \"${a}\"", "in a name in double quotes"),
        ("", "empty"),
    ] {
        let error = link.connector.open(&action(sql)).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("sql: ") && error.contains(part), "{sql}: {error}");
    }
}

#[test]
fn a_large_batch_arrives_whole_and_in_order() {
    let database = database();
    database.execute("CREATE TABLE t (n serial, a int, s text)");
    let link = Link::open(database.url());
    let sink = link.sink("INSERT INTO t(a, s) VALUES (${a}, ${s})");
    let text = "x".repeat(1000);
    let rows: Vec<_> =
        (0..5000).map(|a| make_row(&format!(r#"{{"a": {a}, "s": "{text}"}}"#))).collect();
    link.runtime.block_on(sink.write(&rows)).unwrap();
    assert_eq!(
        database.rows("SELECT count(*), sum(length(s)), bool_and(a = n - 1) FROM t"),
        ["5000|5000000|t"]
    );
}
