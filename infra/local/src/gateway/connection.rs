//! Serving one connection to its end.

use super::limits::ListenerLimits;
use super::seat::Seat;
use super::watched::{WatchedBody, WatchedStream};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures::future::BoxFuture;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tradewind_engine::ports::Clock as _;
use tradewind_system::SystemClock;

/// Serves requests until either side has had enough, or the process stops.
pub(super) async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    seat: Arc<Seat>,
    limits: ListenerLimits,
    mut stopping: watch::Receiver<bool>,
) {
    // An answer is written at once, and nothing is waited for to fill a packet.
    let _ = stream.set_nodelay(true);
    let requests = Requests { app: TowerToHyperService::new(app), peer, seat: seat.clone() };
    let io = TokioIo::new(WatchedStream { stream, seat: seat.clone() });
    let mut connection = http1::Builder::new()
        // Heads are timed by their seats, in one place with everything else that waits.
        .header_read_timeout(None)
        // Some senders say that they have said all, and wait for the answer.
        .half_close(true)
        .max_header_size(limits.head_bytes_max)
        .max_buf_size(limits.head_bytes_max)
        .max_headers(limits.headers_max)
        .serve_connection(io, requests);
    let mut is_stopping = false;
    let ended = loop {
        tokio::select! {
            biased;
            // It has written its answers, and said that no more will follow, when it ends.
            ended = &mut connection => break ended,
            () = seat.close_requested() => return,
            _ = stopping.wait_for(|stop| *stop), if !is_stopping => {
                is_stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let is_refused = ended.is_err();
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended before its request did");
    }
    let stream = connection.into_parts().io.into_inner().stream;
    tokio::select! {
        () = close(stream, is_refused || seat.is_unread(), limits) => {}
        () = seat.close_requested() => {}
    }
}

/// Closes a connection. Where bytes come that nobody wants, closing at once would reset it, and take the
/// answer away from its reader.
async fn close(mut stream: TcpStream, is_unread: bool, limits: ListenerLimits) {
    // It may have been done already, or the other side be gone.
    let _ = stream.shutdown().await;
    if !is_unread {
        return;
    }
    let drain = async {
        let mut bytes = [0; 4_096];
        let mut left = limits.linger_bytes;
        while let Ok(read @ 1..) = stream.read(&mut bytes).await {
            left = left.saturating_sub(read);
            if left == 0 {
                return;
            }
        }
    };
    tokio::select! {
        () = drain => {}
        () = SystemClock.sleep(limits.linger_time) => {}
    }
}

/// The requests of one connection on their way to the routes.
struct Requests {
    app: TowerToHyperService<Router>,
    peer: SocketAddr,
    seat: Arc<Seat>,
}

impl Service<Request<Incoming>> for Requests {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let seat = self.seat.clone();
        seat.begin_request();
        let mut request = request.map(|body| Body::new(WatchedBody::new(body, seat.clone())));
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let answer = self.app.call(request);
        Box::pin(async move {
            let mut answer = answer.await?;
            seat.end_body(false);
            if seat.is_unread() {
                let close = HeaderValue::from_static("close");
                answer.headers_mut().insert(header::CONNECTION, close);
            }
            seat.end_request();
            Ok(answer)
        })
    }
}
