//! actix-web, with its own threads.

use actix_web::web::{self, Bytes, Json};
use actix_web::{App, HttpResponse, HttpServer};
use bantam_bench_peers::{Arguments, Greeting, HELLO, MiMalloc, User};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::read();
    let application = || {
        App::new()
            .route("/plaintext", web::get().to(async || HELLO))
            .route("/json", web::get().to(async || Json(Greeting::HELLO)))
            .route("/users/{id}", web::get().to(user))
            .route("/", web::post().to(async |content: Bytes| content))
    };
    HttpServer::new(application).workers(arguments.threads).bind(arguments.address)?.run().await
}

async fn user(id: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(User { id: &id })
}
