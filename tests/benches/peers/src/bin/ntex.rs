//! ntex on tokio, with its own threads.

use bantam_bench_peers::{Arguments, Greeting, HELLO, MiMalloc, User};
use ntex::util::Bytes;
use ntex::web::types::Path;
use ntex::web::{self, App, HttpResponse, HttpServer};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[ntex::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::read();
    let application = async || {
        App::new()
            .service(web::resource("/plaintext").to(async || HELLO))
            .service(web::resource("/json").to(async || HttpResponse::Ok().json(&Greeting::HELLO)))
            .service(web::resource("/users/{id}").to(user))
            .service(web::resource("/").to(async |content: Bytes| HttpResponse::Ok().body(content)))
    };
    HttpServer::new(application).bind(arguments.address)?.workers(arguments.threads).run().await
}

async fn user(id: Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(&User { id: &id })
}
