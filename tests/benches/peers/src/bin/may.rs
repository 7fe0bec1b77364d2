//! may_minihttp: coroutines on threads. It has no router, and leaves `Connection: close` to the client.

use std::io::{self, Read as _};

use bantam_bench_peers::{Arguments, Greeting, HELLO, MiMalloc, User};
use may_minihttp::{HttpServer, HttpService, Request, Response};
use serde::Serialize;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[derive(Clone)]
struct Routes;

impl HttpService for Routes {
    fn call(&mut self, request: Request, response: &mut Response) -> io::Result<()> {
        match request.path() {
            "/plaintext" => response.header("Content-Type: text/plain").body(HELLO),
            "/json" => json(response, &Greeting::HELLO)?,
            "/" => {
                let mut content = Vec::with_capacity(2_048);
                request.body().read_to_end(&mut content)?;
                response.header("Content-Type: application/octet-stream").body_vec(content);
            }
            path => match path.strip_prefix("/users/") {
                Some(id) => json(response, &User { id })?,
                None => {
                    response.status_code(404, "Not Found");
                }
            },
        }
        Ok(())
    }
}

fn json(response: &mut Response, value: &impl Serialize) -> io::Result<()> {
    response.header("Content-Type: application/json").body_vec(serde_json::to_vec(value)?);
    Ok(())
}

fn main() {
    let arguments = Arguments::read();
    may::config().set_workers(arguments.threads);
    let server = HttpServer(Routes).start(arguments.address).expect("the port is free");
    server.join().expect("it serves on");
}
