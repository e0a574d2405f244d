//! DynamoDB: dynoxide in this process, spoken to over HTTP by the real SDK.

use dynoxide::Database;
use serde_json::Value;
use tokio::net::TcpListener;

/// Starts it with the template's table; tells its address. It ends with the process.
///
/// # Errors
/// When the table cannot be made or no port is free.
pub async fn start(table: Value) -> Result<String, String> {
    let database = Database::memory().map_err(|wrong| format!("DynamoDB: {wrong}"))?;
    let request = serde_json::from_value(table).map_err(|wrong| format!("the template's table: {wrong}"))?;
    database
        .create_table(request)
        .map_err(|wrong| format!("the template's table: {wrong}"))?;
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(|wrong| format!("DynamoDB: {wrong}"))?;
    let address = listener.local_addr().map_err(|wrong| wrong.to_string())?;
    tokio::spawn(dynoxide::server::serve_with_shutdown(
        listener,
        database,
        std::future::pending(),
    ));
    Ok(format!("http://{address}"))
}
