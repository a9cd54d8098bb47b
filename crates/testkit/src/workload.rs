//! What the clients of a run are like and what they do, drawn from the seed. It does not know what
//! is right.

use std::sync::Arc;

use sluice_mqtt::{Connect, Properties, QoS, ReasonCode, Version};
use sluice_rule::{Rule, RuleFile};
use sluice_session::Limits;

use crate::client::{Client, Cx, Draft, Pace, Profile, Retention};
use crate::{Conditions, Random, SinkConditions, Weather};

/// The world of a seed.
pub(crate) fn conditions(seed: u64, sizes: Sizes, random: &mut Random) -> Conditions {
    let are_bounds_small = random.chance(25);
    let limits = Limits {
        max_inflight: random.pick(&[1, 3, 32]),
        receive_maximum: random.pick(&[4, 16, 1024]),
        max_queued_messages: if are_bounds_small { 4 } else { 100_000 },
        max_queued_bytes: 64 * 1024 * 1024,
        topic_alias_maximum: 3,
        deliveries_per_read: random.pick(&[1, 5, 65_536]),
        ..Limits::default()
    };
    let workers = random.pick(&[2, 2, 3, 4]);
    Conditions {
        seed,
        workers,
        limits,
        weather: Weather {
            latency: (50, random.pick(&[500, 5_000, 40_000])),
            piece: (1, sizes.smallest.max(random.pick(&[20, 300, 65_536]))),
            capacity: random.pick(&[400, 4_096, 65_536]).max(sizes.capacity),
        },
        wake: (0, random.pick(&[10, 500])),
        turn: (0, random.pick(&[0, 100, 20_000])),
        post: (1, random.pick(&[20, 2_000, 20_000])),
        commit: if random.chance(25) { None } else { Some((200, random.pick(&[2_000, 60_000]))) },
        read_bytes: (1, sizes.smallest.max(random.pick(&[10, 500, 65_536]))),
        reads_per_turn: 64,
        sinks: sinks(random),
    }
}

/// The buffers of a seed: often too small, and what is behind them slow.
fn sinks(random: &mut Random) -> SinkConditions {
    let rows_max = |random: &mut Random| random.pick(&[1, 2, 10, 100_000]);
    SinkConditions {
        rows_max: [rows_max(random), rows_max(random)],
        holds: [random.chance(80), random.chance(80)],
        is_durable: random.chance(50),
        pause: (100, random.pick(&[1_000, 50_000, 200_000])),
        batch: random.pick(&[1, 5, 1_000]),
        away: random.pick(&[0, 1, 5]),
    }
}

/// The clients of a seed: one that sees everything, one that is steady, and the others.
pub(crate) fn profiles(limits: &Limits, random: &mut Random) -> Vec<Profile> {
    let watcher = Profile {
        id: "watcher".to_owned(),
        version: Version::V5,
        clean: 100,
        expiry: if random.chance(50) { 3600 } else { 0 },
        keep_alive: 0,
        receive_maximum: u16::MAX,
        maximum_packet_size: u32::MAX,
        ack_delay: 0,
        is_stable: true,
        wills: 0,
    };
    let steady = Profile {
        id: "steady".to_owned(),
        version: Version::V3_1_1,
        receive_maximum: limits.max_inflight,
        keep_alive: 10,
        expiry: 7200,
        ack_delay: 3_000,
        ..watcher.clone()
    };
    let others = random.between(4, 8);
    let others = (0..others).map(|number| other(number, limits, random));
    [watcher, steady].into_iter().chain(others).collect()
}

fn other(number: u64, limits: &Limits, random: &mut Random) -> Profile {
    let is_v5 = random.chance(60);
    let own = random.pick(&[1, 2, 5, 100]);
    let old = if random.chance(20) { Version::V3_1 } else { Version::V3_1_1 };
    Profile {
        id: format!("c{number}"),
        version: if is_v5 { Version::V5 } else { old },
        // CONNACK of 3.1 does not say whether there was a session.
        clean: if is_v5 || old == Version::V3_1_1 { random.pick(&[0, 0, 20, 100]) } else { 100 },
        expiry: if is_v5 { random.pick(&[0, 2, 3600, 3600]) } else { 7200 },
        keep_alive: random.pick(&[0, 4, 8]),
        maximum_packet_size: if is_v5 { random.pick(&[u32::MAX, 1_000]) } else { u32::MAX },
        receive_maximum: if is_v5 { own } else { limits.max_inflight },
        ack_delay: random.pick(&[0, 2_000, 200_000]),
        is_stable: random.chance(15),
        wills: 50,
    }
}

/// Of a hundred publishes, how many are large, and how large: enough in some runs that clients are
/// no longer read from until they read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    often: u64,
    padding: usize,
    /// Large messages would be cut into too many pieces otherwise.
    smallest: u64,
    capacity: usize,
}

impl Sizes {
    /// Those of a seed.
    pub(crate) fn draw(random: &mut Random) -> Self {
        if random.chance(10) {
            Self { often: 20, padding: 50_000, smallest: 30_000, capacity: 8_192 }
        } else {
            Self { often: 3, padding: 3_000, smallest: 0, capacity: 0 }
        }
    }
}

