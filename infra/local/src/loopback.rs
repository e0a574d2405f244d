//! Where this machine listens: on its own address alone.

use tokio::net::TcpListener;

/// A listener and its address. A port that somebody else has is no reason to give up: any other will do; 0 is any.
///
/// # Errors
/// When no port is free.
pub async fn listen(port: u16) -> Result<(TcpListener, String), String> {
    let listener = match TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(|wrong| format!("no free port: {wrong}"))?,
    };
    let address = listener.local_addr().map_err(|wrong| wrong.to_string())?;
    Ok((listener, format!("http://{address}")))
}
