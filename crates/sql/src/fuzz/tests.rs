//! The fuzz bodies on mutated rules and random bytes, for `FUZZ_SECONDS` (default 1) from
//! `FUZZ_SEED` (default 1).

use std::time::{Duration, Instant};

use super::{conditions_agree, plan_never_panics};

#[test]
fn mutated_rules_never_panic() {
    let corpus: Vec<&[u8]> = CORPUS.iter().map(|sql| sql.as_bytes()).collect();
    for sql in &corpus {
        assert!(crate::plan(str::from_utf8(sql).unwrap()).is_ok(), "{sql:?}");
        plan_never_panics(sql);
    }
    run(|random| plan_never_panics(&mutated(&corpus, random)));
}

#[test]
fn conditions_agree_with_values_and_literals_with_reads() {
    run(|random| {
        let length = random.below(80);
        let bytes: Vec<u8> = (0..length).map(|_| random.byte()).collect();
        conditions_agree(&bytes);
    });
}

/// A rule with a few bytes, words or stretches changed, doubled, lost or taken from another one.
fn mutated(corpus: &[&[u8]], random: &mut Random) -> Vec<u8> {
    let mut sql = corpus[random.below(corpus.len())].to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(sql.len() + 1);
        let end = (at + random.below(12)).min(sql.len());
        match random.below(6) {
            0 => drop(sql.splice(at..end, [])),
            1 => drop(sql.splice(at..at, TOKENS[random.below(TOKENS.len())].bytes())),
            2 => drop(sql.splice(at..end, TOKENS[random.below(TOKENS.len())].bytes())),
            3 => {
                let copy = sql[at..end].to_vec();
                let times = if random.below(20) == 0 { 200 } else { 2 };
                let place = random.below(sql.len() + 1);
                drop(sql.splice(place..place, copy.repeat(times)));
            }
            4 => {
                let other = corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                let until = (from + random.below(40)).min(other.len());
                drop(sql.splice(at..at, other[from..until].iter().copied()));
            }
            _ => sql.insert(at, random.byte()),
        }
    }
    sql
}

#[expect(clippy::disallowed_methods, reason = "the budget is wall clock time")]
fn run(mut body: impl FnMut(&mut Random)) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let deadline = Instant::now() + Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(1));
    let mut random = Random(number("FUZZ_SEED").unwrap_or(1));
    let mut runs = 0;
    while Instant::now() < deadline || runs < 100 {
        body(&mut random);
        runs += 1;
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.next() & 0xff).unwrap()
    }
}

const CORPUS: &[&str] = &[
    "SELECT * FROM \"t/#\"",
    "SELECT payload.temp AS temp, payload.device.id AS device, clientid FROM \"sensor/#\" \
     WHERE payload.temp > 30",
    "SELECT payload.x.y[3].z a, payload.x.y[-1], 1 AS p.q[0].r, p.q[1] \
     FROM 'a/+', b, \"$events/#\"",
    "SELECT payload, 1 AS payload.x, payload.y, *, qos AS q, q + 1 AS r FROM \"t\" \
     WHERE r > 1 OR q = 1",
    "SELECT CASE WHEN payload.b THEN 'x' ELSE [1, 2.5, .5, 1e3] END AS c, \
     CASE qos WHEN 1 THEN 2 END FROM \"t\" -- comment",
    "SELECT abs(-1) + 2 * (3 - 4) / 5 div 6 mod 7 % 8 || 'it''s' AS a /* c */ FROM \"t\" \
     WHERE NOT (a = 1 AND qos IN (1, 2) OR topic =~ '$SYS/+/#')",
    "SELECT payload.l[payload.i1] AS a, payload.l[i1], l[1..2], [1..5][2] FROM \"t\" \
     WHERE payload.t LIKE '%e!_' ESCAPE '!' AND payload.i7 BETWEEN 1 AND 9 \
     AND payload.q IS NOT NULL",
    "FOREACH payload.x.y AS e DO e, e.z AS z, z + 1 AS u, * \
     INCASE u > 1 AND e IS NOT NULL FROM \"t\" WHERE clientid != 'x'",
    "FOREACH json_decode(payload) AS p, p.l AS item FROM \"$events/client/connected\"",
    "SELECT json_decode(payload).x.y[1..2] AS a, map_put('a.b', 1, map_new()).a.b AS b FROM \"t\"",
    "SELECT regex_match(topic, '^s.*') AS m, split(topic, '/')[1] AS s, concat(topic, 'x') AS c, \
     format_date('second', '+08:00', '%Y-%m-%d', 1) AS d FROM \"t\"",
    "select pub_props.'User-Property'.region, \"k d\" as \"x y\", payload.'k-d'.1.2 from t_1$x",
];

const TOKENS: &[&str] = &[
    " ",
    "\n",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "..",
    "*",
    "+",
    "-",
    "/",
    "%",
    "||",
    "=",
    "!=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "=~",
    "'",
    "\"",
    "''",
    "--",
    "/*",
    "*/",
    ";",
    "0",
    "1",
    "-1",
    "-0",
    "1e9",
    "1.",
    ".5",
    "99999999999999999999",
    " AND ",
    " OR ",
    " NOT ",
    " IN ",
    " LIKE ",
    " BETWEEN ",
    " IS NULL",
    " AS ",
    " CASE ",
    " WHEN ",
    " THEN ",
    " ELSE ",
    " END ",
    "SELECT ",
    "FOREACH ",
    " DO ",
    " INCASE ",
    " FROM ",
    " WHERE ",
    " div ",
    " mod ",
    "true",
    "null",
    "payload",
    "payload.x.y",
    "topic",
    "item",
    "abs(",
    "é",
    "\u{0}",
    "\t",
    "\r",
    "\\",
    "`",
    "$",
    "#",
    "a[i]",
    "x'00'",
    "E'\\n'",
    " ESCAPE ",
];
