//! Reads `buffer`, `batch` and `lanes` of an action. It does not know action types.

use std::num::NonZeroU16;

use super::{fields::Fields, findings::Findings};
use crate::action::{Batch, Buffer, BufferMode, OnFull};

pub(super) fn buffer(action: &mut Fields<'_>, findings: &mut Findings<'_>) -> Option<Buffer> {
    let node = action.node("buffer")?;
    let mut fields = Fields::open(format!("`buffer` of {}", action.owner()), node, findings)?;
    let modes = [("disk", BufferMode::Disk), ("memory", BufferMode::Memory)];
    let policies = [
        ("hold", OnFull::Hold),
        ("drop_oldest", OnFull::DropOldest),
        ("drop_newest", OnFull::DropNewest),
    ];
    let buffer = Buffer {
        mode: fields.word("mode", &modes, findings),
        rows_max: fields.integer("rows_max", 1..=COUNT_MAX, findings),
        bytes_max: fields.size("bytes_max", findings),
        age_max: fields.duration("age_max", findings),
        on_full: fields.word("on_full", &policies, findings),
    };
    fields.finish(findings);
    Some(buffer)
}

pub(super) fn batch(action: &mut Fields<'_>, findings: &mut Findings<'_>) -> Option<Batch> {
    let node = action.node("batch")?;
    let mut fields = Fields::open(format!("`batch` of {}", action.owner()), node, findings)?;
    let batch = Batch {
        rows_max: fields.integer("rows_max", 1..=COUNT_MAX, findings),
        linger: fields.duration("linger", findings),
    };
    fields.finish(findings);
    Some(batch)
}

pub(super) fn lanes(action: &mut Fields<'_>, findings: &mut Findings<'_>) -> Option<NonZeroU16> {
    let lanes = action.integer("lanes", 1..=LANES_MAX, findings)?;
    u16::try_from(lanes).ok().and_then(NonZeroU16::new)
}

const COUNT_MAX: u64 = i64::MAX.cast_unsigned();
const LANES_MAX: u64 = 1024;
