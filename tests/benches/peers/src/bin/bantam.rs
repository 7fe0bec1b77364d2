//! bantam's library with the routes of its demo, and nothing around them, as the other servers have it here.

use core::num::NonZeroUsize;

use bantam_bench_peers::Arguments;
use bantam_core::service::Service;
use bantam_demo::{App, ROUTES};
use bantam_transport_std::{Config, Server};

fn main() {
    let arguments = Arguments::read();
    let workers = NonZeroUsize::new(arguments.threads).expect("a thread");
    let config = Config { workers, ..Config::default() };
    let server = Server::bind(arguments.address, config).expect("the port is free");
    let app = App::new();
    server.run(&Service::new(&app, &ROUTES)).expect("the server ends well");
}