/// One act of a client.
pub(crate) fn act(client: &mut Client, cx: &mut Cx<'_>, sizes: Sizes) {
    client.keep_alive(cx);
    let Some(connection) = &client.connection else {
        if client.connect_at <= cx.now() {
            client.connect(cx, true);
        }
        return;
    };
    if connection.silent_since.is_some() {
        return;
    }
    if !connection.is_open {
        if !client.profile.is_stable && cx.random.chance(4) {
            client.break_off(cx);
        }
        return;
    }
    let kind = cx.random.between(0, 99);
    match kind {
        0..=9 => (0..cx.random.between(2, 8)).for_each(|_| publish(client, cx, sizes)),
        10..=64 => publish(client, cx, sizes),
        // The watcher keeps its subscription to everything.
        65..=80 if client.index == 0 => client.ping(cx),
        65..=76 => subscribe(client, cx),
        77..=80 => unsubscribe(client, cx),
        81..=83 => client.ping(cx),
        _ if client.profile.is_stable => publish(client, cx, sizes),
        84..=87 => client.break_off(cx),
        88..=90 => client.disconnect(cx, ReasonCode::Success),
        91 if client.profile.version == Version::V5 => {
            client.disconnect(cx, ReasonCode::DisconnectWithWill);
        }
        92..=93 if client.profile.keep_alive > 0 => client.vanish(cx),
        94..=95 => client.take_over(cx),
        96 if client.profile.keep_alive > 0 => client.fall_silent(cx),
        _ => {
            if let Some(connection) = &mut client.connection {
                connection.pace = match connection.pace {
                    Pace::Fast => Pace::Slow,
                    Pace::Slow => Pace::Fast,
                };
            }
            client.read(cx);
        }
    }
}

/// What a client does once everything is to come to rest.
pub(crate) fn rest(client: &mut Client, cx: &mut Cx<'_>) {
    client.keep_alive(cx);
    client.profile.ack_delay = 0;
    if let Some(connection) = &mut client.connection {
        connection.pace = Pace::Fast;
        client.read(cx);
    } else if client.connect_at <= cx.now() {
        client.connect(cx, false);
    }
}

fn publish(client: &mut Client, cx: &mut Cx<'_>, sizes: Sizes) {
    let retention = match cx.random.between(0, 99) {
        0..=9 => Retention::Keep,
        10..=11 => Retention::Clear,
        _ => Retention::None,
    };
    let topics: &[&str] =
        if retention != Retention::None { &["keep/1", "keep/2", "keep/a/b"] } else { TOPICS };
    let is_large = cx.random.chance(sizes.often);
    let draft = Draft {
        topic: cx.random.pick(topics).to_owned(),
        qos: cx.random.pick(QOS),
        retention,
        expires: cx.random.chance(5),
        padding: if is_large { sizes.padding } else { cx.random.index(60) },
    };
    client.publish_draft(cx, draft);
}

/// The bytes of somebody who is let in and then says anything but PUBLISH.
pub(crate) fn vandalism(number: u64, random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    let connect = Connect {
        version: Version::V5,
        is_bridge: false,
        clean_start: true,
        keep_alive: 0,
        client_id: &format!("vandal-{number}"),
        will: None,
        username: None,
        password: None,
        properties: Properties::EMPTY,
    };
    connect.encode(&mut bytes);
    for _ in 0..random.between(1, 4) {
        let types = [0x20, 0x40, 0x50, 0x62, 0x70, 0x82, 0x90, 0xA2, 0xB0, 0xC0, 0xE0, 0xF0];
        let length = u8::try_from(random.between(0, 12)).unwrap_or(0);
        bytes.extend([random.pick(&types), length]);
        bytes.extend((0..length).map(|_| random.pick(&[0, 0, 1, 2, 5, b'a', b'+', b'#', 0xFF])));
    }
    bytes
}

fn subscribe(client: &mut Client, cx: &mut Cx<'_>) {
    let count = cx.random.between(1, 2);
    let mut wanted: Vec<(String, QoS)> = Vec::new();
    for _ in 0..count {
        let filter = cx.random.pick(FILTERS).to_owned();
        if wanted.iter().all(|(other, _)| *other != filter) {
            wanted.push((filter, cx.random.pick(QOS)));
        }
    }
    client.subscribe(cx, &wanted);
}

fn unsubscribe(client: &mut Client, cx: &mut Cx<'_>) {
    let session = client.session.as_ref().map(|session| session.record);
    let filters = session
        .and_then(|id| cx.ledger.session(id))
        .map_or_else(Vec::new, |session| session.filters());
    let index = cx.random.index(filters.len());
    if let Some(filter) = filters.get(index) {
        client.unsubscribe(cx, filter);
    }
}

/// Rules that mark what they make of a message with this letter.
pub(crate) fn rules(mark: &str) -> Vec<Arc<Rule>> {
    let text = RULES.replace("MARK", mark);
    RuleFile::parse("simulation.toml", &text).map_or_else(|_| Vec::new(), |file| file.rules)
}

const QOS: &[QoS] = &[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
const TOPICS: &[&str] = &["t/a", "t/a", "t/b", "t/a/x", "t/b/y/z", "in/1", "in/2", "lonely/topic"];
const FILTERS: &[&str] = &[
    "t/a", "t/+", "t/#", "t/+/x", "+/a", "#", "in/#", "out/#", "chain", "keep/#", "keep/+",
    "t/b/+/z",
];
const RULES: &str = r##"
[rules.mark]
sql = '''SELECT payload.id AS id, topic FROM "in/#" WHERE payload.n % 3 <> 0'''
[[rules.mark.actions]]
type = "republish"
topic = "out/${topic}"
payload = '{"id":${id},"by":"MARK"}'
qos = 2

[rules.rows]
sql = '''SELECT payload.id AS id FROM "in/#" WHERE payload.n % 3 <> 0'''
[[rules.rows.actions]]
type = "webhook"
connector = "first"
[[rules.rows.actions]]
type = "webhook"
connector = "second"

[rules.chain]
sql = '''SELECT payload.id AS id, payload.by AS by FROM "out/#"'''
[[rules.chain.actions]]
type = "republish"
topic = "chain"
payload = '{"id":${id},"by":"${by}+"}'
qos = 2
"##;
