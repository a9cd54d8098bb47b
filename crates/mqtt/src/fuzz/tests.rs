//! The fuzz bodies on mutated packets, from a fixed seed. `FUZZ_SECONDS` sets how long.

use std::time::{Duration, Instant};

use super::*;
use crate::packet::tests::{VERSIONS, framed, samples};

#[test]
fn mutated_packets_keep_every_promise() {
    let corpus: Vec<Vec<u8>> = VERSIONS.into_iter().flat_map(samples).collect();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for_some_time(|| packets(&mutated(&corpus, &mut dice)));
}

#[test]
fn mutated_properties_keep_every_promise() {
    let corpus: Vec<Vec<u8>> = samples(Version::V5)
        .iter()
        .filter_map(|wire| {
            let frame = Frame::cut(wire, u32::MAX).unwrap().unwrap();
            let packet = Packet::decode(&frame, Version::V5).unwrap();
            Some(properties_of(&packet).as_bytes().to_vec()).filter(|bytes| !bytes.is_empty())
        })
        .collect();
    assert!(corpus.len() > 5);
    let mut dice = Dice(0xD1B5_4A32_D192_ED03);
    for_some_time(|| {
        let mut bytes = pick(&corpus, &mut dice).clone();
        mutate(&mut bytes, &corpus, &mut dice);
        properties(&bytes);
    });
}

#[expect(clippy::disallowed_methods, reason = "a time budget; the inputs depend on the seed alone")]
fn for_some_time(mut body: impl FnMut()) {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(1));
    while Instant::now() < end {
        for _ in 0..64 {
            body();
        }
    }
}

/// One to three packets, most of them wrong somewhere.
fn mutated(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut stream = Vec::new();
    for _ in 0..=dice.below(3) {
        let wire = pick(corpus, dice);
        let mut body = Frame::cut(wire, u32::MAX).unwrap().unwrap().body.to_vec();
        for _ in 0..dice.below(4) {
            mutate(&mut body, corpus, dice);
        }
        let header = if dice.below(8) == 0 { dice.byte() } else { wire[0] };
        // A length that fits the body lets the mutation through to the packet's own fields.
        let mut packet = framed(header, &body);
        if dice.below(4) == 0 {
            mutate(&mut packet, corpus, dice);
        }
        stream.extend(packet);
    }
    stream
}

fn mutate(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    match dice.below(7) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, dice.byte()),
        2 if at < bytes.len() => drop(bytes.remove(at)),
        3 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
        4 if at < bytes.len() => bytes[at] = [0, 1, 2, 0x7F, 0x80, 0xC0, 0xED, 0xFF][dice.below(8)],
        5 => {
            let part = bytes[at..(at + dice.below(16)).min(bytes.len())].to_vec();
            bytes.splice(at..at, part);
        }
        _ => {
            let other = pick(corpus, dice);
            let from = dice.below(other.len());
            bytes.splice(at.., other[from..].iter().copied());
        }
    }
}

fn pick<'c>(corpus: &'c [Vec<u8>], dice: &mut Dice) -> &'c Vec<u8> {
    &corpus[dice.below(corpus.len())]
}

/// A small generator: the run is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }
}
