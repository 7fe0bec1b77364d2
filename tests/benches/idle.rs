//! What idle keep-alive connections cost: ten thousand of them, each after one request. Resident memory for each,
//! processor time while nothing happens, and what they cost a request on a connection that is not idle.
//!
//! `cargo bench -p bantam-tests --bench idle` prints the numbers; with a number behind `--`, for so many connections as far
//! as descriptors are allowed. The server is this same program, started again as a process of its own, so that what the
//! client costs is not counted.

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: resident memory is read from /proc, which only Linux has");
}

#[cfg(target_os = "linux")]
mod linux {
    use core::net::{Ipv4Addr, SocketAddr};
    use std::env;
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::thread::sleep;

    use bantam_core::limits::Limits;
    use bantam_core::time::Duration;
    use bantam_tests::app::demo;
    use bantam_tests::client::PATIENCE;
    use bantam_tests::process::{self, Process};
    use bantam_transport_std::Config;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    const WANTED: usize = 10_000;
    /// Requests of the connection that is not idle, in each of its rounds.
    const REQUESTS: u32 = 20_000;
    /// How long nothing happens.
    const STILL: Duration = Duration::from_secs(10);
    /// Descriptors that either process needs beside its connections.
    const OTHERS: usize = 64;
    /// Connections to one address, well below the ports that a client has.
    const PER_ADDRESS: usize = 5_000;

    const REQUEST: &[u8] = b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

    pub(super) fn main() {
        let descriptors = raise_descriptors();
        if process::role().is_some() {
            return serve();
        }
        // `cargo test --benches` only wants to see that it runs.
        let is_bench = env::args().any(|argument| argument == "--bench");
        let number = env::args().find_map(|argument| argument.parse().ok());
        let wanted = number.unwrap_or(if is_bench { WANTED } else { 100 });
        let count = wanted.min(descriptors.saturating_sub(OTHERS));
        if count < wanted {
            println!("{descriptors} descriptors are allowed: {count} connections instead of {wanted}");
        }

        let server = Process::start("idle");
        let mut connections = Vec::with_capacity(count);
        // What the first requests make the server touch is not the cost of a connection.
        for _ in 0..64 {
            drop(connect(server.port(), 0));
        }
        let mut active = connect(server.port(), 0);
        let alone = of_a_request(&server, &mut active, is_bench);
        let before = server.resident();
        for number in 0..count {
            connections.push(connect(server.port(), number));
            if (number + 1) % (count / 4).max(1) == 0 {
                let each = (server.resident() - before) * 1_024 / (number + 1);
                println!("{:>6} connections: {each} bytes each", number + 1);
            }
        }
        // All of them are still there.
        for stream in &mut connections {
            ask(stream);
        }
        let after = server.resident();
        let each = (after - before) * 1_024 / count.max(1);
        println!("idle connections: {count}");
        println!("resident memory of the server: {before} kB before, {after} kB after");
        println!("bytes of resident memory for each: {each}");
        let still = server.processor_time();
        sleep(if is_bench { STILL } else { Duration::ZERO });
        let spent = server.processor_time() - still;
        println!("processor time while nothing happens, {STILL:?}: {spent:?}");
        let beside = of_a_request(&server, &mut active, is_bench);
        println!("processor time of a request: {alone:?} alone, {beside:?} beside them");
        server.end();
    }

    /// The server: it lasts until its standard input is closed.
    fn serve() {
        let limits = Limits { idle: Duration::from_secs(3_600), ..Limits::DEFAULT };
        let descriptors = u32::try_from(raise_descriptors()).unwrap_or(u32::MAX);
        // Silence must be shorter where most places are taken.
        let connections = Config::default().connections.max(descriptors.saturating_mul(2));
        process::serve(&demo(limits), Config { connections, ..Config::default() });
    }

    /// Processor time of the server for a request, the least of some rounds.
    fn of_a_request(server: &Process, stream: &mut TcpStream, is_bench: bool) -> Duration {
        let (rounds, requests) = if is_bench { (5, REQUESTS) } else { (1, 10) };
        let of_a_round = |_| {
            let before = server.processor_time();
            (0..requests).for_each(|_| ask(stream));
            (server.processor_time() - before) / requests
        };
        (0..rounds).map(of_a_round).min().expect("a round")
    }

    /// Connection `number`, after one request.
    fn connect(port: u16, number: usize) -> TcpStream {
        let address = Ipv4Addr::new(127, 0, 0, 1 + (number / PER_ADDRESS) as u8);
        let address = SocketAddr::from((address, port));
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        ask(&mut stream);
        stream
    }

    fn ask(stream: &mut TcpStream) {
        stream.write_all(REQUEST).expect("the request is taken");
        let mut space = [0; 1_024];
        let mut filled = 0;
        while !space[..filled].ends_with(b"Hello, World!") {
            let length = stream.read(&mut space[filled..]).expect("an answer");
            assert!(length > 0, "the server has closed");
            filled += length;
        }
    }

    /// Allows as many descriptors as can be, and says how many.
    fn raise_descriptors() -> usize {
        let limit = getrlimit(Resource::Nofile);
        // Without the right to raise it, the limit stays as it is.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
        let current = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        usize::try_from(current).unwrap_or(usize::MAX)
    }
}
