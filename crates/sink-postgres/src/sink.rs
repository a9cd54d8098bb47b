//! Batches of one action, as calls to the server. It does not know how connections are made.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sluice_rule::Row;
use sluice_sink::{BoxFuture, Defaults, Sink, WriteError, Written};
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{AssertSqlSafe, Executor};
use tokio::time::timeout;

use crate::encode::{Columns, row_arguments};
use crate::failure::{Failure, ServerError};
use crate::parameter::Unwritable;
use crate::plan::Plan;
use crate::pool::Pool;
use crate::statement::Statement;

/// One statement into one database.
pub(crate) struct PostgresSink {
    pool: Arc<Pool>,
    statement: Statement,
    target: String,
    /// Asked at the first use, and again when the server objects to what it says.
    plan: Mutex<Option<Arc<Plan>>>,
}

/// Rows that have no form for the server, by their place in the batch.
type Refused = Vec<(usize, Unwritable)>;

impl PostgresSink {
    pub(crate) const fn new(pool: Arc<Pool>, statement: Statement, target: String) -> Self {
        Self { pool, statement, target, plan: Mutex::new(None) }
    }
}

impl Sink for PostgresSink {
    fn defaults(&self) -> Defaults {
        DEFAULTS
    }

    fn check(&self) -> BoxFuture<'_, Result<(), WriteError>> {
        Box::pin(async {
            let answer = self.call(async |connection| self.ask(connection).await.map(|_| ())).await;
            answer.map_err(|failure| self.error(failure, 0))
        })
    }

    fn write<'w>(&'w self, rows: &'w [Arc<Row>]) -> BoxFuture<'w, Result<Written, WriteError>> {
        Box::pin(async move {
            let answer = self.call(async |connection| self.write_on(connection, rows).await).await;
            match answer {
                Ok(refused) if refused.is_empty() => Ok(Written::All),
                Ok(refused) => Ok(Written::Each(self.each(refused, rows.len()))),
                Err(failure) => Err(self.error(failure, rows.len())),
            }
        })
    }
}

impl PostgresSink {
    /// Calls with a connection, which is used again only where it is known to have nothing under
    /// way.
    async fn call<T>(
        &self,
        call: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut lease = self.pool.lease().await?;
        let limit = self.pool.request_timeout();
        let answer = timeout(limit, call(lease.connection())).await;
        let answer = answer.unwrap_or(Err(Failure::TimedOut(limit)));
        match &answer {
            Ok(_) => lease.keep(),
            Err(failure) if failure.spares_connection() => lease.keep(),
            Err(_) => lease.discard(),
        }
        answer
    }

    async fn write_on(
        &self,
        connection: &mut PgConnection,
        rows: &[Arc<Row>],
    ) -> Result<Refused, Failure> {
        let known = self.plan().clone();
        let Some(plan) = known else {
            let plan = self.ask(connection).await?;
            return self.run(connection, &plan, rows).await;
        };
        let failure = match self.run(connection, &plan, rows).await {
            Ok(refused) => return Ok(refused),
            Err(failure) => failure,
        };
        // Before a row is set aside or everything halts: the table may have changed its types.
        // A batch of several rows comes again in smaller ones, so that one question is enough.
        let is_stale = failure.server_error().is_some_and(ServerError::is_stale);
        let is_worth_asking = failure.server_error().is_some_and(|error| {
            is_stale || error.is_of(&["42"]) || rows.len() == 1 && error.is_of(&["22"])
        });
        if !is_worth_asking {
            return Err(failure);
        }
        *self.plan() = None;
        if is_stale && plan.batch.is_none() && rows.len() > 1 {
            // In the middle of a transaction, which is over with this connection.
            return Err(failure);
        }
        let now = self.ask(connection).await?;
        if now == plan && !is_stale {
            return Err(failure);
        }
        self.run(connection, &now, rows).await
    }

