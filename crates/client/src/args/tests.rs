//! Flags that need more than one look.

use super::*;

#[test]
fn durations_have_units() {
    for (text, millis) in [("5", 5000), ("1.5", 1500), ("250ms", 250), ("2m", 120_000), ("0", 0)] {
        assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
    }
    for text in ["", "x", "5h", "-1", "ms", "1e400"] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
}

#[test]
fn versions_go_by_mosquitto_s_names() {
    for text in ["5", "mqttv5"] {
        assert_eq!(parse_version(text), Ok(Version::V5));
    }
    assert_eq!(parse_version("mqttv311"), Ok(Version::V3_1_1));
    assert_eq!(parse_version("31"), Ok(Version::V3_1));
    assert!(parse_version("4").is_err());
}

#[test]
fn never_has_three_spellings() {
    for text in ["-1", "4294967295", "∞"] {
        assert_eq!(parse_expiry(text), Ok(u32::MAX));
    }
    assert!(parse_expiry("-2").is_err());
}
