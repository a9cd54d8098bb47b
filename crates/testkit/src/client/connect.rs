//! How a client connects, goes on with its session, and leaves. It does not know why.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sluice_mqtt::{
    ConnAck, Connect, Disconnect, MessageRef, Packet, Properties, Property, PropertyList, QoS,
    ReasonCode, Version, Will,
};

use super::{Client, ClientSession, Connection, Cx, LastEnd, Pace};
use crate::ledger::{ARRIVED, Origin, Published, Stamp, WillEnd, WillRecord};
use crate::{End, Time};

impl Client {
    /// Opens a connection and sends CONNECT.
    pub(crate) fn connect(&mut self, cx: &mut Cx<'_>, may_be_clean: bool) {
        let now = cx.now();
        let wants_clean = may_be_clean && cx.random.chance(self.profile.clean);
        let is_clean = wants_clean || self.must_be_clean;
        self.must_be_clean = is_clean;
        if is_clean && let Some(session) = &self.session {
            cx.ledger.end_session(session.record, now);
        }
        for will in cx.ledger.wills_of(self.index) {
            if will.end != WillEnd::Open
                && will.next.is_none_or(|(.., answered)| answered.is_none())
            {
                will.is_unsure |= will.next.is_some();
                will.next = Some((now, is_clean, None));
            }
        }
        let expiry = match self.profile.version {
            Version::V3_1 | Version::V3_1_1 if is_clean => 0,
            Version::V3_1 | Version::V3_1_1 | Version::V5 => self.profile.expiry,
        };
        let worker = cx.random.index(cx.engine.workers());
        let wire = cx.engine.connect(worker, self.profile.version);
        let will = if may_be_clean && cx.random.chance(self.profile.wills) {
            Some(self.draw_will(cx, expiry))
        } else {
            None
        };
        cx.trace.line(
            now,
            format_args!("{} connects {wire:?} to {worker}, clean {is_clean}", self.profile.id),
        );
        let bytes = self.encode_connect(is_clean, expiry, will.as_ref());
        self.connection = Some(Connection {
            wire,
            is_open: false,
            pace: Pace::Fast,
            silent_since: None,
            is_clean,
            partial: Vec::new(),
            unacknowledged: BTreeSet::new(),
            last_again: 0,
            acks: Vec::new(),
            acking: Vec::new(),
            pending: None,
            unread_at: None,
            pings: VecDeque::new(),
            loose: VecDeque::new(),
            sent: 0,
            last_sent: now,
            server_receive_maximum: u16::MAX,
            topic_alias_maximum: 0,
            aliases: BTreeMap::new(),
            will: will.map(|will| cx.ledger.leave_will(will.record)),
        });
        self.send(cx, &bytes);
    }

