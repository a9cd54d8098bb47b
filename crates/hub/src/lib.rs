//! Everything the broker decides, for the connections of one core.
