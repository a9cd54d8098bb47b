//! Which known word a wrong one was probably meant to be. It does not know what the words are for.

/// The closest of `known`, when it is close enough to be a slip of the hand.
pub(crate) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    let folded = word.to_lowercase();
    let room = (word.chars().count() / 3).max(1);
    known
        .map(|candidate| {
            (strsim::damerau_levenshtein(&folded, &candidate.to_lowercase()), candidate)
        })
        .filter(|(distance, candidate)| {
            // `enabled` for `enable`, `topics` for `topic`: a longer form of the same word.
            *distance <= room || folded.starts_with(candidate) && *distance <= 2
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Longer words are no slips, and the distance is quadratic.
const WORD_BYTES_MAX: usize = 64;
