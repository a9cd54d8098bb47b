//! The fuzz bodies on random bytes, for `FUZZ_SECONDS` (default 1) from `FUZZ_SEED` (default 1).

use std::time::{Duration, Instant};

use super::*;

#[test]
fn random_bytes_break_nothing() {
    let mut random = Random(number("FUZZ_SEED", 1));
    let deadline = now() + Duration::from_secs(number("FUZZ_SECONDS", 1));
    let mut rounds = 0_u64;
    // A round at least, so that the test asserts something on the slowest machine too.
    while rounds == 0 || now() < deadline {
        rounds += 1;
        let bytes = random.bytes(400);
        topic_tree(&bytes);
        name_tree(&bytes);
        parse(&bytes);
        parse(&random.topic_bytes(40));
    }
}

/// Small and repeatable (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&mut self, max: u64) -> Vec<u8> {
        let count = self.next() % max;
        (0..count).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    /// Bytes from what topics are made of, so that many are valid.
    fn topic_bytes(&mut self, max: u64) -> Vec<u8> {
        let stock = b"ab//++#$\0\n";
        let mut bytes = self.bytes(max);
        for byte in &mut bytes {
            *byte = stock[usize::from(*byte) % stock.len()];
        }
        if self.next().is_multiple_of(3) {
            bytes.splice(0..0, *b"$share/");
        }
        bytes
    }
}

#[expect(clippy::disallowed_methods, reason = "a time budget for a test needs the clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a test is told its budget by who runs it")]
fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}
