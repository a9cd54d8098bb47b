//! Starts the workers, hands them listeners and rules, asks for their counts, stops them. It does
//! not know what they do.

use std::collections::HashMap;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use sluice_hub::{Counters, Placement};
use sluice_mqtt::Message;
use sluice_router::{RetainedLimits, WorkerId};
use sluice_rule::{ActiveRule, RuleCounters, Ticket};
use sluice_session::{Limits, Now};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::inbox::{Inbox, Mail, WorkerStats};
use crate::shared::Registry;
use crate::worker::{self, Setup};

/// What a broker is made of.
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    /// The node's name, for rules.
    pub node: String,
    /// Threads; at least one.
    pub workers: u16,
    /// Bounds that every client meets.
    pub limits: Limits,
    /// Bounds of the retained store.
    pub retained: RetainedLimits,
    /// Network connections of the node; one more is closed at once.
    pub connections_max: usize,
    /// Random bits, so that clients cannot choose colliding hashes.
    pub seed: u64,
}

/// A running broker.
pub struct Broker {
    registry: Arc<Registry>,
    inboxes: Arc<[Inbox]>,
    threads: Vec<JoinHandle<()>>,
    node: Arc<str>,
    clock: Clock,
}

/// What a broker has done so far.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Over all workers.
    pub counters: Counters,
    /// Of each rule in force, over all workers.
    pub rules: HashMap<String, RuleCounters>,
    /// Subscriptions of all sessions.
    pub subscriptions: usize,
    /// Topics with a retained message.
    pub retained_messages: usize,
}

impl Broker {
    /// Starts the workers. They serve nobody until [`Broker::listen`].
    ///
    /// # Errors
    /// The system gives no thread or no readiness queue.
    pub fn start(config: &BrokerConfig) -> io::Result<Self> {
        let workers = config.workers.max(1);
        let registry = Arc::new(Registry::new(config.seed, config.retained));
        let inboxes: Arc<[Inbox]> = (0..workers).map(|_| Inbox::default()).collect();
        let node: Arc<str> = config.node.as_str().into();
        let clock = Clock::start();
        let threads = (0..workers)
            .map(|index| {
                let placement = Placement {
                    worker: WorkerId(index),
                    workers,
                    seed: config.seed,
                    node: Arc::clone(&node),
                };
                worker::spawn(Setup {
                    placement,
                    // A copy for each: their reference counts are touched for every publish.
                    limits: Arc::new(config.limits.clone()),
                    registry: Arc::clone(&registry),
                    inboxes: Arc::clone(&inboxes),
                    connections_max: config.connections_max,
                    clock,
                })
            })
            .collect::<io::Result<Vec<_>>>()?;
        Ok(Self { registry, inboxes, threads, node, clock })
    }

    /// How many workers there are: each wants a listening socket of its own.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.inboxes.len()
    }

    /// Gives worker `index` a socket to accept from.
    pub fn listen(&self, index: usize, name: &str, listener: TcpListener) {
        if let Some(inbox) = self.inboxes.get(index) {
            inbox.push(Mail::Listen { name: name.to_owned(), listener });
        }
    }

    /// Makes these the rules in force. Every message is evaluated by exactly one set of rules.
    pub fn publish_rules(&self, rules: Vec<ActiveRule>) {
        self.registry.publish_rules(rules);
    }

    /// Publishes messages of the broker itself, which are topics below `$SYS/`.
    pub fn publish(&self, messages: Vec<Message>) {
        if let Some(inbox) = self.inboxes.first() {
            inbox.push(Mail::Publish(messages));
        }
    }

    /// The node's name.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// What time it is for the workers; the monotonic clock began when they started.
    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    /// What a buffer of an action calls when it has room for who waits; from any thread.
    #[must_use]
    pub fn room_waker(&self) -> Arc<dyn Fn(Ticket) + Send + Sync> {
        let inboxes = Arc::clone(&self.inboxes);
        Arc::new(move |ticket| {
            if let Some(inbox) = inboxes.get(usize::from(ticket.worker)) {
                inbox.push(Mail::Room(ticket));
            }
        })
    }

    /// Asks every worker for its counts; a worker that does not answer within a second is left out.
    pub async fn stats(&self) -> Stats {
        let (subscriptions, retained_messages) = self.registry.sizes();
        let mut stats = Stats { subscriptions, retained_messages, ..Stats::default() };
        let answers: Vec<_> = self.inboxes.iter().map(|inbox| ask(inbox, Mail::Stats)).collect();
        for answer in answers {
            if let Ok(Ok(worker)) = tokio::time::timeout(Duration::from_secs(1), answer).await {
                stats.add(worker);
            }
        }
        stats
    }

    /// Network connections now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.registry.connections.load(Ordering::Relaxed)
    }

    /// Publishes wills, tells clients that the server shuts down, writes what their sockets take
    /// within a few seconds, and ends the workers.
    pub async fn stop(self) {
        for mail in [Mail::PublishWills, Mail::Stop] {
            let answers: Vec<_> = self.inboxes.iter().map(|inbox| ask(inbox, mail)).collect();
            for answer in answers {
                if tokio::time::timeout(STOP_TIMEOUT, answer).await.is_err() {
                    tracing::warn!("a worker did not stop in time");
                }
            }
        }
        let threads = self.threads;
        let joined = tokio::task::spawn_blocking(move || {
            threads.into_iter().filter(|thread| thread.is_finished()).for_each(|thread| {
                if thread.join().is_err() {
                    tracing::error!("a worker ended by a panic");
                }
            });
        });
        if joined.await.is_err() {
            tracing::error!("workers could not be joined");
        }
    }
}

fn ask<T>(inbox: &Inbox, mail: impl Fn(oneshot::Sender<T>) -> Mail) -> oneshot::Receiver<T> {
    let (sender, receiver) = oneshot::channel();
    inbox.push(mail(sender));
    receiver
}

impl Stats {
    fn add(&mut self, worker: WorkerStats) {
        self.counters.add(&worker.counters);
        for (id, counters) in worker.rules {
            self.rules.entry(id).or_default().add(&counters);
        }
    }
}

const STOP_TIMEOUT: Duration = Duration::from_secs(10);
