//! A steady stream of publishes, and a bystander whom it must not harm. Knows nothing of rules.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{PATIENCE, Publish, RawClient, now};

/// A client that publishes `{"n": 0}`, `{"n": 1}` … with QoS 1, each when the last one is
/// acknowledged, and another that sends messages to itself. Dropped, both end.
pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    ticks: Receiver<usize>,
    publisher: Option<JoinHandle<usize>>,
    bystander: Option<JoinHandle<Duration>>,
}

impl Load {
    pub(crate) fn start(mqtt: SocketAddr, topic: &'static str) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (sender, ticks) = channel();
        let flag = Arc::clone(&is_over);
        let publisher = thread::spawn(move || publish_numbers(mqtt, topic, &flag, &sender));
        let flag = Arc::clone(&is_over);
        let bystander = thread::spawn(move || slowest_round_trip(mqtt, &flag));
        Self { is_over, ticks, publisher: Some(publisher), bystander: Some(bystander) }
    }

    /// Waits for so many more publishes; gives how many there were in all.
    #[track_caller]
    pub(crate) fn wait(&self, more: usize) -> usize {
        while self.ticks.try_recv().is_ok() {}
        let tick = || self.ticks.recv_timeout(PATIENCE).expect("publishes go on");
        let from = tick();
        loop {
            let published = tick();
            if published >= from + more {
                return published;
            }
        }
    }

    /// Ends it; gives how many were published and acknowledged, and how long the bystander's
    /// slowest round trip took.
    pub(crate) fn end(mut self) -> (usize, Duration) {
        self.is_over.store(true, Ordering::Release);
        let published = self.publisher.take().map(|thread| thread.join().unwrap());
        let slowest = self.bystander.take().map(|thread| thread.join().unwrap());
        (published.unwrap(), slowest.unwrap())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
    }
}

fn publish_numbers(
    mqtt: SocketAddr,
    topic: &str,
    is_over: &AtomicBool,
    ticks: &Sender<usize>,
) -> usize {
    let mut client = RawClient::open_5(mqtt, "publisher");
    let mut published = 0;
    while !is_over.load(Ordering::Acquire) {
        client.publish_acknowledged(topic, &format!(r#"{{"n": {published}}}"#));
        published += 1;
        // Nobody may wait for it any more.
        if published % 1000 == 0 && ticks.send(published).is_err() {
            break;
        }
    }
    published
}

fn slowest_round_trip(mqtt: SocketAddr, is_over: &AtomicBool) -> Duration {
    let mut client = RawClient::open_5(mqtt, "bystander");
    client.subscribe("elsewhere", 0);
    let mut slowest = Duration::ZERO;
    while !is_over.load(Ordering::Acquire) {
        let sent = now();
        client.publish(&Publish::new("elsewhere", "x"));
        client.receive_publish();
        slowest = slowest.max(sent.elapsed());
    }
    slowest
}
