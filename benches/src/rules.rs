//! Rules that a load is published through: one that passes, the others reject. It does not know
//! brokers.

/// How many rules are measured.
pub(crate) const COUNTS: &[u32] = &[0, 1, 100];

/// A rule file of `count` rules over the load's topics; the first passes every message.
pub(crate) fn file(count: u32) -> String {
    (0..count).map(rule).collect()
}

fn rule(number: u32) -> String {
    // The payload's temperature is 31.5.
    let above = if number == 0 { 30 } else { 1000 + number };
    format!(
        r#"[rules.bench-{number}]
sql = '''
SELECT payload.temp AS temp, payload.device.id AS device, clientid
FROM "bench/#"
WHERE payload.temp > {above}
'''

[[rules.bench-{number}.actions]]
type = "republish"
topic = "derived/${{device}}"

"#
    )
}

/// A reading of 300 bytes once its two numbers are filled in, twenty digits each.
pub(crate) fn payload() -> String {
    let head =
        r#"{"temp": 31.5, "hum": 48.25, "seq": ${seq}, "sent": ${time}, "device": {"id": "d4", "#;
    let tail = concat!(
        r#""model": "TH-200", "firmware": "4.12.0", "site": {"name": "north", "floor": 3}}, "#,
        r#""battery": 87, "tags": ["lab", "cold", "a1"], "note": ""#
    );
    let marks = "${seq}${time}".len();
    let len = head.len() + tail.len() + 2 * 20 - marks + r#""}"#.len();
    format!(r#"{head}{tail}{}"}}"#, "-".repeat(PAYLOAD_BYTES.saturating_sub(len)))
}

/// The reading of this number.
pub(crate) fn payload_of(number: u64) -> String {
    payload()
        .replace("${seq}", &format!("{number:>20}"))
        .replace("${time}", &format!("{number:>20}"))
}

const PAYLOAD_BYTES: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_json_of_300_bytes() {
        let digits = format!("{:>20}", 7);
        let text = payload().replace("${seq}", &digits).replace("${time}", &digits);
        assert_eq!(text.len(), PAYLOAD_BYTES);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["temp"], 31.5);
        assert_eq!(json["device"]["id"], "d4");
    }

    #[test]
    fn one_rule_of_many_passes() {
        let text = file(3);
        assert_eq!(text.matches("payload.temp > 30\n").count(), 1);
        assert_eq!(text.matches("payload.temp > 100").count(), 2);
        assert_eq!(file(0), "");
    }
}
