//! When a client reads, and how bytes become packets. It does not know what packets do.

use sluice_mqtt::{Frame, Packet};

use super::{Client, Cx, Pace};
use crate::{End, Time, WireId};

impl Client {
    /// Bytes, or an end, have come on one of its connections.
    pub(crate) fn readable(&mut self, cx: &mut Cx<'_>, wire: WireId) {
        if self.connection.as_ref().is_some_and(|connection| connection.wire == wire) {
            self.read(cx);
        } else if self.zombies.contains(&wire) {
            let (_, end) = cx.engine.read(wire, usize::MAX);
            if end.is_some() {
                cx.engine.leave(wire, End::Finished);
                self.zombies.retain(|zombie| *zombie != wire);
            }
        }
    }

    /// Reads what has come; a slow client a little at a time.
    pub(crate) fn read(&mut self, cx: &mut Cx<'_>) {
        let Some(connection) = &self.connection else { return };
        let (wire, is_slow) = (connection.wire, connection.pace == Pace::Slow);
        let max = if is_slow { 48 } else { usize::MAX };
        if is_slow && self.read_at.is_some_and(|at| at > cx.now()) {
            return;
        }
        let (bytes, end) = cx.engine.read(wire, max);
        if is_slow && !bytes.is_empty() {
            let at = cx.now() + Time(cx.random.between(1_000, 20_000));
            self.read_at = Some(at);
            self.tick(cx, at);
        }
        self.take_bytes(cx, &bytes);
        let is_same = self.connection.as_ref().is_some_and(|connection| connection.wire == wire);
        if end.is_some() && is_same {
            self.closed(cx);
        }
    }

    fn take_bytes(&mut self, cx: &mut Cx<'_>, bytes: &[u8]) {
        let Some(connection) = &mut self.connection else { return };
        let mut all = std::mem::take(&mut connection.partial);
        all.extend_from_slice(bytes);
        let mut rest = all.as_slice();
        let largest = usize::try_from(self.profile.maximum_packet_size).unwrap_or(usize::MAX);
        loop {
            match Frame::cut(rest, u32::MAX) {
                Ok(Some(frame)) => {
                    match Packet::decode(&frame, self.profile.version) {
                        Ok(_) if frame.size > largest => {
                            self.wrong(cx, &format!("{} bytes, {largest} allowed", frame.size));
                        }
                        Ok(packet) => {
                            cx.trace.line(
                                cx.engine.now(),
                                format_args!(
                                    "{} gets {:?} {}",
                                    self.profile.id,
                                    packet.packet_type(),
                                    frame.size
                                ),
                            );
                            self.packet(cx, &packet);
                        }
                        Err(error) => self.wrong(cx, &format!("cannot be decoded: {error}")),
                    }
                    rest = rest.get(frame.size..).unwrap_or_default();
                }
                Ok(None) => break,
                Err(error) => {
                    self.wrong(cx, &format!("no packet: {error}"));
                    rest = &[];
                    break;
                }
            }
        }
        if let Some(connection) = &mut self.connection {
            connection.partial = rest.to_vec();
        }
    }

    /// Its own timer: acknowledgements, slow reading, silence.
    pub(crate) fn ticked(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        if self.tick_at.is_some_and(|at| at > now) {
            return;
        }
        self.tick_at = None;
        self.flush_acks(cx);
        if self.read_at.take_if(|at| *at <= now).is_some() {
            self.read(cx);
        } else if let Some(at) = self.read_at {
            self.tick(cx, at);
        }
        self.check_silence(cx);
    }

    /// The broker ends a silent connection after one and a half times its Keep Alive
    /// [MQTT5-3.1.2-22].
    fn check_silence(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        let unread_at = self.may_be_unread(cx).then_some(now);
        let Some(connection) = &mut self.connection else { return };
        if connection.silent_since.is_none() {
            return;
        }
        if std::mem::replace(&mut connection.unread_at, unread_at).or(unread_at).is_some() {
            // Who is not read from is not called silent.
            connection.last_sent = now;
            return self.tick(cx, now + Time::seconds(1));
        }
        let grace = Time::millis(u64::from(self.profile.keep_alive) * 1500);
        let due = connection.last_sent + grace + Time::seconds(2);
        if cx.now() >= due {
            self.wrong(cx, "still open after one and a half times its Keep Alive");
        } else {
            self.tick(cx, due);
        }
    }
}
