//! Reads a log from its beginning: first what it adds up to, then the payloads that are needed. It
//! does not know who wants them.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use sluice_journal::Position;
use sluice_mqtt::Message;

use crate::appender::{Appender, Shared};
use crate::codec::{decode, decode_row};
use crate::committer::Committer;
use crate::decoded::Decoded;
use crate::fs::Fs;
use crate::index::{Index, SessionState};
use crate::options::Options;
use crate::record::{self, Record};
use crate::recovered::{
    Damage, OpenError, Recovered, RecoveredMessage, RecoveredRow, RecoveredSession, Report,
};
use crate::segment::{HEAD_BYTES, Head, Location, SegmentId, VERSION};

/// An opened store.
pub struct Opened {
    /// To be cloned for each worker.
    pub appender: Appender,
    /// To be driven by one thread.
    pub committer: Committer,
    /// What was there.
    pub recovered: Recovered,
}

/// Opens the store of a folder, or begins one.
///
/// # Errors
/// See [`OpenError`]. Damage is no error: it is reported, and the rest is there.
pub fn open(fs: Box<dyn Fs>, options: Options) -> Result<Opened, OpenError> {
    let lock = fs.lock().map_err(|error| {
        if error.kind() == io::ErrorKind::WouldBlock {
            OpenError::InUse
        } else {
            failed("lock the folder of the store")(error)
        }
    })?;
    let names = fs.list().map_err(failed("list the folder of the store"))?;
    let mut ids: Vec<SegmentId> = names.iter().filter_map(|it| SegmentId::of_file(it)).collect();
    ids.sort_unstable();
    let mut replay = Replay::default();
    replay.index.is_replaying = true;
    for (number, id) in ids.iter().enumerate() {
        let is_last = number + 1 == ids.len();
        replay.segment(&*fs, *id, is_last)?;
    }
    let Replay { mut index, segments, last, report, .. } = replay;
    index.end_replay();
    let recovered = recover(&*fs, &index, &segments, report)?;
    let shared = Arc::new(Shared::new(last, options.pending_bytes_max));
    let appender = Appender::new(Arc::clone(&shared));
    let committer = Committer::new((fs, lock), options, shared, (index, segments));
    Ok(Opened { appender, committer, recovered })
}

fn failed(action: impl Into<String>) -> impl FnOnce(io::Error) -> OpenError {
    move |cause| OpenError::Io { action: action.into(), cause }
}

/// What was read so far.
#[derive(Default)]
struct Replay {
    index: Index,
    /// Bytes that are good, of each segment.
    segments: BTreeMap<SegmentId, u64>,
    /// The largest position.
    last: u64,
    /// The largest one of a record that is no copy.
    last_fresh: u64,
    report: Report,
}

impl Replay {
    fn segment(&mut self, fs: &dyn Fs, id: SegmentId, is_last: bool) -> Result<(), OpenError> {
        let file = id.file_name();
        let bytes = fs.read(&file).map_err(failed(format!("read {file}")))?;
        match id.check(&bytes) {
            Head::Good => {}
            // Its records tell that it is ours.
            Head::Torn | Head::Foreign if record::find(&bytes, 0).is_some() => {
                self.damage(id, 0, HEAD_BYTES);
            }
            Head::Torn => {
                // Nothing was ever written into it.
                fs.remove(&file).map_err(failed(format!("remove {file}")))?;
                fs.sync_dir().map_err(failed("write the folder of the store"))?;
                self.report.cut += bytes.len() as u64;
                return Ok(());
            }
            Head::Foreign => return Err(OpenError::Foreign { file }),
            Head::Later(version) => {
                return Err(OpenError::Later { file, version, known: VERSION });
            }
        }
        self.report.segments += 1;
        let end = self.records(id, &bytes, is_last);
        if end < bytes.len() {
            self.report.cut += (bytes.len() - end) as u64;
            fs.truncate(&file, end as u64).map_err(failed(format!("cut {file} off")))?;
        }
        self.segments.insert(id, end as u64);
        self.report.bytes += end as u64;
        Ok(())
    }

    /// Folds the records of a segment in; gives where the last good one ends.
    fn records(&mut self, id: SegmentId, bytes: &[u8], is_last: bool) -> usize {
        let mut offset = HEAD_BYTES;
        while offset < bytes.len() {
            let Some(record) = record::read(bytes, offset) else {
                if is_last {
                    return offset;
                }
                let next = record::find(bytes, offset).unwrap_or(bytes.len());
                self.damage(id, offset, next - offset);
                offset = next;
                continue;
            };
            self.record(id, &record);
            offset += record.len();
        }
        bytes.len()
    }

    fn record(&mut self, id: SegmentId, record: &Record<'_>) {
        self.last = self.last.max(record.position);
        if !record.is_copy {
            // Written again after a sync that failed.
            if record.position <= self.last_fresh {
                return;
            }
            self.last_fresh = record.position;
        }
        self.report.records += 1;
        match decode(record.kind, record.body) {
            Ok(entry) => self.index.apply(record.position, location(id, record), &entry),
            Err(_corrupt) => self.damage(id, record.offset, record.len()),
        }
    }

    fn damage(&mut self, id: SegmentId, offset: usize, bytes: usize) {
        let (offset, bytes) = (offset as u64, bytes as u64);
        self.report.damage.push(Damage { file: id.file_name(), offset, bytes });
    }
}

const fn location(segment: SegmentId, record: &Record<'_>) -> Location {
    Location { segment, offset: record.offset as u64, length: record.len() as u64 }
}

