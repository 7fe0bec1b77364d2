//! hyper on tokio, a runtime for each thread.

use std::convert::Infallible;

use bantam_bench_peers::{Arguments, Greeting, HELLO, MiMalloc, User};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, SERVER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    Arguments::read().on_each_thread(|listener| {
        let runtime = Builder::new_current_thread().enable_io().build().expect("a runtime");
        LocalSet::new().block_on(&runtime, serve(listener));
    });
}

async fn serve(listener: std::net::TcpListener) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    let mut http = http1::Builder::new();
    // As in its own benchmarks: answers of a batch leave together.
    http.pipeline_flush(true);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // The client may have gone.
        let _ = stream.set_nodelay(true);
        let connection = http.serve_connection(TokioIo::new(stream), service_fn(answer));
        spawn_local(async {
            let _ = connection.await;
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    Ok(match path {
        "/plaintext" => response("text/plain", Bytes::from_static(HELLO.as_bytes())),
        "/json" => json(&Greeting::HELLO),
        "/" => {
            // What is left of a broken upload is empty.
            let content = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            response("application/octet-stream", content)
        }
        _ => match path.strip_prefix("/users/") {
            Some(id) => json(&User { id }),
            None => {
                let mut missing = response("text/plain", Bytes::new());
                *missing.status_mut() = hyper::StatusCode::NOT_FOUND;
                missing
            }
        },
    })
}

fn json(value: &impl Serialize) -> Response<Full<Bytes>> {
    response("application/json", serde_json::to_vec(value).expect("it can be written").into())
}

fn response(kind: &'static str, content: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(content));
    response.headers_mut().insert(SERVER, HeaderValue::from_static("hyper"));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
