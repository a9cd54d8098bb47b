//! `sluice rules delete`: takes rules out of a running router. It does not know what they do.

use reqwest::Method;

use super::router::{Answer, Router};
use super::{Outcome, Streams};

/// Deletes each, and tells so; one that is refused does not stop the next.
///
/// # Errors
/// When the router cannot be asked, or nothing can be written.
pub(super) async fn run(
    router: &Router,
    ids: &[String],
    streams: &mut Streams<'_>,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::Done;
    for id in ids {
        match router.send(Method::DELETE, &["rules", id], None).await? {
            Answer::Done(_) => writeln!(streams.output, "rule {id}: deleted")?,
            Answer::Refused(_, message) => {
                outcome = Outcome::Failed;
                writeln!(streams.errors, "error: rule {id}: {message}")?;
            }
        }
    }
    Ok(outcome)
}
