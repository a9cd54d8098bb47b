//! What follows from the answer of a sink. It does not wait, count or know which rows they are.

use std::time::Duration;

use crate::buffer::Fate;
use crate::guarded::{Broken, chain};
use crate::health::{Status, Trouble};
use crate::{Remedy, WriteError, Written};

/// What follows from one write.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) fates: Fates,
    /// Places of rows that are set aside, and why.
    pub(crate) set_aside: Vec<(usize, String)>,
    /// Why rows are tried again later.
    pub(crate) trouble: Option<Trouble>,
    /// How long the outside system asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
}

/// The fate of each row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fates {
    All(Fate),
    Each(Vec<Fate>),
}

impl Fates {
    /// A row without an answer is tried again.
    pub(crate) fn of(&self, index: usize) -> Fate {
        match self {
            Self::All(fate) => *fate,
            Self::Each(fates) => fates.get(index).copied().unwrap_or(Fate::Retried),
        }
    }

    pub(crate) fn any_is(&self, wanted: Fate) -> bool {
        match self {
            Self::All(fate) => *fate == wanted,
            Self::Each(fates) => fates.contains(&wanted),
        }
    }
}

/// Judges the answer to a batch of `rows`; `panics` is how many calls with these rows have panicked
/// in a row, this one included.
pub(crate) fn judge(
    answer: Result<Result<Written, WriteError>, Broken>,
    rows: usize,
    panics: u32,
) -> Verdict {
    match answer {
        Ok(Ok(Written::All)) => Verdict::all(Fate::Delivered),
        Ok(Ok(Written::Each(answers))) => each(&answers, rows),
        Ok(Err(error)) => match error.remedy {
            Remedy::Retry => Verdict::retry(Status::Disconnected, &error),
            Remedy::Halt => Verdict::retry(Status::Halted, &error),
            Remedy::Poison => poison(rows, chain(&error)),
        },
        // A row that makes the sink panic, whatever it is, must not stop those behind it for ever.
        Err(Broken::Panicked(reason)) if panics >= PANICS_MAX => poison(rows, reason),
        Err(broken) => {
            let trouble = Trouble { status: Status::Disconnected, reason: chain(&broken) };
            Verdict { trouble: Some(trouble), ..Verdict::all(Fate::Retried) }
        }
    }
}

impl Verdict {
    const fn all(fate: Fate) -> Self {
        Self { fates: Fates::All(fate), set_aside: Vec::new(), trouble: None, retry_after: None }
    }

    fn retry(status: Status, error: &WriteError) -> Self {
        let trouble = Some(Trouble { status, reason: chain(error) });
        Self { trouble, retry_after: error.retry_after, ..Self::all(Fate::Retried) }
    }

    fn worsen(&mut self, status: Status, error: &WriteError) {
        self.retry_after = self.retry_after.max(error.retry_after);
        if self.trouble.as_ref().is_none_or(|known| known.status < status) {
            self.trouble = Some(Trouble { status, reason: chain(error) });
        }
    }
}

fn poison(rows: usize, reason: String) -> Verdict {
    if rows > 1 {
        return Verdict::all(Fate::Returned);
    }
    Verdict { set_aside: vec![(0, reason)], ..Verdict::all(Fate::SetAside) }
}

fn each(answers: &[Result<(), WriteError>], rows: usize) -> Verdict {
    let mut verdict = Verdict::all(Fate::Delivered);
    let mut fates = Vec::with_capacity(rows);
    for (index, answer) in answers.iter().take(rows).enumerate() {
        fates.push(match answer {
            Ok(()) => Fate::Delivered,
            Err(error) => match error.remedy {
                Remedy::Retry => {
                    verdict.worsen(Status::Disconnected, error);
                    Fate::Retried
                }
                Remedy::Halt => {
                    verdict.worsen(Status::Halted, error);
                    Fate::Retried
                }
                Remedy::Poison => {
                    verdict.set_aside.push((index, chain(error)));
                    Fate::SetAside
                }
            },
        });
    }
    if answers.len() < rows && verdict.trouble.is_none() {
        let reason = format!("the sink answered for {} of {rows} rows", answers.len());
        verdict.trouble = Some(Trouble { status: Status::Disconnected, reason });
    }
    verdict.fates = Fates::Each(fates);
    verdict
}

/// Panics in a row after which the batch is taken apart, and after which a single row is set aside.
/// Each is followed by a pause, so that a sink that panics whatever it is given costs few rows.
const PANICS_MAX: u32 = 4;
