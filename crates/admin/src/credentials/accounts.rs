//! Users and API keys as they are kept. It does not know where, nor who asks.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time;

/// Everyone who may use the endpoint.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accounts {
    /// Of this form of the file.
    pub(crate) version: u32,
    /// People, who log in with a password.
    pub(crate) users: Vec<User>,
    /// Programs, which send a key and its secret.
    pub(crate) api_keys: Vec<ApiKey>,
}

/// One who logs in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    /// Unique.
    pub(crate) username: String,
    /// Free text.
    #[serde(default)]
    pub(crate) description: String,
    /// Never [`Role::Publisher`].
    pub(crate) role: Role,
    /// The password, hashed with Argon2id, in PHC form.
    pub(crate) password: String,
}

/// A key for programs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKey {
    /// Unique.
    pub(crate) name: String,
    /// Public half: the user name of HTTP Basic.
    pub(crate) api_key: String,
    /// SHA-256 of the secret half, base64. A slow hash is for secrets that can be guessed; this one
    /// is 256 random bits, and is checked with every request.
    pub(crate) secret: String,
    /// Free text.
    #[serde(default)]
    pub(crate) desc: String,
    /// A disabled key opens nothing.
    pub(crate) enable: bool,
    /// What it may do.
    pub(crate) role: Role,
    /// Seconds since 1970 from which on it opens nothing.
    #[serde(default)]
    pub(crate) expired_at: Option<u64>,
    /// Seconds since 1970.
    pub(crate) created_at: u64,
}

/// What someone may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Everything.
    #[default]
    Administrator,
    /// Reading everything.
    Viewer,
    /// Publishing messages and nothing else; API keys only.
    Publisher,
}

impl Accounts {
    /// The form that this program writes and the only one it reads.
    pub(crate) const VERSION: u32 = 1;

    pub(crate) fn user(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username == username)
    }

    pub(crate) fn user_mut(&mut self, username: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.username == username)
    }

    pub(crate) fn api_key(&self, name: &str) -> Option<&ApiKey> {
        self.api_keys.iter().find(|key| key.name == name)
    }

    pub(crate) fn api_key_mut(&mut self, name: &str) -> Option<&mut ApiKey> {
        self.api_keys.iter_mut().find(|key| key.name == name)
    }

    /// Whether somebody can still administer without the file being edited by hand.
    pub(crate) fn has_administrator(&self) -> bool {
        self.users.iter().any(|user| user.role == Role::Administrator)
    }
}

impl ApiKey {
    /// Whether its time is over.
    pub(crate) fn is_expired(&self, now: SystemTime) -> bool {
        self.expired_at.is_some_and(|expired_at| time::to_unix(now) >= expired_at)
    }
}
