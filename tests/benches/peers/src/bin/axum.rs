//! axum on tokio, a runtime for each thread.

use axum::body::Bytes;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use bantam_bench_peers::{Arguments, Greeting, HELLO, MiMalloc, User};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    Arguments::read().on_each_thread(|listener| {
        let runtime = Builder::new_current_thread().enable_io().build().expect("a runtime");
        runtime.block_on(serve(listener));
    });
}

async fn serve(listener: std::net::TcpListener) {
    let listener = TcpListener::from_std(listener).expect("a listener").tap_io(|stream| {
        // The client may have gone.
        let _ = stream.set_nodelay(true);
    });
    let application = Router::new()
        .route("/plaintext", get(async || HELLO))
        .route("/json", get(async || Json(Greeting::HELLO)))
        .route("/users/{id}", get(user))
        .route("/", post(async |content: Bytes| content));
    axum::serve(listener, application).await.expect("it serves on");
}

async fn user(Path(id): Path<String>) -> impl IntoResponse {
    Json(User { id: &id }).into_response()
}
