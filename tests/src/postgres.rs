//! From a publish to a row: rules of a running server that write to a real PostgreSQL, also while
//! it is away, and the tables that `sluice migrate` makes there.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    Database, Load, Outcome, PATIENCE, Postgres, RawClient, Rest, Server, Setup, now, sluice,
};

/// A rule file with a connector `warehouse` to `database` and a rule `r` over `select`.
fn rule(database: &Database, select: &str, insert: &str, keys: &str) -> String {
    format!(
        "[connectors.warehouse]\ntype = \"postgres\"\nurl = \"{}\"\n\n\
         [rules.r]\nsql = '''{select}'''\n\n\
         [[rules.r.actions]]\ntype = \"postgres\"\nconnector = \"warehouse\"\n\
         sql = '''{insert}'''\n{keys}\n",
        database.url()
    )
}

fn start(rules: &str) -> Server {
    Setup::default().rules("postgres.toml", rules).start()
}

/// The counts of the rule's action, once they are as wanted.
#[track_caller]
fn wait_counts(rest: &Rest, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = now() + PATIENCE;
    loop {
        let answer = rest.expect(200, "GET", "/actions/postgres:r.postgres/metrics", None);
        let counts = &answer["metrics"];
        if wanted(counts) {
            return counts.clone();
        }
        assert!(now() < deadline, "{counts}");
        std::thread::yield_now();
    }
}

