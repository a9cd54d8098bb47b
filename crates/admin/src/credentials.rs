//! Users and API keys: who they are, and changes to them that are on disk when they return. It does
//! not know HTTP, tokens or what a role may do.

mod accounts;
mod file;
mod secret;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::time;

pub(crate) use accounts::{Accounts, ApiKey, Role, User};
pub use file::CredentialsError;
pub(crate) use secret::{SecretError, digest, is_password, random};

/// The users and API keys of a node, kept in `credentials.json` of its data folder: passwords
/// hashed with Argon2id, secrets with SHA-256. The file belongs to this process while it runs.
#[derive(Clone)]
pub struct Credentials(Arc<Kept>);

struct Kept {
    path: PathBuf,
    accounts: ArcSwap<Accounts>,
    /// Held while the file is written, so that changes follow each other; readers never wait.
    changing: Mutex<()>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error("{0} exists already")]
    Exists(String),
    #[error("there is no user `{0}`")]
    NoUser(String),
    #[error("there is no API key `{0}`")]
    NoApiKey(String),
    #[error("the last administrator stays")]
    LastAdministrator,
    #[error("there are {MEMBERS_MAX} already")]
    TooMany,
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("credentials cannot be written: {0}")]
    Unwritable(#[from] io::Error),
}

/// A user to be made.
pub(crate) struct NewUser {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) description: String,
    pub(crate) role: Role,
}

/// An API key to be made.
pub(crate) struct NewApiKey {
    pub(crate) name: String,
    pub(crate) desc: String,
    pub(crate) enable: bool,
    pub(crate) role: Role,
    pub(crate) expired_at: Option<u64>,
}

/// What is to be changed of an API key; the rest stays.
#[derive(Default)]
pub(crate) struct ApiKeyEdit {
    pub(crate) desc: Option<String>,
    pub(crate) enable: Option<bool>,
    pub(crate) role: Option<Role>,
    /// The outer `None` keeps it, the inner one makes the key last.
    pub(crate) expired_at: Option<Option<u64>>,
}

impl Credentials {
    /// Reads what `data_dir` keeps. Where it keeps nothing yet, the user `admin` is made, with
    /// `admin_password`, or with a random one that is given back to be told once. A password that
    /// is given wins at every start: it becomes that of `admin`, who is made anew if need be.
    ///
    /// # Errors
    /// When the file cannot be read, written or understood.
    pub fn open(
        data_dir: &Path,
        admin_password: Option<String>,
    ) -> Result<(Self, Option<String>), CredentialsError> {
        let path = data_dir.join("credentials.json");
        let kept = file::read(&path)?;
        let is_new = kept.is_none();
        let fresh = Accounts { version: Accounts::VERSION, ..Accounts::default() };
        let accounts = ArcSwap::from_pointee(kept.unwrap_or(fresh));
        let credentials = Self(Arc::new(Kept { path, accounts, changing: Mutex::default() }));
        let random = match admin_password {
            Some(password) => credentials.set_administrator(&password).map(|()| None),
            None if is_new => credentials.set_random_administrator().map(Some),
            None => Ok(None),
        };
        match random {
            Ok(random) => Ok((credentials, random)),
            Err(cause) => {
                let path = credentials.0.path.clone();
                Err(CredentialsError { path, problem: cause.to_string() })
            }
        }
    }

    /// Everyone, as of now.
    pub(crate) fn accounts(&self) -> Arc<Accounts> {
        self.0.accounts.load_full()
    }

    /// Whether that is the user's password; slow, so never on a thread that serves others.
    pub(crate) fn is_password(&self, username: &str, password: &str) -> bool {
        let accounts = self.accounts();
        is_password(password, accounts.user(username).map(|user| user.password.as_str()))
    }

    /// The key whose public half and secret these are, if it is enabled and its time is not over.
    pub(crate) fn api_key(&self, key: &str, secret: &str, now: SystemTime) -> Option<ApiKey> {
        let accounts = self.0.accounts.load();
        let found = accounts.api_keys.iter().find(|it| it.api_key == key)?;
        let is_right = found.secret == STANDARD.encode(digest(secret));
        (is_right && found.enable && !found.is_expired(now)).then(|| found.clone())
    }

    pub(crate) fn create_user(&self, new: NewUser) -> Result<User, ChangeError> {
        let NewUser { username, password, description, role } = new;
        let password = secret::hash_password(&password)?;
        self.change(|accounts| {
            if accounts.user(&username).is_some() {
                return Err(ChangeError::Exists(format!("user `{username}`")));
            }
            let user = User { username, description, role, password };
            push(&mut accounts.users, user)
        })
    }

