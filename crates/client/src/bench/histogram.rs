//! Counts of durations in buckets that grow with the value. It does not know what was measured.

/// Buckets of a power of two; the error of a percentile is at most one part in this.
const SUB_BUCKETS: u64 = 64;
/// Powers of two above the exact range: up to 2^40 ns, 18 minutes.
const OCTAVES: u64 = 34;

/// How often each duration was seen, to within 1.6 %. Its size is fixed: 18 KiB.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    count: u64,
    max: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        let len = usize::try_from(SUB_BUCKETS * (OCTAVES + 1)).unwrap_or(0);
        Self { counts: vec![0; len], count: 0, max: 0 }
    }

    /// What is longer than the last bucket counts into it.
    pub(crate) fn record(&mut self, nanos: u64) {
        let last = self.counts.len() - 1;
        if let Some(count) = self.counts.get_mut(bucket_of(nanos).min(last)) {
            *count += 1;
        }
        self.count += 1;
        self.max = self.max.max(nanos);
    }

    pub(crate) fn clear(&mut self) {
        self.counts.fill(0);
        self.count = 0;
        self.max = 0;
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn max(&self) -> u64 {
        self.max
    }

    /// The upper edge of the bucket that holds the `per_mille`th thousandth; 0 when nothing was
    /// recorded.
    pub(crate) fn quantile(&self, per_mille: u64) -> u64 {
        let rank = (self.count * per_mille).div_ceil(1000).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank && self.count > 0 {
                return upper_edge(bucket).min(self.max);
            }
        }
        0
    }
}

/// Values below `SUB_BUCKETS` have a bucket each; above, every octave has as many.
fn bucket_of(nanos: u64) -> usize {
    let octave = u64::from((nanos | (SUB_BUCKETS - 1)).ilog2() + 1 - SUB_BUCKETS.ilog2());
    let bucket = if octave == 0 {
        nanos
    } else {
        // The leading bit is known from the octave: the bits behind it choose the bucket.
        SUB_BUCKETS * octave + ((nanos >> (octave - 1)) - SUB_BUCKETS)
    };
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

fn upper_edge(bucket: usize) -> u64 {
    let bucket = u64::try_from(bucket).unwrap_or(u64::MAX);
    match bucket / SUB_BUCKETS {
        0 => bucket,
        octave => ((SUB_BUCKETS + bucket % SUB_BUCKETS + 1) << (octave - 1)) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_one_part_in_sixty_four() {
        let mut histogram = Histogram::new();
        for nanos in 1..=100_000 {
            histogram.record(nanos);
        }
        for (per_mille, exact) in [(1, 100), (500, 50_000), (990, 99_000), (1000, 100_000)] {
            let found = histogram.quantile(per_mille);
            assert!(found >= exact && found <= exact + exact / 64 + 1, "{per_mille}: {found}");
        }
        assert_eq!(histogram.max(), 100_000);
    }

    #[test]
    fn the_extremes_are_counted_and_nothing_gives_zero() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.quantile(500), 0);
        histogram.record(0);
        histogram.record(u64::MAX);
        assert_eq!(histogram.count(), 2);
        assert_eq!(histogram.quantile(1), 0);
        histogram.clear();
        assert_eq!((histogram.count(), histogram.max(), histogram.quantile(999)), (0, 0, 0));
    }

    #[test]
    fn every_value_lies_in_its_bucket() {
        for nanos in (0..40).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 1]) {
            let bucket = bucket_of(nanos);
            assert!(upper_edge(bucket) >= nanos, "{nanos}");
            assert!(bucket == 0 || upper_edge(bucket - 1) < nanos, "{nanos}");
        }
    }
}
