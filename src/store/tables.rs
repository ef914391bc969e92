//! Looks up tables by name, for operations on all tables.

/// Runs `$body` with `$table` as the definition of the table named `$name`. An unknown name gives
/// `$unknown`.
macro_rules! with_table {
    ($name:expr, |$table:ident| $body:expr, $unknown:expr) => {{
        use $crate::store::schema;
        macro_rules! run {
            ($definition:expr) => {{
                let $table = $definition;
                $body
            }};
        }
        match $name {
            "meta" => run!(schema::META),
            "webhook" => run!(schema::WEBHOOK),
            "webhook_state" => run!(schema::WEBHOOK_STATE),
            "webhook_id" => run!(schema::WEBHOOK_ID),
            "webhook_status" => run!(schema::WEBHOOK_STATUS),
            "webhook_source" => run!(schema::WEBHOOK_SOURCE),
            "counter" => run!(schema::COUNTER),
            "catalog" => run!(schema::CATALOG),
            "token_revoked" => run!(schema::TOKEN_REVOKED),
            "session" => run!(schema::SESSION),
            "audit" => run!(schema::AUDIT),
            "task" => run!(schema::TASK),
            "client_used" => run!(schema::CLIENT_USED),
            name if name.starts_with("index_") => run!(schema::record_index(name)),
            name if name.starts_with("record_") => run!(schema::record_table(name)),
            _ => $unknown,
        }
    }};
}

pub(super) use with_table;