/// Reads the payloads that the state needs.
fn recover(
    fs: &dyn Fs,
    index: &Index,
    segments: &BTreeMap<SegmentId, u64>,
    report: Report,
) -> Result<Recovered, OpenError> {
    let mut payloads = Payloads::default();
    for (id, length) in segments {
        if index.live_bytes_of(*id) == 0 {
            continue;
        }
        let file = id.file_name();
        let bytes = fs.read(&file).map_err(failed(format!("read {file}")))?;
        let end = usize::try_from(*length).unwrap_or(usize::MAX).min(bytes.len());
        let mut offset = HEAD_BYTES;
        while offset < end {
            match record::read(&bytes, offset) {
                Some(record) => {
                    payloads.take(index, location(*id, &record), &record);
                    offset += record.len();
                }
                None => offset = record::find(&bytes, offset).unwrap_or(end),
            }
        }
    }
    let Payloads { messages, retained, mut wills, rows, documents } = payloads;
    let sessions = index.sessions.iter().map(|(key, session)| {
        let will = wills.remove(key).zip(session.will.map(|(_, due)| due));
        session_of((*key, session), &messages, will)
    });
    let sessions = sessions.collect();
    let (retained, rows) = (retained.into_values().collect(), rows.into_values().collect());
    Ok(Recovered { sessions, retained, rows, documents, report })
}

#[derive(Default)]
struct Payloads {
    messages: HashMap<u64, Message>,
    retained: BTreeMap<String, Message>,
    wills: HashMap<sluice_journal::SessionKey, Message>,
    rows: BTreeMap<u64, RecoveredRow>,
    documents: BTreeMap<String, Vec<u8>>,
}

impl Payloads {
    /// Takes what the record holds, if it is what the state rests on.
    fn take(&mut self, index: &Index, at: Location, record: &Record<'_>) {
        let Ok(entry) = decode(record.kind, record.body) else { return };
        let position = record.position;
        match entry {
            Decoded::Message { message, .. } => {
                let state = index.messages.get(&position);
                if state.and_then(|state| state.location) == Some(at) {
                    self.messages.insert(position, message.to_message());
                }
            }
            Decoded::Retained { message } if index.retained.get(message.topic) == Some(&at) => {
                self.retained.insert(message.topic.to_owned(), message.to_message());
            }
            Decoded::Will { session, message: Some(message), .. } => {
                let will = index.sessions.get(&session).and_then(|session| session.will);
                if will.is_some_and(|(place, _)| place == at) {
                    self.wills.insert(session, message.to_message());
                }
            }
            Decoded::Row { rest, .. } if index.rows.location(position) == Some(at) => {
                let Ok(row) = decode_row(rest) else { return };
                let holders = index.rows.holders(position);
                let lanes = holders.into_iter().map(|(action, lane)| (action.to_owned(), lane));
                self.rows.insert(
                    position,
                    RecoveredRow {
                        position: Position(position),
                        rule: row.rule.to_owned(),
                        rule_version: row.rule_version,
                        message: row.message,
                        index: row.index,
                        values: row.values,
                        lanes: lanes.collect(),
                    },
                );
            }
            Decoded::Document { name, body: Some(body) }
                if index.documents.get(name) == Some(&at) =>
            {
                self.documents.insert(name.to_owned(), body.to_vec());
            }
            Decoded::Retained { .. }
            | Decoded::Row { .. }
            | Decoded::Will { .. }
            | Decoded::Document { .. }
            | Decoded::Cursor { .. }
            | Decoded::ActionEnded { .. }
            | Decoded::Session { .. }
            | Decoded::SessionEnded { .. }
            | Decoded::Subscribed { .. }
            | Decoded::Unsubscribed { .. }
            | Decoded::Received { .. }
            | Decoded::Released { .. }
            | Decoded::Sent { .. }
            | Decoded::SentReceived { .. }
            | Decoded::SentComplete { .. }
            | Decoded::Discarded { .. } => {}
        }
    }
}

fn session_of(
    (key, session): (sluice_journal::SessionKey, &SessionState),
    messages: &HashMap<u64, Message>,
    will: Option<(Message, sluice_mqtt::UnixMillis)>,
) -> RecoveredSession {
    let held = |position: u64| {
        let hold = session.holds.get(&position)?;
        Some(RecoveredMessage {
            position: Position(position),
            message: messages.get(&position)?.clone(),
            qos: hold.qos,
            retain: hold.retain,
            identifiers: hold.identifiers.clone(),
        })
    };
    let mut in_flight: Vec<_> = session.in_flight.iter().collect();
    in_flight.sort_unstable_by_key(|(_, it)| it.order);
    let sent: HashSet<u64> = in_flight.iter().filter_map(|(_, it)| it.message).collect();
    RecoveredSession {
        key,
        client_id: session.client_id.clone(),
        expiry: session.expiry,
        disconnected_at: session.disconnected_at,
        subscriptions: session
            .subscriptions
            .iter()
            .map(|(filter, it)| (filter.clone(), it.options, it.identifier))
            .collect(),
        queue: session
            .holds
            .keys()
            .filter(|position| !sent.contains(*position))
            .filter_map(|position| held(*position))
            .collect(),
        in_flight: in_flight
            .into_iter()
            .map(|(packet_id, it)| (*packet_id, it.message.and_then(held)))
            .collect(),
        received: session.received.keys().copied().collect(),
        will,
    }
}
