//! A PostgreSQL for tests: one that all share, or one of its own that a test may kill, freeze and
//! start again. Knows how it is started, and asks it what it holds.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Row};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::kafka::on_a_thread_that_stays;
use super::{PATIENCE, Process, environment, now, run};

/// A server, or the one that `TEST_POSTGRES_URL` names.
pub(crate) struct Postgres {
    /// Of a database that is always there, for a role that may create others.
    url: String,
    own: Option<Own>,
}

/// What is needed to start a server, and to start it again with what it holds.
struct Own {
    // The mutex is for `Sync` alone.
    process: Mutex<Option<Process>>,
    folder: TempDir,
    port: u16,
}

/// A database of a test's own. Dropped, it is removed.
pub(crate) struct Database {
    url: String,
    name: String,
    server: String,
    runtime: Runtime,
}

impl Postgres {
    /// The one that tests share; each makes a database there. Started with the first test that
    /// asks; it ends with the test process.
    #[track_caller]
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| match environment("TEST_POSTGRES_URL") {
            Some(url) => Self { url, own: None },
            None => Self::start(),
        })
    }

    /// One that nobody else uses.
    #[track_caller]
    pub(crate) fn alone() -> Self {
        Self::start()
    }

    #[track_caller]
    fn start() -> Self {
        remove_those_left_behind();
        let prefix = format!("{FOLDER_PREFIX}{}-", std::process::id());
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir().unwrap();
        if let Some((user, group)) = unprivileged() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = folder.path().join("data");
        let mut initdb = program("initdb");
        initdb.arg("-D").arg(&data).args(["-U", "sluice", "-A", "trust", "-E", "UTF8"]);
        run(initdb.args(["--locale=C", "--no-sync"])).expect_code(0);
        let access = data.join("pg_hba.conf");
        let rest = fs::read_to_string(&access).unwrap();
        let (guarded, password) = (Self::GUARDED, "scram-sha-256");
        let rules = format!("host all {guarded} 127.0.0.1/32 {password}\n{rest}");
        fs::write(&access, rules).unwrap();
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut own = Own { process: Mutex::default(), folder, port };
        own.start();
        let url = format!("postgres://sluice@127.0.0.1:{port}/postgres");
        Self { url, own: Some(own) }
    }

    /// A role of this name has to show a password. Tests create it where they need it.
    pub(crate) const GUARDED: &str = "guarded";

    /// Creates an empty database.
    #[track_caller]
    pub(crate) fn database(&self) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sluice_test_{}_{count}", std::process::id());
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let mut database =
            Database { url: self.url.clone(), name, server: self.url.clone(), runtime };
        database.execute(&format!("CREATE DATABASE {}", database.name));
        let (server, options) = match self.url.split_once('?') {
            Some((server, options)) => (server, format!("?{options}")),
            None => (self.url.as_str(), String::new()),
        };
        let (server, _) = server.rsplit_once('/').expect("the URL names a database");
        database.url = format!("{server}/{}{options}", database.name);
        database
    }

    /// Ends it without warning, with all that works for it. What it committed is in its log.
    pub(crate) fn kill(&mut self) {
        let family = self.family();
        signal("KILL", &family);
        self.process().wait();
        let deadline = now() + PATIENCE;
        while family.iter().any(|&pid| is_alive(pid)) {
            assert!(now() < deadline, "processes of PostgreSQL do not end");
            std::thread::yield_now();
        }
    }

    /// Starts it again where it was, with what it held.
    #[track_caller]
    pub(crate) fn start_again(&mut self) {
        self.own().start();
    }

    /// Stops it in mid-air: its sockets stay open and nobody answers.
    pub(crate) fn freeze(&mut self) {
        // First the one that starts others.
        signal("STOP", &[self.process().pid()]);
        signal("STOP", &self.family());
    }

    /// Lets it go on after [`Postgres::freeze`].
    pub(crate) fn thaw(&mut self) {
        signal("CONT", &self.family());
    }

    /// The server and the processes that work for it.
    fn family(&mut self) -> Vec<u32> {
        let server = self.process().pid();
        let mut family = vec![server];
        for entry in fs::read_dir("/proc").unwrap() {
            let name = entry.unwrap().file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            if parent(pid) == Some(server) {
                family.push(pid);
            }
        }
        family
    }

    fn process(&mut self) -> &mut Process {
        self.own().process.get_mut().unwrap().as_mut().expect("it runs")
    }

    fn own(&mut self) -> &mut Own {
        self.own.as_mut().expect("a server of the test's own")
    }
}

impl Own {
    #[track_caller]
    fn start(&mut self) {
        let (data, port) = (self.folder.path().join("data"), self.port.to_string());
        let folder = self.folder.path().to_path_buf();
        let process = on_a_thread_that_stays(move || {
            // Ends with the thread that started it, and so with the test process; INT is a shutdown
            // that waits for nobody.
            let mut command = program_with("postgres", &["--pdeathsig", "INT"]);
            command.arg("-D").arg(data).args(["-p", &port, "-h", "127.0.0.1"]);
            command.arg("-k").arg(&folder);
            for setting in ["fsync=off", "shared_buffers=16MB", "max_connections=60"] {
                command.args(["-c", setting]);
            }
            Process::start(&mut command)
        });
        process.wait_for("database system is ready to accept connections");
        self.process = Mutex::new(Some(process));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.own.as_mut().is_some_and(|own| own.process.get_mut().unwrap().is_some()) {
            let family = self.family();
            signal("CONT", &family);
            if self.process().is_running() {
                signal("INT", &family[..1]);
                self.process().stop();
            }
        }
    }
}

