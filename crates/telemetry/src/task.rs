//! The one way to spawn a task. It does not know what tasks do.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::Poll;

use tokio::task::JoinHandle;

/// Spawns a named task on the current runtime. A panic of the task is logged as an error with its
/// name, then ends the task as usual: who awaits the handle still sees it.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn spawn<F>(name: impl Into<String>, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let task = watched(name.into(), future);
    #[expect(clippy::disallowed_methods, reason = "this is the one place that spawns")]
    tokio::spawn(task)
}

async fn watched<F: Future>(name: String, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(move |context| {
        // The future is never polled again after a panic, so nobody sees what the panic left
        // behind.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Ready(output)) => Poll::Ready(output),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => {
                tracing::error!(task = %name, reason = panic_text(panic.as_ref()), "task panicked");
                resume_unwind(panic)
            }
        }
    })
    .await
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("not a text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logging::capture::captured;

    #[tokio::test]
    async fn a_task_gives_its_value() {
        assert_eq!(spawn("adds", async { 1 + 1 }).await.unwrap(), 2);
    }

    #[test]
    fn a_panic_is_logged_and_reaches_the_one_who_waits() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let lines = captured(|| {
            let error = runtime.block_on(async {
                spawn("fails", async { panic!("on purpose") }).await.unwrap_err()
            });
            assert_eq!(panic_text(error.into_panic().as_ref()), "on purpose");
        });
        let end = "ERROR task panicked task=fails reason=\"on purpose\"\n";
        assert!(lines.ends_with(end), "{lines:?}");
    }
}
