//! Gives room back: the oldest segment's records that are still needed are written again at the
//! end, then it is removed. Always the oldest: so nothing comes back that a later record took
//! back. It does not know when there is time for it.

use crate::codec::{decode, kind};
use crate::committer::{Committer, Step};
use crate::index::Keep;
use crate::record;
use crate::segment::{HEAD_BYTES, Location, SegmentId};

/// A segment on its way out.
pub(crate) struct Cleaning {
    segment: SegmentId,
    bytes: Vec<u8>,
    /// The next record to look at.
    offset: usize,
}

impl Committer {
    /// Looks at a few records of the oldest segment, if there is reason to.
    pub(crate) fn clean(&mut self) -> Step {
        if self.removal_is_open {
            return match self.close_removal() {
                Ok(()) => Step::Cleaned,
                Err(error) => Step::Failed(error),
            };
        }
        let cleaning = match self.cleaning.take() {
            Some(cleaning) => cleaning,
            None => match self.oldest_to_clean() {
                None => return Step::Idle,
                Some(segment) => match self.fs.read(&segment.file_name()) {
                    Ok(bytes) => Cleaning { segment, bytes, offset: HEAD_BYTES },
                    Err(error) => return Step::Failed(error),
                },
            },
        };
        match self.clean_piece(cleaning) {
            Ok(()) => Step::Cleaned,
            Err(error) => Step::Failed(error),
        }
    }

    /// The oldest segment, when little of it, or little of all, is needed.
    fn oldest_to_clean(&self) -> Option<SegmentId> {
        let (&oldest, &bytes) = self.segments.first_key_value()?;
        if self.segments.len() < 2 {
            return None;
        }
        let (total, live) = (self.total_bytes(), self.index.live_bytes());
        let slack = 2 * self.options.segment_bytes;
        let is_empty = self.index.live_bytes_of(oldest) == 0;
        let is_wasteful = total > live.saturating_mul(2).saturating_add(slack);
        let is_full = total > self.options.size_max
            && self.index.live_bytes_of(oldest) < bytes.saturating_sub(HEAD_BYTES as u64);
        (is_empty || is_wasteful || is_full).then_some(oldest)
    }

    fn clean_piece(&mut self, mut cleaning: Cleaning) -> std::io::Result<()> {
        let mut copies = Vec::new();
        let begin = cleaning.offset;
        let limit = usize::try_from(self.segments.get(&cleaning.segment).copied().unwrap_or(0))
            .unwrap_or(usize::MAX)
            .min(cleaning.bytes.len());
        while cleaning.offset < limit
            && cleaning.offset - begin < PIECE_BYTES
            && copies.len() < PIECE_BYTES
        {
            let Some(record) = record::read(&cleaning.bytes, cleaning.offset) else {
                // Damage, told when the store was opened.
                cleaning.offset = record::find(&cleaning.bytes, cleaning.offset).unwrap_or(limit);
                continue;
            };
            let location = Location {
                segment: cleaning.segment,
                offset: record.offset as u64,
                length: record.len() as u64,
            };
            cleaning.offset += record.len();
            let Ok(entry) = decode(record.kind, record.body) else { continue };
            let body = match self.index.keeps(record.position, location, &entry) {
                Keep::No => continue,
                Keep::Whole => record.body,
                Keep::Changed(ref body) => &body.clone(),
            };
            let sum = record::checksum(body);
            record::write(record.position, record.kind | record::COPIED, (body, sum), &mut copies);
            for (order, body) in self.index.sent(record.position, &entry) {
                let body = (&*body, record::checksum(&body));
                record::write(order, kind::SENT | record::COPIED, body, &mut copies);
            }
        }
        if !copies.is_empty() {
            let (segment, offset) = self.write(&copies)?;
            self.fold(&copies, segment, offset);
        }
        if cleaning.offset < limit {
            self.cleaning = Some(cleaning);
            return Ok(());
        }
        // The copies first, whatever commits promise.
        self.sync()?;
        self.fs.remove(&cleaning.segment.file_name())?;
        self.segments.remove(&cleaning.segment);
        self.removal_is_open = true;
        self.close_removal()
    }

    /// Before the next one goes: a segment that came back without its successor would bring back
    /// what that took back.
    fn close_removal(&mut self) -> std::io::Result<()> {
        self.fs.sync_dir()?;
        self.removal_is_open = false;
        Ok(())
    }
}

/// Bytes looked at, and copied, in one step: commits wait no longer than for this.
const PIECE_BYTES: usize = 1 << 20;
