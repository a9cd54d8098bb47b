//! Seeded fuzzing of the rule file parser; `FUZZ_SECONDS` makes it run longer.

use std::time::{Duration, Instant};

use super::{parse_json_bodies, parse_rule_file};

#[test]
fn no_text_makes_the_rule_file_parser_panic() {
    fuzz(CORPUS, parse_rule_file);
}

#[test]
fn no_body_makes_the_readers_panic_and_what_is_read_is_written_the_same() {
    JSON_CORPUS.iter().for_each(|body| parse_json_bodies(body.as_bytes()));
    fuzz(JSON_CORPUS, parse_json_bodies);
}

#[expect(clippy::disallowed_methods, reason = "a test may know how long it runs")]
fn fuzz(corpus: &[&str], body: fn(&[u8])) {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|it| it.parse().ok()).unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut random = Random(0x51_1CE);
    let mut rounds = 0_u64;
    while Instant::now() < end {
        body(&mutated(corpus, &mut random));
        rounds += 1;
    }
    assert!(rounds > 0, "nothing was tried");
}

/// A corpus file with pieces changed, repeated, cut and taken from other files.
fn mutated(corpus: &[&str], random: &mut Random) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].as_bytes().to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            2 => {
                let token = TOKENS[random.below(TOKENS.len())];
                bytes.splice(at..at, token.bytes());
            }
            3 => {
                let other = corpus[random.below(corpus.len())].as_bytes();
                let from = random.below(other.len());
                let to = (from + random.below(80)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = b' ' + u8::try_from(random.below(95)).expect("below 95");
                }
            }
        }
    }
    bytes
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).expect("below a usize")
    }
}

const CORPUS: &[&str] = &[
    include_str!("../../../../rules/high-temp.toml"),
    include_str!("../../../../rules/region-routing.toml"),
    include_str!("../../../../rules/failed-steps.toml"),
    include_str!("../../../../rules/celsius.toml"),
    include_str!("../../../../rules/presence.toml"),
    include_str!("../../tests/errors/wrong_types.toml"),
    include_str!("../../tests/errors/sql_places.toml"),
    include_str!("../../tests/errors/words.toml"),
    include_str!("../../tests/errors/test_cases.toml"),
    include_str!("../../tests/errors/connectors.toml"),
    include_str!("../../tests/warnings/templates.toml"),
];

const JSON_CORPUS: &[&str] = &[
    include_str!("../../tests/json/action_http.json"),
    include_str!("../../tests/json/action_kafka.json"),
    include_str!("../../tests/json/action_pgsql.json"),
    include_str!("../../tests/json/action_wrong.json"),
    include_str!("../../tests/json/connector_http.json"),
    include_str!("../../tests/json/connector_kafka.json"),
    include_str!("../../tests/json/connector_pgsql.json"),
    include_str!("../../tests/json/connector_wrong.json"),
    include_str!("../../tests/json/rule_emqx_export.json"),
    include_str!("../../tests/json/rule_templates.json"),
    include_str!("../../tests/json/rule_tests.json"),
];

const TOKENS: &[&str] = &[
    "'''",
    "\"\"\"",
    "'",
    "\"",
    "\\",
    "\\u00e9",
    "\\U0001F600",
    "\r\n",
    "é",
    "😀",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    "#",
    "${",
    "}",
    "${a.b}",
    "${$}{",
    "${.",
    ":-",
    ":",
    ",",
    "null",
    "******",
    "1e300",
    "inf",
    "nan",
    "1e400",
    "0x",
    "true",
    "1979-05-27T07:32:00Z",
    "99999999999999999999999",
    "-0",
    "\u{0}",
    "\t",
];
