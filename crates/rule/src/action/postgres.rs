//! `type = "postgres"`: one statement for each row. It does not know connections.

/// Own keys of a `postgres` action.
#[derive(Clone, Debug)]
pub struct PostgresWrite {
    /// Each `${…}` becomes a bound parameter, never pasted text.
    pub sql: String,
    /// Whether the cursor is moved in the same transaction.
    pub exactly_once: bool,
}
