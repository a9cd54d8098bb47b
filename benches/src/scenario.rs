//! The loads that brokers are compared by. It does not know how they are run.

/// One load.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// As the table shows it.
    pub(crate) name: &'static str,
    /// Of `sluice bench`.
    pub(crate) flags: Vec<String>,
}

impl Scenario {
    /// All of them, in the table's order.
    pub(crate) fn all() -> Vec<Self> {
        SCENARIOS
            .iter()
            .map(|(name, flags)| Self {
                name,
                flags: flags.split_ascii_whitespace().map(str::to_owned).collect(),
            })
            .collect()
    }

    /// The name as a folder's.
    pub(crate) fn slug(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        self.name.chars().map(plain).collect()
    }
}

const SCENARIOS: &[(&str, &str)] = &[
    ("1→1 QoS 0", "--pairs 1 --window 64"),
    ("1→1 QoS 0, window 4096", "--pairs 1 --window 4096"),
    ("100→100 QoS 0", "--pairs 100 --window 64"),
    ("100→100 QoS 1", "--pairs 100 --window 64 --qos 1"),
    ("100→100 QoS 2", "--pairs 100 --window 64 --qos 2"),
    ("1→500 QoS 0", "--publishers 1 --subscribers 500 --window 64"),
    ("100→1 QoS 0", "--publishers 100 --subscribers 1 --window 64"),
    ("echo 100 QoS 1, window 1", "--pairs 100 --window 1 --qos 1"),
];