    /// Sets description and role.
    pub(crate) fn update_user(
        &self,
        username: &str,
        description: Option<String>,
        role: Option<Role>,
    ) -> Result<User, ChangeError> {
        self.change(|accounts| {
            let user = accounts.user_mut(username).ok_or_else(|| no_user(username))?;
            user.description = description.unwrap_or_else(|| user.description.clone());
            user.role = role.unwrap_or(user.role);
            let user = user.clone();
            if accounts.has_administrator() {
                Ok(user)
            } else {
                Err(ChangeError::LastAdministrator)
            }
        })
    }

    pub(crate) fn delete_user(&self, username: &str) -> Result<(), ChangeError> {
        self.change(|accounts| {
            accounts.user(username).ok_or_else(|| no_user(username))?;
            accounts.users.retain(|user| user.username != username);
            if accounts.has_administrator() { Ok(()) } else { Err(ChangeError::LastAdministrator) }
        })
    }

    /// Slow, as every hashing of a password.
    pub(crate) fn set_password(&self, username: &str, new: &str) -> Result<(), ChangeError> {
        let password = secret::hash_password(new)?;
        self.change(|accounts| {
            accounts.user_mut(username).ok_or_else(|| no_user(username))?.password = password;
            Ok(())
        })
    }

    /// Gives the secret beside the key: nobody can read it again.
    pub(crate) fn create_api_key(
        &self,
        new: NewApiKey,
        now: SystemTime,
    ) -> Result<(ApiKey, String), ChangeError> {
        let secret = random()?;
        let api_key = secret::random_name()?;
        let NewApiKey { name, desc, enable, role, expired_at } = new;
        let hash = STANDARD.encode(digest(&secret));
        let created_at = time::to_unix(now);
        self.change(|accounts| {
            if accounts.api_key(&name).is_some() {
                return Err(ChangeError::Exists(format!("API key `{name}`")));
            }
            let key =
                ApiKey { name, api_key, secret: hash, desc, enable, role, expired_at, created_at };
            push(&mut accounts.api_keys, key)
        })
        .map(|key| (key, secret))
    }

    pub(crate) fn update_api_key(
        &self,
        name: &str,
        edit: ApiKeyEdit,
    ) -> Result<ApiKey, ChangeError> {
        self.change(|accounts| {
            let key = accounts.api_key_mut(name).ok_or_else(|| no_api_key(name))?;
            key.desc = edit.desc.unwrap_or_else(|| key.desc.clone());
            key.enable = edit.enable.unwrap_or(key.enable);
            key.role = edit.role.unwrap_or(key.role);
            key.expired_at = edit.expired_at.unwrap_or(key.expired_at);
            Ok(key.clone())
        })
    }

    pub(crate) fn delete_api_key(&self, name: &str) -> Result<(), ChangeError> {
        self.change(|accounts| {
            accounts.api_key(name).ok_or_else(|| no_api_key(name))?;
            accounts.api_keys.retain(|key| key.name != name);
            Ok(())
        })
    }

    fn set_random_administrator(&self) -> Result<String, ChangeError> {
        let password = secret::random_password()?;
        self.set_administrator(&password)?;
        Ok(password)
    }

    fn set_administrator(&self, password: &str) -> Result<(), ChangeError> {
        let is_administrator =
            self.accounts().user(ADMIN).is_some_and(|user| user.role == Role::Administrator);
        if is_administrator && self.is_password(ADMIN, password) {
            return Ok(());
        }
        let password = secret::hash_password(password)?;
        self.change(|accounts| {
            if let Some(user) = accounts.user_mut(ADMIN) {
                (user.password, user.role) = (password, Role::Administrator);
            } else {
                accounts.users.push(User {
                    username: ADMIN.to_owned(),
                    description: "Made at the first start".to_owned(),
                    role: Role::Administrator,
                    password,
                });
            }
            Ok(())
        })
    }

    /// Nothing is changed when `edit` or writing fails.
    fn change<T>(
        &self,
        edit: impl FnOnce(&mut Accounts) -> Result<T, ChangeError>,
    ) -> Result<T, ChangeError> {
        let _changing = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut accounts = Accounts::clone(&self.0.accounts.load());
        let outcome = edit(&mut accounts)?;
        file::write(&self.0.path, &accounts)?;
        self.0.accounts.store(Arc::new(accounts));
        Ok(outcome)
    }
}

fn push<T: Clone>(members: &mut Vec<T>, member: T) -> Result<T, ChangeError> {
    if members.len() >= MEMBERS_MAX {
        return Err(ChangeError::TooMany);
    }
    members.push(member.clone());
    Ok(member)
}

fn no_user(username: &str) -> ChangeError {
    ChangeError::NoUser(username.to_owned())
}

fn no_api_key(name: &str) -> ChangeError {
    ChangeError::NoApiKey(name.to_owned())
}

/// Who is there from the first start on.
const ADMIN: &str = "admin";
/// Users, and API keys: they are looked through one by one.
const MEMBERS_MAX: usize = 1000;

#[cfg(test)]
mod tests;
