//! Where this machine listens: on its own address alone.

use axum::Router;
use axum::serve::ListenerExt as _;
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

/// Serves until the process ends. The last piece of a long answer does not wait for the others to be acknowledged, which
/// takes 40 ms.
pub async fn serve(listener: TcpListener, router: Router) {
    let listener = listener.tap_io(|connection| {
        let _slow_at_worst = connection.set_nodelay(true);
    });
    let _ended = axum::serve(listener, router).await;
}