    fn draw_will(&self, cx: &mut Cx<'_>, expiry: u32) -> DrawnWill {
        let publish = cx.ledger.next_publish();
        let qos = cx.random.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]);
        let topic = format!("will/{}", self.profile.id);
        let payload = Stamp::write(publish, 0, 0);
        let now = cx.now();
        cx.ledger.publish(Published {
            client: self.index,
            topic: topic.clone(),
            payload: payload.clone(),
            qos,
            retain: false,
            expires: false,
            origin: Origin::Will,
            number: 0,
            first_sent: now,
            sends: 1,
            handled: None,
            over: None,
        });
        let delay = match self.profile.version {
            Version::V5 => cx.random.pick(&[0, 0, 1, 4]),
            Version::V3_1 | Version::V3_1_1 => 0,
        };
        let record = WillRecord {
            client: self.index,
            publish,
            delay: Time::seconds(u64::from(delay)),
            expiry: Time::seconds(u64::from(expiry)),
            end: WillEnd::Unanswered,
            next: None,
            is_unsure: false,
        };
        DrawnWill { record, topic, payload, qos, delay }
    }

    fn encode_connect(&self, is_clean: bool, expiry: u32, will: Option<&DrawnWill>) -> Vec<u8> {
        let mut properties = PropertyList::new();
        let mut will_properties = PropertyList::new();
        if self.profile.version == Version::V5 {
            if expiry > 0 {
                properties.push(Property::SessionExpiryInterval(expiry));
            }
            properties.push(Property::ReceiveMaximum(self.profile.receive_maximum));
            properties.push(Property::MaximumPacketSize(self.profile.maximum_packet_size));
            if let Some(will) = will.filter(|will| will.delay > 0) {
                will_properties.push(Property::WillDelayInterval(will.delay));
            }
        }
        let connect = Connect {
            version: self.profile.version,
            is_bridge: false,
            clean_start: is_clean,
            keep_alive: self.profile.keep_alive,
            client_id: &self.profile.id,
            will: will.map(|will| Will {
                message: MessageRef {
                    topic: &will.topic,
                    payload: &will.payload,
                    qos: will.qos,
                    retain: false,
                    properties: will_properties.as_properties(),
                    expires_at: None,
                },
            }),
            username: None,
            password: None,
            properties: properties.as_properties(),
        };
        let mut bytes = Vec::new();
        connect.encode(&mut bytes);
        bytes
    }

    /// CONNACK: the session goes on or begins.
    pub(super) fn connected(&mut self, cx: &mut Cx<'_>, ack: &ConnAck<'_>) {
        let now = cx.now();
        let Some(connection) = &mut self.connection else { return };
        if ack.reason.is_failure() || connection.is_open {
            cx.ledger.violation(now, format!("{}: CONNACK {:?}", self.profile.id, ack.reason));
            return;
        }
        connection.is_open = true;
        connection.server_receive_maximum = ack.properties.receive_maximum().unwrap_or(u16::MAX);
        connection.topic_alias_maximum = ack.properties.topic_alias_maximum().unwrap_or(0);
        let (is_clean, wire, will) = (connection.is_clean, connection.wire, connection.will);
        self.must_be_clean = false;
        if let Some(will) = will.and_then(|index| cx.ledger.will(index)) {
            will.end = WillEnd::Open;
        }
        for will in cx.ledger.wills_of(self.index) {
            if let Some((_, _, answered)) = &mut will.next {
                answered.get_or_insert(now);
            }
        }
        self.check_session_present(cx, ack.session_present);
        let expiry = match self.profile.version {
            Version::V3_1 | Version::V3_1_1 if is_clean => 0,
            Version::V3_1 | Version::V3_1_1 | Version::V5 => self.profile.expiry,
        };
        if !ack.session_present || self.session.is_none() {
            self.begin_session(cx, expiry);
        }
        if let Some(session) = &mut self.session {
            session.is_confirmed = true;
            session.expiry = expiry;
            cx.ledger.wire(wire).session = Some(session.record);
            if let Some(record) = cx.ledger.session(session.record) {
                record.connections += 1;
                record.open_since = Some(now);
            }
        }
        cx.trace.line(
            now,
            format_args!("{} connected, session {}", self.profile.id, ack.session_present),
        );
        self.resend(cx);
    }

    fn check_session_present(&mut self, cx: &mut Cx<'_>, is_present: bool) {
        let now = cx.now();
        let is_clean = self.connection.as_ref().is_some_and(|connection| connection.is_clean);
        let known = self.session.as_ref().filter(|session| session.is_confirmed);
        let must_be_there = known.is_some_and(|session| session.expiry >= LONG) && !is_clean;
        let must_be_gone = is_clean
            || self.last_end.is_some_and(|end| {
                end.expiry < LONG && now > end.late + Time::seconds(u64::from(end.expiry)) + EXPIRED
            });
        if (must_be_there && !is_present) || (must_be_gone && is_present) {
            cx.ledger.violation(
                now,
                format!("{}: session present {is_present}, clean {is_clean}", self.profile.id),
            );
        }
    }

    fn begin_session(&mut self, cx: &mut Cx<'_>, expiry: u32) {
        let now = cx.now();
        if let Some(old) = self.session.take() {
            cx.ledger.end_session(old.record, now);
            for outgoing in old.outgoing {
                cx.ledger.given_up(outgoing.publish, now);
            }
        }
        self.session = Some(ClientSession {
            record: cx.ledger.begin_session(
                self.index,
                expiry > 0,
                self.profile.maximum_packet_size,
            ),
            is_confirmed: true,
            expiry,
            outgoing: VecDeque::new(),
            next_id: 1,
            received: BTreeSet::new(),
            seen: BTreeMap::new(),
            arrivals: 0,
        });
    }

    /// Says goodbye, with or without its will.
    pub(crate) fn disconnect(&mut self, cx: &mut Cx<'_>, reason: ReasonCode) {
        let mut bytes = Vec::new();
        let properties = Properties::EMPTY;
        let packet = Packet::Disconnect(Disconnect { reason, properties });
        packet.encode(self.profile.version, &mut bytes);
        let now = cx.now();
        self.flush_acks(cx);
        self.send(cx, &bytes);
        cx.trace.line(now, format_args!("{} disconnects with {reason:?}", self.profile.id));
        let end = if reason == ReasonCode::Success {
            WillEnd::Normal(now)
        } else {
            WillEnd::Abnormal(now, now)
        };
        if let Some(connection) = &self.connection {
            cx.engine.leave(connection.wire, End::Finished);
        }
        self.left(cx, end, now);
        self.connect_at = now + Time(cx.random.between(0, 2_500_000));
    }

    /// Breaks off: what is on its way arrives in part.
    pub(crate) fn break_off(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        cx.trace.line(now, format_args!("{} breaks off", self.profile.id));
        if let Some(connection) = &self.connection {
            cx.engine.leave(connection.wire, End::Broken);
        }
        self.left(cx, WillEnd::Abnormal(now, now), now);
        self.settle(cx);
    }

    /// Disappears: the broker hears nothing any more.
    pub(crate) fn vanish(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        cx.trace.line(now, format_args!("{} vanishes", self.profile.id));
        let Some(connection) = &self.connection else { return };
        cx.engine.vanish(connection.wire);
        let silence = Time::millis(u64::from(self.profile.keep_alive) * 1500);
        let late = now + silence;
        self.left(cx, WillEnd::Abnormal(now, late), late);
        self.settle(cx);
    }

    /// The broker has closed the connection.
    pub(super) fn closed(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        cx.trace.line(now, format_args!("{} is closed", self.profile.id));
        let Some(connection) = &self.connection else { return };
        if connection.silent_since.is_none() {
            cx.ledger.violation(now, format!("{}: closed by the broker", self.profile.id));
        }
        let since = connection.last_sent;
        cx.engine.leave(connection.wire, End::Finished);
        self.left(cx, WillEnd::Abnormal(since, now), now);
        self.settle(cx);
    }

    /// Opens a second connection while the first still stands.
    pub(crate) fn take_over(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        let Some(connection) = &self.connection else { return };
        self.zombies.push(connection.wire);
        // The broker sees the end of the old one when the new CONNECT arrives.
        self.left(cx, WillEnd::Abnormal(now, now + ARRIVED), now + ARRIVED);
        self.connect(cx, true);
    }

    fn settle(&mut self, cx: &mut Cx<'_>) {
        let longest = if cx.random.chance(20) { 8_000_000 } else { 3_000_000 };
        let pause = Time(cx.random.between(0, longest));
        self.connect_at = self.connect_at.max(cx.now() + pause);
    }

    /// The connection is gone for the client.
    /// Whether so many publishes of it may wait for room that the broker does not read from it: how
    /// it leaves, and that it does, may be noticed late or never.
    pub(super) fn may_be_unread(&self, cx: &Cx<'_>) -> bool {
        let outgoing = self.session.iter().flat_map(|session| &session.outgoing);
        let loose = self.connection.as_ref().map_or(0, |connection| connection.loose.len());
        outgoing.filter(|it| !it.is_released).count() + loose >= cx.engine.receive_maximum()
    }

    fn left(&mut self, cx: &mut Cx<'_>, end: WillEnd, late: Time) {
        let now = cx.now();
        let is_unread = self.may_be_unread(cx);
        let Some(connection) = self.connection.take() else { return };
        for (_, publish) in connection.loose {
            cx.ledger.given_up(publish, now);
        }
        if !connection.is_open {
            // Where an earlier session may have run out meanwhile, this CONNECT may have begun one
            // that the client never heard of: it begins anew.
            self.must_be_clean |= self.last_end.is_some_and(|end| end.expiry < LONG);
            self.connect_at = now + ARRIVED;
            return;
        }
        if let Some(will) = connection.will.and_then(|index| cx.ledger.will(index)) {
            will.end = end;
            will.is_unsure |= is_unread;
        }
        let Some(session) = &mut self.session else { return };
        let late = if is_unread { NEVER } else { late };
        self.last_end = Some(LastEnd { late, expiry: session.expiry });
        if let Some(record) = cx.ledger.session(session.record) {
            record.open_since = None;
        }
        if session.expiry < LONG {
            cx.ledger.end_session(session.record, now);
        }
    }
}

/// Later than any run, with room to add to it.
const NEVER: Time = Time(u64::MAX / 2);

struct DrawnWill {
    record: WillRecord,
    topic: String,
    payload: Vec<u8>,
    qos: QoS,
    delay: u32,
}

/// By then the broker has seen the end of a connection, and of what depends on it.
const EXPIRED: Time = Time::millis(1_500);
/// Seconds; such a session never expires within a run.
pub(crate) const LONG: u32 = 1000;
