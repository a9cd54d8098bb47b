//! Dev only: virtual clock and network, seeded faults, checkers.
