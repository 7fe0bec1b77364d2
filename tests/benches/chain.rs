//! What the middleware that every command has costs: processor time of the server for a request, with the chain and
//! without, over sockets.
//!
//! ```sh
//! cargo bench -p bantam-tests --bench chain
//! ```
//! The servers run at the same time, each in a process of its own with one worker, and are asked in turns, so that
//! what else the machine does meets both. The log goes to `/dev/null`, through the writer that carries it out.

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: processor time is read from /proc, which only Linux has");
}

#[cfg(target_os = "linux")]
mod linux {
    use core::net::Ipv4Addr;
    use core::num::NonZeroUsize;
    use std::env;
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use bantam_core::limits::Limits;
    use bantam_core::middleware::Middleware;
    use bantam_core::middleware::access_log::{AccessLog, Format};
    use bantam_core::middleware::request_id::RequestIds;
    use bantam_core::middleware::security_fields::SecurityFields;
    use bantam_demo::{App, METRICS, Streams};
    use bantam_tests::app::demo;
    use bantam_tests::client::PATIENCE;
    use bantam_tests::process::{self, Process};
    use bantam_transport_std::Config;
    use bantam_transport_std::log::{Log, Target, unix_millis};

    const CONNECTIONS: usize = 64;
    const TURNS: usize = 15;
    const ROUNDS: usize = 300;

    const REQUEST: &[u8] = b"GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench\r\n\r\n";

    pub(super) fn main() {
        if let Some(role) = process::role() {
            return serve(&role);
        }
        // `cargo test --benches` only wants to see that it runs.
        let is_bench = env::args().any(|argument| argument == "--bench");
        let (turns, rounds) = if is_bench { (TURNS, ROUNDS) } else { (3, 2) };
        let mut sides = ["bare", "common", "json"].map(Side::new);
        for side in &mut sides {
            side.ask(rounds); // what the first requests make a server touch is not the cost of a request
        }
        for _ in 0..turns {
            for side in &mut sides {
                side.turn(rounds);
            }
        }
        println!("processor time of the server for a request, medians of {turns} turns:");
        let bare = sides[0].costs.clone();
        for side in &mut sides {
            let mut ratios: Vec<_> = side.costs.iter().zip(&bare).map(|(cost, bare)| cost / bare).collect();
            let name = match side.role {
                "bare" => "no middleware",
                "common" => "metrics, log, ids, security fields",
                _ => "the same with the log as JSON",
            };
            println!("{:>8.2} µs {:>6.2} x  {name}", median(&mut side.costs), median(&mut ratios));
        }
    }

    fn median(values: &mut [f64]) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }

    fn serve(role: &str) {
        let config = Config { workers: NonZeroUsize::MIN, ..Config::default() };
        let service = demo(Limits::DEFAULT);
        if role == "bare" {
            return process::serve(&service, config);
        }
        let warn = |message: core::fmt::Arguments<'_>| panic!("{message}");
        let target = Target::File("/dev/null".into());
        let log = Log::start(target, warn, Some(METRICS.log_dropped())).expect("a log");
        let format = if role == "json" { Format::Json } else { Format::Common };
        let access_log = AccessLog::new(format, &log).with_clock(unix_millis);
        let chain: [&dyn Middleware<App, Streams>; 4] =
            [&METRICS, &access_log, &RequestIds, &SecurityFields::USUAL];
        let service = service.with_middleware(&chain).with_connections(METRICS.connections());
        process::serve(&service, config);
    }

    /// A server and its clients.
    struct Side {
        role: &'static str,
        server: Process,
        connections: Vec<TcpStream>,
        /// Microseconds of processor time for a request, turn by turn.
        costs: Vec<f64>,
    }

    impl Side {
        fn new(role: &'static str) -> Self {
            let server = Process::start(role);
            let connect = |_| {
                let stream =
                    TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).expect("the server accepts");
                stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                stream.set_nodelay(true).expect("no delay");
                stream
            };
            let connections = (0..CONNECTIONS).map(connect).collect();
            Self { role, server, connections, costs: Vec::new() }
        }

        /// Asks on every connection, `rounds` times, and keeps what a request has cost.
        fn turn(&mut self, rounds: usize) {
            let before = self.server.processor_time();
            self.ask(rounds);
            let spent = self.server.processor_time() - before;
            let cost = spent.as_secs_f64() * 1e6 / (rounds * CONNECTIONS) as f64;
            self.costs.push(cost);
        }

        fn ask(&mut self, rounds: usize) {
            for _ in 0..rounds {
                for stream in &mut self.connections {
                    stream.write_all(REQUEST).expect("the request is taken");
                }
                for stream in &mut self.connections {
                    let mut space = [0; 2_048];
                    let mut filled = 0;
                    while !space[..filled].ends_with(b"Hello, World!") {
                        let length = stream.read(&mut space[filled..]).expect("an answer");
                        assert!(length > 0, "the server has closed");
                        filled += length;
                    }
                }
            }
        }
    }
}
