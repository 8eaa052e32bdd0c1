//! What a disk allows that is asked to keep each webhook by a commit of its own, by a server that does
//! nothing else.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use rusqlite::Connection;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// Serves until the process is ended.
pub(crate) async fn serve() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = open(&folder.path().join("floor.db")).map_err(io::Error::other)?;
    let app = Router::new()
        .route("/hooks/commercelayer/shop", post(keep))
        .with_state(Arc::new(Mutex::new(store)));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    axum::serve(listener, app).await
}

fn open(path: &std::path::Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute("CREATE TABLE webhooks (body BLOB NOT NULL)", [])?;
    Ok(connection)
}

async fn keep(State(store): State<Arc<Mutex<Connection>>>, body: Bytes) -> StatusCode {
    let kept = tokio::task::spawn_blocking(move || {
        let store = store.lock().unwrap_or_else(PoisonError::into_inner);
        let mut insert = store.prepare_cached("INSERT INTO webhooks (body) VALUES (?1)")?;
        insert.execute([&body[..]])
    });
    match kept.await {
        Ok(Ok(_)) => StatusCode::OK,
        Ok(Err(_)) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