    async fn ask(&self, connection: &mut PgConnection) -> Result<Arc<Plan>, Failure> {
        let plan = Arc::new(Plan::ask(&self.statement, connection).await?);
        *self.plan() = Some(Arc::clone(&plan));
        Ok(plan)
    }

    async fn run(
        &self,
        connection: &mut PgConnection,
        plan: &Plan,
        rows: &[Arc<Row>],
    ) -> Result<Refused, Failure> {
        let Some(sql) = &plan.batch else { return self.run_each(connection, plan, rows).await };
        let columns = Columns::of(self.statement.parameters(), &plan.kinds, rows)?;
        if columns.rows == 0 {
            return Ok(columns.refused);
        }
        match execute(connection, sql, columns.arguments()?).await {
            Ok(()) => Ok(columns.refused),
            // Two rows of the batch meet the same row of the table. One by one each finds what the
            // one before it left.
            Err(failure) if is_second_time(&failure) && columns.rows > 1 => {
                drop(columns);
                self.run_each(connection, plan, rows).await
            }
            Err(failure) => Err(failure),
        }
    }

    /// Row by row, all or none.
    async fn run_each(
        &self,
        connection: &mut PgConnection,
        plan: &Plan,
        rows: &[Arc<Row>],
    ) -> Result<Refused, Failure> {
        let is_one = rows.len() == 1;
        if !is_one {
            connection.execute("BEGIN").await?;
        }
        let mut refused = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            match row_arguments(self.statement.parameters(), &plan.kinds, row) {
                Ok(arguments) => {
                    if let Err(failure) = execute(connection, &plan.row, arguments).await {
                        return Err(roll_back(connection, failure, is_one).await);
                    }
                }
                Err(Failure::Unwritable(unwritable)) => refused.push((at, unwritable)),
                Err(failure) => return Err(roll_back(connection, failure, is_one).await),
            }
        }
        if !is_one {
            connection.execute("COMMIT").await?;
        }
        Ok(refused)
    }

    fn each(&self, refused: Refused, rows: usize) -> Vec<Result<(), WriteError>> {
        let mut answers = Vec::new();
        answers.resize_with(rows, || Ok(()));
        for (at, unwritable) in refused {
            if let Some(answer) = answers.get_mut(at) {
                *answer = Err(self.error(unwritable.into(), 1));
            }
        }
        answers
    }

    fn error(&self, failure: Failure, rows: usize) -> WriteError {
        WriteError {
            target: self.target.clone(),
            rows,
            remedy: failure.remedy(),
            retry_after: None,
            cause: failure.into(),
        }
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Option<Arc<Plan>>> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn execute(
    connection: &mut PgConnection,
    sql: &Arc<str>,
    arguments: PgArguments,
) -> Result<(), Failure> {
    // Made of an action's SQL, whose values are in the arguments.
    let query = sqlx::query_with(AssertSqlSafe(Arc::clone(sql)), arguments);
    connection.execute(query).await?;
    Ok(())
}

/// Ends a transaction that has failed; gives back why, or why that did not work either.
async fn roll_back(connection: &mut PgConnection, failure: Failure, is_one: bool) -> Failure {
    if is_one || !failure.spares_connection() {
        return failure;
    }
    match connection.execute("ROLLBACK").await {
        Ok(_) => failure,
        Err(error) => error.into(),
    }
}

/// 21000: `ON CONFLICT DO UPDATE command cannot affect row a second time`.
fn is_second_time(failure: &Failure) -> bool {
    failure.server_error().is_some_and(|error| error.code == "21000")
}

/// One lane keeps the order of all rows and is enough: while one batch is written the next one
/// grows, so that batches are as large as the load needs. 1,000 rows is where larger batches gain
/// nothing more. The linger costs a row as much as the commit does on a disk, and makes the
/// server's work for each row a fraction where rows come one by one.
const DEFAULTS: Defaults =
    Defaults { batch_rows_max: 1000, linger: Duration::from_millis(5), lanes: 1 };
