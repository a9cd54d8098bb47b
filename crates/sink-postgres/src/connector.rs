//! The link to one database. It does not know statements and rows.

use std::sync::Arc;

use sluice_rule::{Action, ActionKind};
use sluice_sink::{BoxFuture, BuildError, Connector, OpenError, Resolve, Sink, Unavailable};
use tokio::time::timeout;

use crate::config::Settings;
use crate::failure::Failure;
use crate::pool::Pool;
use crate::sink::PostgresSink;
use crate::statement::Statement;

/// See [`crate::TYPE`].
pub(crate) fn build(
    connector: &sluice_rule::Connector,
    resolve: Resolve<'_>,
) -> Result<Arc<dyn Connector>, BuildError> {
    let settings = Settings::read(connector, resolve)?;
    let target = settings.target.clone();
    Ok(Arc::new(PostgresLink { target, pool: Arc::new(Pool::new(settings)) }))
}

/// One database.
struct PostgresLink {
    target: String,
    pool: Arc<Pool>,
}

impl Connector for PostgresLink {
    /// Runs `SELECT 1`.
    fn check(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(async {
            let answer = self.ask().await;
            answer.map_err(|cause| Unavailable { target: self.target.clone(), cause: cause.into() })
        })
    }

    fn open(&self, action: &Action) -> Result<Arc<dyn Sink>, OpenError> {
        let ActionKind::Postgres(write) = &action.kind else {
            let kind = action.kind.type_name();
            let detail = format!("an action of type {kind} needs a connector of type {kind}");
            return Err(OpenError { detail });
        };
        if write.exactly_once {
            let detail = "exactly_once = true is not supported yet; leave it out: each row is \
                          written at least once";
            return Err(OpenError { detail: detail.to_owned() });
        }
        let statement = Statement::parse(&write.sql)
            .map_err(|error| OpenError { detail: format!("sql: {error}") })?;
        Ok(Arc::new(PostgresSink::new(Arc::clone(&self.pool), statement, self.target.clone())))
    }
}

impl PostgresLink {
    async fn ask(&self) -> Result<(), Failure> {
        let mut lease = self.pool.lease().await?;
        let limit = self.pool.request_timeout();
        let asked = sqlx::raw_sql("SELECT 1").execute(lease.connection());
        let Ok(answer) = timeout(limit, asked).await else {
            lease.discard();
            return Err(Failure::TimedOut(limit));
        };
        match answer {
            Ok(_) => lease.keep(),
            Err(error) => {
                lease.discard();
                return Err(error.into());
            }
        }
        Ok(())
    }
}
