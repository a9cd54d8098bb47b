//! How often a password may be guessed. It does not know passwords, nor the clock.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Attempts to give a password, for each user that there is; all names that nobody has count
/// together, so that the table is never longer than the list of users and one.
#[derive(Default)]
pub(crate) struct Attempts {
    by_user: HashMap<Option<String>, Series>,
}

/// Attempts in a row that did not succeed, or whose outcome is not known yet.
struct Series {
    count: u32,
    began: Instant,
}

impl Attempts {
    /// Counts one attempt. After too many in a row within a minute the next ones are refused,
    /// right or wrong, until that minute is over.
    ///
    /// # Errors
    /// How long it is until then.
    pub(crate) fn admit(&mut self, user: Option<&str>, now: Instant) -> Result<(), Duration> {
        let series = self
            .by_user
            .entry(user.map(str::to_owned))
            .or_insert_with(|| Series { count: 0, began: now });
        let age = now.saturating_duration_since(series.began);
        if age >= WINDOW {
            *series = Series { count: 0, began: now };
        } else if series.count >= ATTEMPTS_MAX {
            return Err(WINDOW.saturating_sub(age));
        }
        series.count += 1;
        Ok(())
    }

    /// The password was right.
    pub(crate) fn succeeded(&mut self, user: &str) {
        self.by_user.remove(&Some(user.to_owned()));
    }

    /// The user is gone.
    pub(crate) fn forget(&mut self, user: &str) {
        self.succeeded(user);
    }
}

const ATTEMPTS_MAX: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::instant;

    #[test]
    fn guesses_are_slowed_down_for_one_user_until_the_minute_is_over() {
        let (mut attempts, start) = (Attempts::default(), instant());
        for _ in 0..ATTEMPTS_MAX {
            assert_eq!(attempts.admit(Some("ann"), start), Ok(()));
        }
        let later = start + Duration::from_secs(10);
        assert_eq!(attempts.admit(Some("ann"), later), Err(Duration::from_secs(50)));
        assert_eq!(attempts.admit(Some("bob"), later), Ok(()));
        assert_eq!(attempts.admit(None, later), Ok(()));
        assert_eq!(attempts.admit(Some("ann"), start + WINDOW), Ok(()));
    }

    #[test]
    fn a_right_password_begins_anew() {
        let (mut attempts, now) = (Attempts::default(), instant());
        for _ in 0..3 * ATTEMPTS_MAX {
            assert_eq!(attempts.admit(Some("ann"), now), Ok(()));
            attempts.succeeded("ann");
        }
    }
}
