//! tiny_http, with sixteen threads that answer.

use std::thread;

use bantam_bench_peers::{Arguments, Greeting, HELLO, MiMalloc, User};
use serde::Serialize;
use tiny_http::{Header, Request, Response, Server};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const THREADS: usize = 16;

fn main() {
    let server = Server::http(Arguments::read().address).expect("the port is free");
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for request in server.incoming_requests() {
                    // The client may have gone.
                    let _ = answer(request);
                }
            });
        }
    });
}

fn answer(mut request: Request) -> std::io::Result<()> {
    let path = request.url().to_owned();
    match path.as_str() {
        "/plaintext" => respond(request, "text/plain", HELLO.into()),
        "/json" => json(request, &Greeting::HELLO),
        "/" => {
            let mut content = Vec::with_capacity(2_048);
            request.as_reader().read_to_end(&mut content)?;
            respond(request, "application/octet-stream", content)
        }
        path => match path.strip_prefix("/users/") {
            Some(id) => json(request, &User { id }),
            None => request.respond(Response::empty(404)),
        },
    }
}

fn json(request: Request, value: &impl Serialize) -> std::io::Result<()> {
    respond(request, "application/json", serde_json::to_vec(value)?)
}

fn respond(request: Request, kind: &'static str, content: Vec<u8>) -> std::io::Result<()> {
    let kind = Header::from_bytes("Content-Type", kind).expect("a good field");
    request.respond(Response::from_data(content).with_header(kind))
}
