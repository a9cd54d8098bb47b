//! Makes and changes the tables that Sluice keeps in a database, as the numbered files of
//! `migrations/` say. It does not know what those tables are for.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use sluice_sink::BoxError;
use sqlx::migrate::{Migrate, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor, SqlSafeStr};
use tokio::time::timeout;

use crate::config::{UrlError, connect_options};
use crate::failure::Failure;

/// One numbered file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its number.
    pub version: i64,
    /// The rest of its name.
    pub name: &'static str,
    /// When it was applied.
    pub applied: Applied,
}

/// When a migration was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// By this call.
    Now,
    /// It was there already.
    Before,
}

/// A database was not brought up to date. What was applied before the failure stays.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The URL names no PostgreSQL database.
    #[error("{0}")]
    Url(String),
    /// It does not answer, or refuses the login.
    #[error("could not connect to {place}")]
    Connect {
        /// Host, port and database; no user, no password.
        place: String,
        /// Why.
        #[source]
        cause: BoxError,
    },
    /// A statement failed, or a file differs from the one that was applied.
    #[error("could not migrate {place}")]
    Migrate {
        /// Host, port and database; no user, no password.
        place: String,
        /// Why.
        #[source]
        cause: BoxError,
    },
}

/// Applies what is missing to the database of `url`, in order, each file in a transaction of its
/// own; tells all of them, in order. Must be called within a tokio runtime.
///
/// # Errors
/// See [`MigrateError`].
pub async fn migrate(url: &str) -> Result<Vec<Migration>, MigrateError> {
    let options =
        connect_options(url).map_err(|error: UrlError| MigrateError::Url(error.to_string()))?;
    let place = Place(&options).to_string();
    let connected = timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options)).await;
    let connected = match connected {
        Ok(connected) => connected.map_err(Failure::from),
        Err(_) => Err(Failure::NoConnection(CONNECT_TIMEOUT)),
    };
    let mut connection = match connected {
        Ok(connection) => connection,
        Err(failure) => return Err(MigrateError::Connect { place, cause: failure.into() }),
    };
    let answer = timeout(MIGRATE_TIMEOUT, apply(&mut connection)).await;
    let answer = answer.unwrap_or_else(|_| Err(Failure::TimedOut(MIGRATE_TIMEOUT).into()));
    let migrations = answer.map_err(|cause| MigrateError::Migrate { place, cause })?;
    // The work is done, whatever becomes of the connection.
    connection.close().await.unwrap_or_default();
    Ok(migrations)
}

async fn apply(connection: &mut PgConnection) -> Result<Vec<Migration>, BoxError> {
    let mut migrator = Migrator::with_migrations(files().collect());
    // Beside an application that keeps its own list in the same database.
    migrator.dangerous_set_table_name(TABLE);
    connection.execute(LOCK_TIMEOUT).await.map_err(Failure::from)?;
    // Held until the connection ends, so that two calls at once tell the truth.
    connection.lock().await.map_err(described)?;
    connection.ensure_migrations_table(TABLE).await.map_err(described)?;
    let before = connection.list_applied_migrations(TABLE).await.map_err(described)?;
    let before: HashSet<i64> = before.iter().map(|migration| migration.version).collect();
    migrator.run(connection).await.map_err(described)?;
    let told = FILES.iter().map(|&(version, name, _)| Migration {
        version,
        name,
        applied: if before.contains(&version) { Applied::Before } else { Applied::Now },
    });
    Ok(told.collect())
}

fn files() -> impl Iterator<Item = sqlx::migrate::Migration> {
    FILES.iter().map(|&(version, name, sql)| {
        let (kind, sql) = (MigrationType::Simple, sql.into_sql_str());
        sqlx::migrate::Migration::new(version, name.into(), kind, sql, false)
    })
}

fn described(error: sqlx::migrate::MigrateError) -> BoxError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "of another crate, and says it all")]
    match error {
        sqlx::migrate::MigrateError::Execute(error) => Failure::from(error).into(),
        sqlx::migrate::MigrateError::ExecuteMigration(error, version) => {
            format!("migration {version}: {}", Failure::from(error)).into()
        }
        sqlx::migrate::MigrateError::VersionMissing(version) => {
            format!("it has migration {version}, which a newer version of Sluice made").into()
        }
        other => other.into(),
    }
}

struct Place<'o>(&'o PgConnectOptions);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get_socket() {
            Some(socket) => write!(f, "{}", socket.display())?,
            None => write!(f, "{}:{}", self.0.get_host(), self.0.get_port())?,
        }
        match self.0.get_database() {
            Some(database) => write!(f, "/{database}"),
            None => Ok(()),
        }
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// For all files together. Whoever waits longer for a lock is better told.
const MIGRATE_TIMEOUT: Duration = Duration::from_secs(600);

const LOCK_TIMEOUT: &str = "SET lock_timeout = '30s'";

/// Which files were applied, and their checksums.
const TABLE: &str = "sluice_migrations";

/// `migrations/`: number, name, text. A file that was released never changes.
const FILES: [(i64, &str, &str); 1] =
    [(1, "cursor", include_str!("../../../migrations/0001_cursor.sql"))];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_applied_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let listed: Vec<String> =
            FILES.iter().map(|(version, name, _)| format!("{version:04}_{name}.sql")).collect();
        assert_eq!(names, listed);
    }

    #[test]
    fn a_place_tells_neither_user_nor_password() {
        for (url, place) in [
            ("postgres://anna:geheim@db.example:6543/plant", "db.example:6543/plant"),
            ("postgres://anna:geheim@[::1]/plant", "[::1]:5432/plant"),
            ("postgres:///plant?host=/run/postgresql", "/run/postgresql/plant"),
        ] {
            assert_eq!(Place(&connect_options(url).unwrap()).to_string(), place);
        }
    }
}
