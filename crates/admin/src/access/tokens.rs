//! Tokens of those who have logged in. It does not know passwords, nor the clock.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::credentials::{SecretError, digest, random};

/// Tokens given out, by their SHA-256: neither a log nor a memory dump holds one. They are in
/// memory only, so a restart ends them.
pub(crate) struct Tokens {
    by_digest: HashMap<[u8; 32], Token>,
    /// After the last use.
    expiry: Duration,
}

struct Token {
    username: String,
    issued: Instant,
    used: Instant,
}

/// Why a token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenRefusal {
    /// It was good once.
    TimedOut,
    /// It was never given out, or its user has logged out, or that is long ago.
    Unknown,
}

impl Tokens {
    pub(crate) fn new(expiry: Duration) -> Self {
        Self { by_digest: HashMap::new(), expiry }
    }

    /// A new token. Where there are too many, the one that was used longest ago ends.
    pub(crate) fn issue(&mut self, username: &str, now: Instant) -> Result<String, SecretError> {
        let token = random()?;
        if self.by_digest.len() >= TOKENS_MAX {
            let oldest = self.by_digest.iter().min_by_key(|(_, token)| token.used);
            if let Some(digest) = oldest.map(|(digest, _)| *digest) {
                self.by_digest.remove(&digest);
            }
        }
        let entry = Token { username: username.to_owned(), issued: now, used: now };
        self.by_digest.insert(digest(&token), entry);
        Ok(token)
    }

    /// Whose token it is. It lasts on from now, up to a day after the login.
    pub(crate) fn check(&mut self, token: &str, now: Instant) -> Result<String, TokenRefusal> {
        let token = self.by_digest.get_mut(&digest(token)).ok_or(TokenRefusal::Unknown)?;
        let is_over = now.saturating_duration_since(token.used) >= self.expiry
            || now.saturating_duration_since(token.issued) >= LIFETIME_MAX;
        if is_over {
            return Err(TokenRefusal::TimedOut);
        }
        token.used = now;
        Ok(token.username.clone())
    }

    /// Ends one token.
    pub(crate) fn revoke(&mut self, token: &str) {
        self.by_digest.remove(&digest(token));
    }

    /// Ends all tokens of a user.
    pub(crate) fn revoke_user(&mut self, username: &str) {
        self.by_digest.retain(|_, token| token.username != username);
    }
}

/// Tokens at a time, expired ones included.
const TOKENS_MAX: usize = 1024;
/// However busily it is used.
const LIFETIME_MAX: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::instant;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_token_lasts_an_hour_after_its_last_use_and_a_day_at_most() {
        let start = instant();
        let mut tokens = Tokens::new(HOUR);
        let token = tokens.issue("ann", start).unwrap();
        let other = tokens.issue("ann", start).unwrap();
        let mut now = start;
        while now + HOUR / 2 < start + LIFETIME_MAX {
            now += HOUR / 2;
            assert_eq!(tokens.check(&token, now), Ok("ann".to_owned()));
        }
        assert_eq!(tokens.check(&token, now + HOUR / 2), Err(TokenRefusal::TimedOut));
        assert_eq!(tokens.check(&other, start + HOUR), Err(TokenRefusal::TimedOut));
        assert_eq!(tokens.check("never given", start), Err(TokenRefusal::Unknown));
    }

    #[test]
    fn a_logout_ends_one_token_and_a_new_password_ends_all() {
        let now = instant();
        let mut tokens = Tokens::new(HOUR);
        let [one, two, others] =
            ["ann", "ann", "bob"].map(|username| tokens.issue(username, now).unwrap());
        tokens.revoke(&one);
        assert_eq!(tokens.check(&one, now), Err(TokenRefusal::Unknown));
        assert!(tokens.check(&two, now).is_ok());
        tokens.revoke_user("ann");
        assert_eq!(tokens.check(&two, now), Err(TokenRefusal::Unknown));
        assert!(tokens.check(&others, now).is_ok());
    }

    #[test]
    fn too_many_logins_end_the_token_used_longest_ago() {
        let start = instant();
        let mut tokens = Tokens::new(HOUR);
        let first = tokens.issue("ann", start).unwrap();
        let second = tokens.issue("ann", start + Duration::from_secs(1)).unwrap();
        for _ in 2..=TOKENS_MAX {
            tokens.issue("bob", start + Duration::from_secs(2)).unwrap();
        }
        let now = start + Duration::from_secs(3);
        assert_eq!(tokens.by_digest.len(), TOKENS_MAX);
        assert_eq!(tokens.check(&first, now), Err(TokenRefusal::Unknown));
        assert!(tokens.check(&second, now).is_ok());
    }
}
