//! What it costs to have messages in the log, beside a bare loop that writes as many bytes and
//! syncs as often; and how long a store with many messages takes to open. It does not know who
//! waits.

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sluice_journal::{Entry, Receiver, SessionKey, Store as _};
use sluice_mqtt::{MessageRef, Properties, QoS};
use sluice_store::{Committer, Durability, Opened, Options, RealFs, Step, open};
use tempfile::TempDir;

/// Messages for each commit: as many as publishers have outstanding.
const GROUP: u64 = 2000;
const PAYLOAD: [u8; 200] = [b'x'; 200];
const TOPIC: &str = "plant/site/7/temp";
/// Head, receivers, id, topic and lengths of one record.
const RECORD_BYTES: usize = 17 + 4 + 16 + 2 + 1 + TOPIC.len() + 1 + 2 + PAYLOAD.len();

fn opened(dir: &TempDir, durability: Durability) -> Opened {
    let options = Options { durability, ..Options::default() };
    let Ok(opened) = open(Box::new(RealFs::new(dir.path())), options) else { panic!("no store") };
    opened
}

fn message() -> MessageRef<'static> {
    MessageRef {
        topic: TOPIC,
        payload: &PAYLOAD,
        qos: QoS::AtLeastOnce,
        retain: false,
        properties: Properties::EMPTY,
        expires_at: None,
    }
}

fn commit(committer: &mut Committer) {
    let Step::Committed(_) = committer.step() else { panic!("nothing was committed") };
}

#[expect(clippy::disallowed_methods, reason = "measuring is what it is for")]
fn timed(rounds: u64, mut round: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..rounds).for_each(|_| round());
    start.elapsed()
}

fn commits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commit 2000 messages of 200 bytes");
    group.throughput(Throughput::Elements(GROUP));
    group.sample_size(10);
    for (name, durability) in [("fsync", Durability::Fsync), ("os", Durability::Os)] {
        group.bench_function(format!("store, {name}"), |bencher| {
            let Ok(dir) = TempDir::new() else { panic!("no folder") };
            let Opened { mut appender, mut committer, .. } = opened(&dir, durability);
            appender.append(&Entry::Session {
                session: SessionKey(1),
                client_id: "c",
                expiry: u32::MAX,
                disconnected_at: None,
            });
            commit(&mut committer);
            let receivers = [Receiver {
                session: SessionKey(1),
                qos: QoS::AtLeastOnce,
                retain: false,
                identifiers: &[],
            }];
            bencher.iter_custom(|rounds| {
                timed(rounds, || {
                    for _ in 0..GROUP {
                        let (id, receivers) = (7, &receivers[..]);
                        appender.append(&Entry::Message { id, message: message(), receivers });
                    }
                    commit(&mut committer);
                })
            });
        });
        group.bench_function(format!("bare loop, {name}"), |bencher| {
            let Ok(dir) = TempDir::new() else { panic!("no folder") };
            let Ok(mut file) = File::create(dir.path().join("log")) else { panic!("no file") };
            let mut bytes = Vec::new();
            bencher.iter_custom(|rounds| {
                timed(rounds, || {
                    bytes.clear();
                    for _ in 0..GROUP {
                        bytes.extend_from_slice(&PAYLOAD);
                        bytes.resize(bytes.len() + RECORD_BYTES - PAYLOAD.len(), 0);
                    }
                    let written = file.write_all(&bytes);
                    let synced = match durability {
                        Durability::Fsync => file.sync_data(),
                        Durability::Os => Ok(()),
                    };
                    assert!(written.is_ok() && synced.is_ok(), "the disk failed");
                })
            });
        });
    }
    group.finish();
}

/// 1,000,000 queued messages over 100,000 sessions.
fn start(criterion: &mut Criterion) {
    const SESSIONS: u64 = 100_000;
    let mut group = criterion.benchmark_group("open");
    group.sample_size(10);
    let Ok(dir) = TempDir::new() else { panic!("no folder") };
    let Opened { mut appender, mut committer, .. } = opened(&dir, Durability::Os);
    for key in 1..=SESSIONS {
        let session = SessionKey(key);
        let client_id = format!("client-{key}");
        let entry =
            Entry::Session { session, client_id: &client_id, expiry: 7, disconnected_at: None };
        appender.append(&entry);
        let options = sluice_mqtt::SubscriptionOptions {
            qos: QoS::AtLeastOnce,
            no_local: false,
            retain_as_published: false,
            retain_handling: sluice_mqtt::RetainHandling::Send,
        };
        appender.append(&Entry::Subscribed { session, filter: TOPIC, options, identifier: 0 });
    }
    commit(&mut committer);
    for number in 0..1_000_000_u64 {
        let receivers = [Receiver {
            session: SessionKey(1 + number % SESSIONS),
            qos: QoS::AtLeastOnce,
            retain: false,
            identifiers: &[],
        }];
        let id = u128::from(number);
        appender.append(&Entry::Message { id, message: message(), receivers: &receivers });
        if number % 10_000 == 9_999 {
            commit(&mut committer);
        }
    }
    drop((appender, committer));
    group.bench_function("1,000,000 messages, 100,000 sessions", |bencher| {
        bencher.iter(|| {
            let opened = opened(&dir, Durability::Os);
            assert_eq!(opened.recovered.sessions.len() as u64, SESSIONS);
            opened
        });
    });
    group.finish();
}

criterion_group!(benches, commits, start);
criterion_main!(benches);
