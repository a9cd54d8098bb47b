//! Random bits as an argument: the shell seeds it from the system, a simulation from its seed. It
//! does not know what they are for.

/// SplitMix64: small, fast, and every seed gives its own sequence. Not for secrets.
#[derive(Clone, Debug)]
pub struct Entropy(u64);

impl Entropy {
    /// The sequence of a seed.
    #[must_use]
    pub const fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(seed: u64) -> Vec<u64> {
        let mut entropy = Entropy::from_seed(seed);
        (0..100).map(|_| entropy.next_u64()).collect()
    }

    #[test]
    fn a_seed_gives_its_own_sequence_each_time() {
        assert_eq!(sequence(7), sequence(7));
        assert_ne!(sequence(7), sequence(8));
        // The published test vector of SplitMix64.
        assert_eq!(
            sequence(1_234_567)[..2],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }
}
