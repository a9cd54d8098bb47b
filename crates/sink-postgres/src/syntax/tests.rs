//! What is taken and what is refused, and the words for it.

use super::*;

#[test]
fn what_postgresql_takes_is_taken() {
    for sql in [
        "INSERT INTO t VALUES ( $1 , $2 )",
        "INSERT INTO s.t AS x (a, \"B\") VALUES ( CAST($1 AS interval) , DEFAULT)",
        "INSERT INTO t(a) OVERRIDING SYSTEM VALUE VALUES ($1)",
        "INSERT INTO t(a) VALUES ($1) ON CONFLICT DO NOTHING",
        "INSERT INTO t(a) VALUES ($1) ON CONFLICT ON CONSTRAINT k DO NOTHING",
        "INSERT INTO t(a, b) VALUES ($1, $2) ON CONFLICT (a) WHERE b > 0 DO UPDATE \
         SET b = EXCLUDED.b, c = now() WHERE t.at < EXCLUDED.at RETURNING *",
        "INSERT INTO t(a) VALUES ($1) ON CONFLICT (lower(a), (b || 'x') COLLATE \"C\") DO NOTHING",
        "INSERT INTO t(a) SELECT x FROM unnest($1::text[]) WITH ORDINALITY AS u(x, n)",
        "INSERT INTO t SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(a int, b text)",
        "INSERT INTO t SELECT * FROM jsonb_populate_recordset(null::t, $1::jsonb)",
        "INSERT INTO t(a) VALUES ($1::jsonb -> 'a' ->> 0), ($2::jsonb #>> '{a,b}')",
        "INSERT INTO t(a) VALUES ('[1,2)'::int4range @> $1::int, $2::jsonb ? 'k')",
        "INSERT INTO t(a) VALUES (to_timestamp($1/1000.0) AT TIME ZONE 'UTC')",
        "INSERT INTO t(a) VALUES (E'a\\n', $$x$$, $q$y$q$, B'101', X'1F', U&'\\0041')",
        "INSERT INTO t(a) VALUES (ARRAY[1,2]::int[], ROW($1, 2)::pair, ($2::pair).x, (a)[1:2])",
        "INSERT INTO t(a) VALUES (make_interval(secs => $1), INTERVAL '1' DAY, 1.5e-3, .5)",
        "INSERT INTO t(a) VALUES ($1 IS NOT DISTINCT FROM NULL, $2 COLLATE \"C\" ~* 'x')",
        "INSERT INTO t(a) VALUES ($1 OPERATOR(pg_catalog.+) 1, $2 ^ 2, |/ 4, @ -5, 5 % 2)",
        "INSERT INTO t(a) VALUES (ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography)",
        "INSERT INTO t(a) VALUES (CASE WHEN $1 > 0 THEN 'a' ELSE NULL END, EXTRACT(epoch FROM \
         now()))",
        "INSERT INTO t(a) VALUES (nextval('s'), current_timestamp(3), CURRENT_DATE, LOCALTIME)",
        "INSERT INTO t(a) VALUES (position('a' in $1), substring($1 from 2 for 3), trim(both \
         from $1))",
        "INSERT INTO t(a) VALUES (overlay($1 placing 'x' from 1), $1 SIMILAR TO '%x', $2 ILIKE \
         ANY(ARRAY['a']))",
        "INSERT INTO t(a) VALUES (time '10:00', date '2020-01-01', timestamptz '2020-01-01 \
         00:00+00', bool 'yes')",
        "INSERT INTO t(a) VALUES (json_build_object('a', $1::text), \
         jsonb_path_query_first($1::jsonb, '$.a'))",
        "INSERT INTO t DEFAULT VALUES",
        "UPDATE t SET (a, b) = ($1, $2) WHERE id = $3",
        "UPDATE ONLY t AS x SET a = $1, b = 2 FROM d WHERE x.id = d.id AND d.n = $2 RETURNING x.a",
        "DELETE FROM t USING d WHERE t.id = d.id AND d.at < now() - interval '1 day'",
        "MERGE INTO t USING (SELECT $1::int AS id, $2::text AS n) AS s ON t.id = s.id \
         WHEN MATCHED AND t.n <> s.n THEN UPDATE SET n = s.n \
         WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n)",
        "WITH d AS (INSERT INTO devices(name) VALUES ($1) ON CONFLICT (name) DO UPDATE \
         SET name = EXCLUDED.name RETURNING id) INSERT INTO r(device, temp) SELECT id, $2 FROM d",
        "WITH RECURSIVE x AS MATERIALIZED (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) \
         DELETE FROM t USING x",
        "SELECT store($1, $2::jsonb)",
        "SELECT pg_notify('c', $1), f(VARIADIC ARRAY[$2])",
        "SELECT count(*) FILTER (WHERE a > $1) OVER (PARTITION BY b ORDER BY c) FROM t, LATERAL \
         f(t.a) l",
        "SELECT * FROM t TABLESAMPLE system (1) FOR UPDATE SKIP LOCKED",
        "CALL record($1, $2)",
        "CALL s.record(a => $1)",
    ] {
        assert_eq!(check(sql), Ok(()), "{sql}");
    }
}

#[test]
fn what_is_no_sql_is_refused_with_the_place() {
    let long = format!("SELECT {}", "1+".repeat(4000));
    for (sql, wanted) in [
        (
            "INSERT INTO t(a VALUES ( $1 )",
            "Expected: ), found: VALUES, in line 1 between `INSERT INTO t(a` and `VALUES ( $1 )`",
        ),
        ("INSERT INTO", "Expected: identifier, found: EOF, at the end"),
        ("INSERT INTO t(a) VALUES", "Expected: (, found: EOF, at the end"),
        ("UPDATE t\nSET a $1", "Expected: =, found: $1, in line 2 between `SET a` and `$1`"),
        ("SELECT 1 )", "the statement should end here, in line 1 between `SELECT 1` and `)`"),
        ("DELETE t WHERE a = $1", "Expected: FROM, found: WHERE, in line 1 between `DELETE t`"),
        ("SELECT 'a", "Unterminated string literal, in line 1"),
        (&long, "more than 8000 words"),
        (&"SELECT (".repeat(200), "nested too deeply"),
    ] {
        let told = check(sql).unwrap_err().to_string();
        assert!(told.contains(wanted), "{sql}: {told}");
    }
}

/// The longest chain of operators that is read, on a stack as small as a thread may have.
#[test]
fn a_long_chain_does_not_overflow_the_stack() {
    let thread = std::thread::Builder::new().stack_size(1024 * 1024);
    let sql = format!("SELECT 1{}", "+1".repeat(TOKENS_MAX / 2 - 2));
    thread.spawn(move || assert_eq!(check(&sql), Ok(()))).unwrap().join().unwrap();
}