impl Database {
    /// Where it is, as a connector names it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The same for another role.
    #[track_caller]
    pub(crate) fn url_for(&self, login: &str) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap();
        let (_, place) = rest.rsplit_once('@').unwrap();
        format!("{scheme}://{login}@{place}")
    }

    /// Runs statements.
    #[track_caller]
    pub(crate) fn execute(&self, sql: &str) {
        self.rows(sql);
    }

    /// The rows of a query as the server shows them: columns apart by `|`, `NULL` for NULL.
    #[track_caller]
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        self.ask(&self.url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The one number that a query gives.
    #[track_caller]
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.rows(sql).first().and_then(|row| row.parse().ok()).expect("one number")
    }

    /// Runs a statement in a transaction that stays open until the connection is dropped.
    #[track_caller]
    pub(crate) fn hold(&self, sql: &str) -> PgConnection {
        let held = async {
            let mut connection = PgConnection::connect(&self.url).await?;
            let sql = AssertSqlSafe(format!("BEGIN; {sql}"));
            sqlx::raw_sql(sql).execute(&mut connection).await?;
            Ok::<_, sqlx::Error>(connection)
        };
        self.runtime.block_on(held).unwrap()
    }

    /// Asks again and again until the rows are what is wanted.
    #[track_caller]
    pub(crate) fn wait_rows(&self, sql: &str, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
        let deadline = now() + PATIENCE;
        loop {
            let rows = self.ask(&self.url, sql);
            match rows {
                Ok(rows) if wanted(&rows) => return rows,
                other => assert!(now() < deadline, "{sql}: {other:?}"),
            }
            self.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
        }
    }

    fn ask(&self, url: &str, sql: &str) -> Result<Vec<String>, sqlx::Error> {
        let answer = async {
            let mut connection = PgConnection::connect(url).await?;
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut connection).await?;
            connection.close().await?;
            Ok(rows.iter().map(shown).collect())
        };
        let limited = async { tokio::time::timeout(PATIENCE, answer).await };
        self.runtime.block_on(limited).unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server may be gone with its folder.
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let _gone = self.ask(&self.server, &sql);
    }
}

fn shown(row: &PgRow) -> String {
    let cells = (0..row.len()).map(|at| {
        let cell: Option<String> = row.try_get_unchecked(at).unwrap();
        cell.unwrap_or_else(|| "NULL".to_owned())
    });
    cells.collect::<Vec<_>>().join("|")
}

/// A program of the server, run by a user that it accepts: it refuses root.
fn program(name: &str) -> Command {
    program_with(name, &[])
}

fn program_with(name: &str, options: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(options).args(["--no-new-privs"]).current_dir("/");
    if let Some((user, group)) = unprivileged() {
        command.args(["--reuid", &user.to_string(), "--regid", &group.to_string()]);
        command.arg("--clear-groups");
    }
    command.arg(folder_of_programs().join(name));
    command
}

/// Who runs the server where the tests run as root: the user of Debian's package.
fn unprivileged() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find(|line| line.starts_with("postgres:")).expect(INSTALL);
    let mut numbers = user.split(':').skip(2).map(|number| number.parse().unwrap());
    Some((numbers.next().unwrap(), numbers.next().unwrap()))
}

#[track_caller]
fn folder_of_programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|entry| entry.unwrap().path()).collect();
    folders.sort_by_key(|folder| {
        folder.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok())
    });
    let folders = folders.into_iter().rev().map(|folder| folder.join("bin"));
    let on_the_path = environment("PATH").unwrap_or_default();
    let others = std::env::split_paths(&on_the_path).collect::<Vec<_>>();
    let has_all = |folder: &PathBuf| ["postgres", "initdb"].iter().all(|p| folder.join(p).exists());
    folders.chain(others).find(has_all).expect(INSTALL)
}

fn signal(name: &str, pids: &[u32]) {
    // One may have ended by itself.
    for pid in pids.iter().filter(|&&pid| is_alive(pid)) {
        run(Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()));
    }
}

/// Neither gone nor waiting to be taken note of.
fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z")
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.1.parse().ok()
}

/// State and parent.
fn stat(pid: u32) -> Option<(String, String)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned);
    Some((fields.next()?, fields.next()?))
}

/// The folder of a shared server outlives its test process; the next one clears it away.
fn remove_those_left_behind() {
    for entry in fs::read_dir(std::env::temp_dir()).unwrap().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(FOLDER_PREFIX));
        let pid = owner.and_then(|owner| owner.split('-').next());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            // Of another user, or being removed by another test.
            let _left = fs::remove_dir_all(entry.path());
        }
    }
}

const FOLDER_PREFIX: &str = "sluice-test-postgres-";

const INSTALL: &str = "PostgreSQL is missing: `make test` installs it";
