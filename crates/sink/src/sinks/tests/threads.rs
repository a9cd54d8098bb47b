//! Workers on threads of their own, on the real clock: what a seeded run on one thread cannot show.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

/// Each worker has connections that publish one row after the other and wait when they must.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_wait_for_room_are_all_told() {
    let (senders, receivers): (Vec<Sender<Ticket>>, Vec<Receiver<Ticket>>) =
        (0..WORKERS).map(|_| channel()).unzip();
    let wake = move |ticket: Ticket| {
        senders[usize::from(ticket.worker)].send(ticket).unwrap();
    };
    let sinks = Sinks::new(Arc::new(wake));
    let fake = Fake::new(|_| (Duration::ZERO, Reply::Ok));
    let buffer = Buffer { rows_max: Some(20), ..Buffer::default() };
    let batch = Batch { rows_max: Some(7), linger: None };
    let sink = sinks.put("r.a", &action(buffer, batch, Some(3)), &fake.link()).unwrap();

    let workers: Vec<_> = receivers
        .into_iter()
        .zip(0..)
        .map(|(told, worker)| {
            let sink = Arc::clone(&sink);
            std::thread::spawn(move || work(&sink, worker, &told))
        })
        .collect();
    for worker in workers {
        tokio::task::spawn_blocking(|| worker.join().unwrap()).await.unwrap();
    }
    timeout(30 * SECOND, sink.drained()).await.unwrap();

    let all = u64::from(WORKERS) * u64::from(CONNECTIONS) * PUBLISHES;
    let stats = sink.stats();
    check_balance(stats);
    assert_eq!((stats.received, stats.delivered, stats.held), (all, all, 0));
    let mut next: BTreeMap<u64, u64> = BTreeMap::new();
    for id in fake.written() {
        let expected = next.entry(id >> 32).or_default();
        assert_eq!(id & 0xFFFF_FFFF, *expected);
        *expected += 1;
    }
}

fn work(sink: &SinkHandle, worker: u16, told: &Receiver<Ticket>) {
    let mut left: Vec<u64> = vec![PUBLISHES; usize::from(CONNECTIONS)];
    let mut ready: Vec<u32> = (0..u32::from(CONNECTIONS)).collect();
    while left.iter().any(|left| *left > 0) {
        let Some(slot) = ready.pop() else {
            let ticket = told.recv_timeout(10 * SECOND).expect("somebody's turn comes");
            ready.push(ticket.slot);
            continue;
        };
        let left = &mut left[slot as usize];
        let key = u64::from(worker) << 16 | u64::from(slot);
        while *left > 0 {
            match sink.admit(demand(1, 10), Some(Ticket { worker, slot, serial: 1 })) {
                Admission::Granted => {
                    sink.push(&row(key << 32 | (PUBLISHES - *left), key, 10));
                    *left -= 1;
                }
                Admission::Wait => break,
                Admission::Dropped => panic!("a buffer that holds drops nothing"),
            }
        }
    }
}

const WORKERS: u16 = 3;

const CONNECTIONS: u16 = 40;

const PUBLISHES: u64 = 50;
