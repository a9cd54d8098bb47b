//! A virtual client: its protocol state, which survives connections as a real client's would. It
//! does not know what it is used for; the workload tells it what to do next.

mod acts;
mod connect;
mod exchange;
mod reading;

pub(crate) use acts::{Draft, Retention};

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sluice_mqtt::{QoS, Version};

use crate::ledger::{Ledger, PublishId, SessionId, Stamp};
use crate::{Engine, Random, Time, Trace, WireId};

/// What kind of client it is, for a whole run.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) id: String,
    pub(crate) version: Version,
    /// Of a hundred connections, how many start clean.
    pub(crate) clean: u64,
    /// Seconds; before 5.0 what the broker gives to sessions that are not clean.
    pub(crate) expiry: u32,
    pub(crate) keep_alive: u16,
    pub(crate) receive_maximum: u16,
    /// Larger packets never come; before 5.0 there is no limit.
    pub(crate) maximum_packet_size: u32,
    /// Acknowledgements are sent after up to so many microseconds.
    pub(crate) ack_delay: u64,
    /// It never loses its connection.
    pub(crate) is_stable: bool,
    /// Of a hundred connections, how many leave a will.
    pub(crate) wills: u64,
}

/// See the module.
pub(crate) struct Client {
    pub(crate) index: usize,
    pub(crate) profile: Profile,
    pub(crate) session: Option<ClientSession>,
    pub(crate) connection: Option<Connection>,
    /// Connections that another one has taken the place of.
    pub(crate) zombies: Vec<WireId>,
    /// A clean start was sent and never answered: until one is, the broker's state is unknown.
    must_be_clean: bool,
    /// It waits until nothing of an unanswered CONNECT can be on its way.
    pub(crate) connect_at: Time,
    /// The number of its last publish.
    number: u64,
    tick_at: Option<Time>,
    /// When a slow client reads on.
    read_at: Option<Time>,
    last_end: Option<LastEnd>,
}

/// How the latest connection ended, for what the next CONNACK must say.
#[derive(Clone, Copy, Debug)]
struct LastEnd {
    /// The broker has seen the end by then.
    late: Time,
    expiry: u32,
}

/// What outlives connections.
#[derive(Debug)]
pub(crate) struct ClientSession {
    pub(crate) record: SessionId,
    /// CONNACK has come.
    is_confirmed: bool,
    expiry: u32,
    /// Publishes that are not complete, in the order in which they were sent.
    outgoing: VecDeque<Outgoing>,
    next_id: u16,
    /// QoS 2 publishes that were taken and not released yet.
    received: BTreeSet<u16>,
    /// What came last under a packet identifier, and its place in the order.
    seen: BTreeMap<u16, (u64, Option<Stamp>)>,
    arrivals: u64,
}

/// A publish at QoS 1 or 2.
#[derive(Debug)]
struct Outgoing {
    packet_id: u16,
    publish: PublishId,
    qos: QoS,
    is_released: bool,
    /// Its place among what was sent on this connection.
    order: u64,
}

/// What ends with a connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) wire: WireId,
    pub(crate) is_open: bool,
    pub(crate) pace: Pace,
    /// It does and says nothing, until the broker has had enough.
    pub(crate) silent_since: Option<Time>,
    /// When it last looked, in its silence, and the broker may not have been reading from it.
    unread_at: Option<Time>,
    is_clean: bool,
    partial: Vec<u8>,
    /// Deliveries that were not acknowledged.
    unacknowledged: BTreeSet<u16>,
    /// The place of the last repeated delivery in the order of the first ones.
    last_again: u64,
    /// Acknowledgements that are not sent yet, and the deliveries that they complete.
    acks: Vec<u8>,
    acking: Vec<u16>,
    pending: Option<Pending>,
    pings: VecDeque<u64>,
    /// QoS 0 publishes, by their place among what was sent.
    loose: VecDeque<(u64, PublishId)>,
    sent: u64,
    pub(crate) last_sent: Time,
    server_receive_maximum: u16,
    topic_alias_maximum: u16,
    aliases: BTreeMap<String, u16>,
    will: Option<usize>,
}

/// How it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    Fast,
    /// A few bytes at a time.
    Slow,
}

/// A SUBSCRIBE or UNSUBSCRIBE that waits for its answer.
#[derive(Debug)]
struct Pending {
    packet_id: u16,
    filters: Vec<String>,
    order: u64,
}

/// What a client acts upon.
pub(crate) struct Cx<'c> {
    pub(crate) engine: &'c mut Engine,
    pub(crate) ledger: &'c mut Ledger,
    pub(crate) random: &'c mut Random,
    pub(crate) trace: &'c mut Trace,
}

impl Cx<'_> {
    pub(crate) const fn now(&self) -> Time {
        self.engine.now()
    }
}

impl Client {
    pub(crate) const fn new(index: usize, profile: Profile) -> Self {
        Self {
            index,
            profile,
            session: None,
            connection: None,
            zombies: Vec::new(),
            must_be_clean: false,
            connect_at: Time(0),
            number: 0,
            tick_at: None,
            read_at: None,
            last_end: None,
        }
    }

    /// Whether it awaits nothing from the broker.
    pub(crate) fn is_at_rest(&self) -> bool {
        let exchanges = self.session.as_ref().is_none_or(|session| session.outgoing.is_empty());
        let connection = self.connection.as_ref().is_some_and(|connection| {
            connection.is_open
                && connection.pending.is_none()
                && connection.pings.is_empty()
                && connection.acks.is_empty()
        });
        exchanges && connection
    }

    /// Sends bytes on the present connection.
    fn send(&mut self, cx: &mut Cx<'_>, bytes: &[u8]) {
        let Some(connection) = &mut self.connection else { return };
        connection.last_sent = cx.engine.now();
        cx.engine.send(connection.wire, bytes);
    }

    /// It looks after itself again at this time.
    fn tick(&mut self, cx: &mut Cx<'_>, at: Time) {
        if self.tick_at.is_none_or(|planned| planned > at) {
            self.tick_at = Some(at);
            let index = u64::try_from(self.index).unwrap_or(0);
            cx.engine.timer(at, index * TIMERS + TICK);
        }
    }
}

/// Timers of a client, told apart by the remainder.
pub(crate) const TIMERS: u64 = 2;
/// It looks after itself.
pub(crate) const TICK: u64 = 0;
/// The workload acts for it.
pub(crate) const ACT: u64 = 1;
