//! Calls into a destination's code: ended at a deadline, its panics caught. It does not know what
//! is called.

use std::any::Any;
use std::error::Error;
use std::fmt::{Display, Write};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// A defect of ours; it costs this call only.
    #[error("the call panicked: {0}")]
    Panicked(String),
}

/// Awaits `call`, which does nothing before it is polled.
pub(crate) async fn guarded<T>(
    deadline: Duration,
    call: impl Future<Output = T>,
) -> Result<T, Broken> {
    let mut call = pin!(call);
    let unwound = poll_fn(move |context| {
        // Never polled again after a panic, so nobody sees what the panic left behind.
        match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context))) {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => Poll::Ready(Err(Broken::Panicked(panic_text(panic.as_ref())))),
        }
    });
    tokio::time::timeout(deadline, unwound).await.unwrap_or(Err(Broken::TimedOut(deadline)))
}

/// An error and its causes on one line, at most [`TEXT_BYTES_MAX`] long.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next.filter(|_| text.len() < TEXT_BYTES_MAX) {
        if !text.is_empty() {
            text.push_str(": ");
        }
        append(&mut text, error);
        next = error.source();
    }
    cut(&mut text, TEXT_BYTES_MAX);
    text
}

/// Shortens to whole characters and marks it.
pub(crate) fn cut(text: &mut String, bytes_max: usize) {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
        text.push('…');
    }
}

fn append(text: &mut String, shown: impl Display) {
    if write!(text, "{shown}").is_err() {
        text.push_str("(an error that cannot be shown)");
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&'static str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let mut text = text.unwrap_or("not a text").to_owned();
    cut(&mut text, TEXT_BYTES_MAX);
    text
}

/// What people are shown of an error; an outside system may answer with pages.
const TEXT_BYTES_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Layer(&'static str, #[source] Option<Box<Self>>);

    #[tokio::test(start_paused = true)]
    async fn a_call_ends_at_its_deadline() {
        let deadline = Duration::from_secs(3);
        let answer = guarded(deadline, std::future::pending::<()>()).await;
        assert_eq!(answer, Err(Broken::TimedOut(deadline)));
        assert_eq!(guarded(deadline, async { 7 }).await, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_costs_one_call() {
        async fn fails() {
            panic!("on purpose");
        }
        let answer = guarded(Duration::from_secs(3), fails()).await;
        assert_eq!(answer, Err(Broken::Panicked("on purpose".to_owned())));
    }

    #[test]
    fn an_error_is_told_with_its_causes_and_bounded() {
        let error = Layer("could not write", Some(Box::new(Layer("refused", None))));
        assert_eq!(chain(&error), "could not write: refused");
        let long: &'static str = Box::leak("é".repeat(4_000).into_boxed_str());
        let text = chain(&Layer("x", Some(Box::new(Layer(long, None)))));
        assert!(text.len() <= TEXT_BYTES_MAX + '…'.len_utf8(), "{}", text.len());
        assert!(text.ends_with("é…"), "{text}");
    }
}
