//! Finds functions by name. It does not know what they compute.

use crate::functions::Function;
use crate::functions::{
    bits, convert, encode, format, list, map, maths, message, other, pattern, search, text, time,
    types,
};

/// Every function, by family.
pub const FAMILIES: &[&[Function]] = &[
    message::FUNCTIONS,
    maths::FUNCTIONS,
    bits::FUNCTIONS,
    convert::FUNCTIONS,
    types::FUNCTIONS,
    text::FUNCTIONS,
    search::FUNCTIONS,
    pattern::FUNCTIONS,
    format::FUNCTIONS,
    list::FUNCTIONS,
    map::FUNCTIONS,
    encode::FUNCTIONS,
    time::FUNCTIONS,
    other::FUNCTIONS,
];

/// The function of that exact name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// The name that someone who wrote `name` most likely meant.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let scored = all().map(|function| (strsim::jaro_winkler(&lower, function.name), function.name));
    let best = scored.max_by(|(left, _), (right, _)| left.total_cmp(right));
    best.filter(|(score, _)| *score >= ALIKE_MIN).map(|(_, name)| name)
}

fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

// Found by trial: `uper` and `to_upper` find `upper`, `frobnicate` finds nothing.
const ALIKE_MIN: f64 = 0.75;
