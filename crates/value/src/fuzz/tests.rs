//! The fuzz bodies on mutated samples, for `FUZZ_SECONDS` (default 1) from `FUZZ_SEED` (default 1).

use std::time::{Duration, Instant};

use super::*;

#[test]
fn json_holds_on_mutated_samples() {
    run(json, JSON_SAMPLES);
}

#[test]
fn templates_hold_on_mutated_samples() {
    run(template, TEMPLATE_SAMPLES);
}

fn run(body: fn(&[u8]), samples: &[&str]) {
    let deadline = now() + Duration::from_secs(number("FUZZ_SECONDS", 1));
    let seed = number("FUZZ_SEED", 1);
    let mut random = Random(seed);
    for sample in samples {
        body(sample.as_bytes());
    }
    while now() < deadline {
        for _ in 0..100 {
            let input = random.mutate(samples);
            let outcome = std::panic::catch_unwind(|| body(&input));
            assert!(outcome.is_ok(), "FUZZ_SEED={seed} fails on {}", input.escape_ascii());
        }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound.max(1)).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap()
    }

    fn mutate(&mut self, samples: &[&str]) -> Vec<u8> {
        let mut input = samples[self.below(samples.len())].as_bytes().to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(input.len() + 1);
            let piece = samples[self.below(samples.len())].as_bytes();
            let from = self.below(piece.len());
            let to = from + self.below(piece.len() - from + 1);
            match self.below(5) {
                0 => drop(input.drain(at..input.len().min(at + self.below(4)))),
                1 => drop(input.splice(at..at, piece[from..to].iter().copied())),
                2 => input.truncate(at),
                3 => input.insert(at, BYTES[self.below(BYTES.len())]),
                _ => {
                    if let Some(byte) = input.get_mut(at) {
                        *byte = u8::try_from(self.below(256)).unwrap();
                    }
                }
            }
        }
        input
    }
}

#[expect(clippy::disallowed_methods, reason = "a time budget for a test needs the clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a test is told its budget by who runs it")]
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

const BYTES: &[u8] = b"{}[]\",:\\0123456789-+.eEu \n\t\x00\x1f\x7f\xc3\xed\xff$_";

const JSON_SAMPLES: &[&str] = &[
    r#"{"temp": 31.5, "device": {"id": "d4", "tags": ["a", "b"]}, "ok": true, "none": null}"#,
    r#"[0, -1, 9223372036854775807, 9223372036854775808, -9223372036854775809, 1e5, 1.50, 0.1]"#,
    r#"[1e-12, 1E400, 123456789012345678901234567890, 0.00001, 5e-324, 1.7976931348623157e308]"#,
    r#""\" \\ \/ \b \f \n \r \t \u0041 \ud83d\ude00 é 😀 a text beyond what is inline""#,
    r#"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":0,"k":1,"l":2,"m":3,"n":4,"o":5,
        "p":6,"q":7,"r":8,"a":9}"#,
    "[[[[[[[[[[[[[[[[{\"a\":[{}]}]]]]]]]]]]]]]]]]",
    "123456789012345678",
    "-0.0",
];

const TEMPLATE_SAMPLES: &[&str] = &[
    "alerts/${device}",
    "${a.b} ${.a.c} ${} ${.} ${$}{x} $$ ${c:-none} ${c:-}",
    "${a[1]} ${ a } ${k-d} ${é} ${${a}} ${a:-${b}} ${",
    r#"{"temp": ${temp}, "at": ${timestamp}}"#,
];
