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