#[test]
fn a_publish_becomes_a_row() {
    let database = Postgres::shared().database();
    database.execute("CREATE TABLE readings (device text, temp float8, at timestamptz, raw jsonb)");
    let server = start(&rule(
        &database,
        "SELECT payload.temp AS temp, payload.device.id AS device, payload.at AS at, payload \
         FROM \"sensor/#\" WHERE payload.temp > 30",
        "INSERT INTO readings(device, temp, at, raw)\n\
         VALUES (${device}, ${temp}, to_timestamp(${at}/1000.0), ${payload})",
        "",
    ));
    let mut sensor = RawClient::open_5(server.mqtt, "sensor");
    for temperature in ["29.5", "31.50"] {
        let payload =
            format!(r#"{{"temp":{temperature},"device":{{"id":"d'4"}},"at":1700000000123}}"#);
        sensor.publish_acknowledged("sensor/4", &payload);
    }
    let rows = database.wait_rows("SELECT * FROM readings", |rows| !rows.is_empty());
    assert_eq!(
        rows,
        [concat!(
            "d'4|31.5|2023-11-14 22:13:20.123+00|",
            r#"{"at": 1700000000123, "temp": 31.50, "device": {"id": "d'4"}}"#
        )]
    );
}

#[test]
fn a_row_that_is_refused_is_set_aside_and_the_others_arrive() {
    let database = Postgres::shared().database();
    database.execute("CREATE TABLE t (n int PRIMARY KEY, at timestamptz DEFAULT now())");
    let server = start(&rule(
        &database,
        "SELECT payload.n AS n FROM \"in\"",
        "INSERT INTO t(n) VALUES (${n})",
        // All of them in one batch.
        "batch = {linger = \"300ms\"}",
    ));
    let rest = Rest::log_in(&server);
    let mut client = RawClient::open_5(server.mqtt, "client");
    let numbers = (0..100).map(|n| n.to_string());
    let bad = ["\"hot\"", "7", "5000000000", "null"].map(str::to_owned);
    for n in numbers.clone().take(50).chain(bad).chain(numbers.skip(50)) {
        client.publish_acknowledged("in", &format!(r#"{{"n": {n}}}"#));
    }
    let counts = wait_counts(&rest, |counts| counts["success"] == 100 && counts["failed"] == 4);
    assert_eq!((&counts["matched"], &counts["queuing"]), (&json!(104), &json!(0)), "{counts}");
    assert_eq!(database.rows("SELECT count(*), min(n), max(n) FROM t"), ["100|0|99"]);
    let line = server.process().wait_for("22P02");
    assert!(line.contains("r.postgres"), "{line}");
}

#[test]
fn a_table_that_is_made_later_gets_all_rows() {
    let database = Postgres::shared().database();
    let server = start(&rule(
        &database,
        "SELECT payload.n AS n FROM \"in\"",
        "INSERT INTO late(n) VALUES (${n})",
        "",
    ));
    let mut client = RawClient::open_5(server.mqtt, "client");
    for n in 0..10 {
        client.publish_acknowledged("in", &format!(r#"{{"n": {n}}}"#));
    }
    server.process().wait_for("relation \"late\" does not exist");
    database.execute("CREATE TABLE late (n int)");
    let rows = database.wait_rows("SELECT n FROM late", |rows| rows.len() == 10);
    assert_eq!(rows, (0..10).map(|n| n.to_string()).collect::<Vec<_>>(), "in order");
}

#[test]
fn a_postgresql_that_is_killed_frozen_and_started_again_under_load_loses_nothing() {
    let mut postgres = Postgres::alone();
    let database = postgres.database();
    database.execute("CREATE TABLE numbers (n int)");
    let rule = rule(
        &database,
        "SELECT payload.n AS n FROM \"numbers\"",
        "INSERT INTO numbers VALUES (${n})",
        // As much as comes while PostgreSQL is away: nobody has to wait.
        "buffer = {rows_max = 10_000_000, bytes_max = \"2GiB\"}",
    );
    let impatient = "request_timeout = \"2s\"\nconnect_timeout = \"2s\"\n\n[rules.r]";
    let server = start(&rule.replace("[rules.r]", impatient));
    let load = Load::start(server.mqtt, "numbers");
    load.wait(5_000);
    postgres.kill();
    let published = load.wait(10_000);
    postgres.start_again();
    wait_for_first(&database, published);
    postgres.freeze();
    // Longer than a batch may take, so that one comes back and goes out again.
    let started = now();
    let mut published = 0;
    while started.elapsed() < Duration::from_secs(5) {
        published = load.wait(1_000);
    }
    postgres.thaw();
    wait_for_first(&database, published);
    let (published, slowest) = load.end();
    wait_for_first(&database, published);
    assert!(slowest < Duration::from_secs(1), "a bystander waited {slowest:?}");
}

/// Waits for the numbers below `count`. Each is there at least once: a batch whose time ran out may
/// have been written all the same.
#[track_caller]
fn wait_for_first(database: &Database, count: usize) {
    let wanted = count.to_string();
    let sql = format!("SELECT count(DISTINCT n) FROM numbers WHERE n < {count}");
    database.wait_rows(&sql, |rows| rows == [&*wanted]);
}

/// Runs `sluice migrate` against `url`.
fn migrate(url: &str) -> Outcome {
    sluice(&std::env::temp_dir(), &["migrate", "--url", url], "")
}

#[test]
fn migrations_are_applied_once() {
    let database = Postgres::shared().database();
    let first = migrate(database.url()).expect_code(0);
    assert_eq!(first.stdout, "0001 cursor: applied\n");
    let again = migrate(database.url()).expect_code(0);
    assert_eq!(again.stdout, "0001 cursor: already there\n");
    database.execute(
        "INSERT INTO sluice_cursor(log, action, lane, position) \
         VALUES (gen_random_uuid(), 'r.postgres', 0, 7)",
    );
    assert_eq!(
        database.rows("SELECT action, lane, position FROM sluice_cursor"),
        ["r.postgres|0|7"]
    );
}

#[test]
fn a_database_that_cannot_be_migrated_is_told_without_the_password() {
    let database = Postgres::shared().database();
    let missing = database.url().replace("sluice_test", "no_such");
    for (url, part) in [
        ("mysql://u:swordfish@h/d".to_owned(), "begins with postgres://"),
        ("postgres://u:swordfish@127.0.0.1:1/d".to_owned(), "could not connect to 127.0.0.1:1/d"),
        (missing, "does not exist (3D000)"),
    ] {
        let outcome = migrate(&url).expect_code(1);
        assert!(outcome.stderr.contains(part), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("swordfish") && outcome.stdout.is_empty());
    }
    sluice(&std::env::temp_dir(), &["migrate"], "").expect_code(2);
    // Not a word of what another program made of a table of ours.
    database.execute("CREATE TABLE sluice_cursor (mine int)");
    let outcome = migrate(database.url()).expect_code(1);
    assert!(outcome.stderr.contains("migration 1: "), "{}", outcome.stderr);
    assert_eq!(database.rows("SELECT count(*) FROM sluice_migrations"), ["0"]);
}
