//! A statement with the types that the server gives its parameters. It does not know rows.

use std::sync::Arc;

use sqlx::postgres::PgConnection;
use sqlx::postgres::types::Oid;
use sqlx::{AssertSqlSafe, Connection, Either, Executor, SqlSafeStr, Statement as _};

use crate::parameter::Kind;
use crate::statement::Statement;

/// How a statement is run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// For any number of rows, where there is such a form.
    pub(crate) batch: Option<Arc<str>>,
    /// For one row.
    pub(crate) row: Arc<str>,
    /// Of the parameters.
    pub(crate) kinds: Vec<Kind>,
}

impl Plan {
    /// Asks the server. Writes nothing; fails where the statement cannot be prepared.
    pub(crate) async fn ask(
        statement: &Statement,
        connection: &mut PgConnection,
    ) -> Result<Self, sqlx::Error> {
        // What was prepared before may have other types.
        connection.clear_cached_statements().await?;
        let sql = AssertSqlSafe(statement.to_describe()).into_sql_str();
        let prepared = connection.prepare(sql).await?;
        let oids: Vec<Oid> = match prepared.parameters() {
            Some(Either::Left(types)) => types.iter().filter_map(|info| info.oid()).collect(),
            Some(Either::Right(_)) | None => Vec::new(),
        };
        let types = if oids.is_empty() { Vec::new() } else { types_of(&oids, connection).await? };
        let count = statement.parameters().len();
        if types.len() != count {
            let found = types.len();
            let text = format!("the server knows {found} parameters of the statement, not {count}");
            return Err(sqlx::Error::Protocol(text));
        }
        let (names, kinds): (Vec<String>, Vec<Kind>) = types.into_iter().unzip();
        Ok(Self {
            batch: statement.for_batch(&names).map(Arc::from),
            row: statement.for_row(&names).into(),
            kinds,
        })
    }
}

async fn types_of(
    oids: &[Oid],
    connection: &mut PgConnection,
) -> Result<Vec<(String, Kind)>, sqlx::Error> {
    let query = sqlx::query_as::<_, (String, String, Oid)>(TYPES).bind(oids);
    let types = query.fetch_all(connection).await?;
    Ok(types.into_iter().map(|(name, category, base)| (name, kind_of(&category, base))).collect())
}

fn kind_of(category: &str, base: Oid) -> Kind {
    match (category, base) {
        ("A", _) => Kind::Array,
        (_, Oid(17)) => Kind::Bytes,
        (_, Oid(20 | 21 | 23)) => Kind::Integer,
        _ => Kind::Plain,
    }
}

/// The name with which a value is cast, without a length: `"bit"` and `bpchar`, not `bit(1)`. Of a
/// domain, what it is made of.
const TYPES: &str = "SELECT pg_catalog.format_type(t.oid, -1), t.typcategory::text, \
     COALESCE(NULLIF(t.typbasetype, 0), t.oid) \
     FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS p(oid, place) \
     JOIN pg_catalog.pg_type AS t ON t.oid = p.oid ORDER BY p.place";
