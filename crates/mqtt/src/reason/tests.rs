//! The table of reason codes.

use super::*;

#[test]
fn bytes_and_codes_agree() {
    for byte in 0..=u8::MAX {
        match ReasonCode::from_u8(byte) {
            Some(code) => assert_eq!(code.as_u8(), byte),
            None => assert!(!ReasonCode::ALL.iter().any(|code| code.as_u8() == byte)),
        }
    }
    assert_eq!(ReasonCode::ALL.len(), 43);
}

#[test]
fn failures_begin_at_0x80() {
    assert!(!ReasonCode::ReAuthenticate.is_failure());
    assert!(ReasonCode::UnspecifiedError.is_failure());
}

#[test]
fn names_are_snake_case_and_distinct() {
    let mut names: Vec<&str> = ReasonCode::ALL.iter().map(|code| code.name()).collect();
    for name in &names {
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ReasonCode::ALL.len());
    assert_eq!(ReasonCode::NotAuthorized.to_string(), "not_authorized");
    assert_eq!(ReasonCode::QoSNotSupported.name(), "qos_not_supported");
}

#[test]
fn return_codes_of_3_come_back() {
    for code in 0..6 {
        let reason = ReasonCode::from_connect_return_code(code).unwrap();
        assert_eq!(reason.connect_return_code(), Some(code));
    }
    assert_eq!(ReasonCode::from_connect_return_code(6), None);
    // [MQTT3-3.2.2-6]
    assert_eq!(ReasonCode::MalformedPacket.connect_return_code(), None);
}
