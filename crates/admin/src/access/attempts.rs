//! How often a password may be guessed. It does not know passwords, nor the clock.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Attempts to give a password, by name, whether anybody has it or not: nobody learns that from the
/// answers.
#[derive(Default)]
pub(crate) struct Attempts {
    by_user: HashMap<String, Series>,
    /// Names for which the table has no room, all together.
    others: Option<Series>,
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
    pub(crate) fn admit(&mut self, user: &str, now: Instant) -> Result<(), Duration> {
        if self.by_user.len() >= NAMES_MAX {
            let is_fresh = |series: &Series| now.saturating_duration_since(series.began) < WINDOW;
            self.by_user.retain(|_, series| is_fresh(series));
        }
        let begin = || Series { count: 0, began: now };
        let is_full = self.by_user.len() >= NAMES_MAX && !self.by_user.contains_key(user);
        let series = if is_full || user.len() > NAME_BYTES_MAX {
            self.others.get_or_insert_with(begin)
        } else {
            self.by_user.entry(user.to_owned()).or_insert_with(begin)
        };
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
        self.by_user.remove(user);
    }

    /// The user is gone.
    pub(crate) fn forget(&mut self, user: &str) {
        self.succeeded(user);
    }
}

const ATTEMPTS_MAX: u32 = 20;
/// Names that are remembered for a minute.
const NAMES_MAX: usize = 10_000;
/// No user has a longer one.
const NAME_BYTES_MAX: usize = 256;
const WINDOW: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::instant;

    #[test]
    fn guesses_are_slowed_down_for_one_user_until_the_minute_is_over() {
        let (mut attempts, start) = (Attempts::default(), instant());
        for _ in 0..ATTEMPTS_MAX {
            assert_eq!(attempts.admit("ann", start), Ok(()));
        }
        let later = start + Duration::from_secs(10);
        assert_eq!(attempts.admit("ann", later), Err(Duration::from_secs(50)));
        assert_eq!(attempts.admit("bob", later), Ok(()));
        assert_eq!(attempts.admit("nobody", later), Ok(()));
        assert_eq!(attempts.admit("ann", start + WINDOW), Ok(()));
    }

    #[test]
    fn a_right_password_begins_anew() {
        let (mut attempts, now) = (Attempts::default(), instant());
        for _ in 0..3 * ATTEMPTS_MAX {
            assert_eq!(attempts.admit("ann", now), Ok(()));
            attempts.succeeded("ann");
        }
    }
}
