//! The program behind a TAP device, in a network namespace that is gone with this process; needs root.

use core::time::Duration;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

const SERVER: &str = "10.83.0.2:80";
const INSIDE: &str = "BANTAM_EMBASSY_INSIDE";

/// For what must happen at all: none of the tests waits so long.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn the_program_answers_behind_a_tap_device() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    if !is_root() {
        println!("skipped: a TAP device needs root");
        return;
    }
    let this = std::env::current_exe().expect("the path of this program");
    let status = Command::new("unshare")
        .args(["--net", "--fork", "--kill-child", "--"])
        .arg(this)
        .args(["--exact", "the_program_answers_behind_a_tap_device", "--nocapture"])
        .env(INSIDE, "1")
        .status()
        .expect("unshare, of util-linux");
    assert!(status.success());
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id");
    output.stdout.trim_ascii() == b"0" && std::path::Path::new("/dev/net/tun").exists()
}

fn inside() {
    ip("tuntap add dev tap0 mode tap");
    ip("address add 10.83.0.1/24 dev tap0");
    ip("link set dev tap0 up");
    let _server = Server::start();
    let mut silent = connect();
    let mut slow = connect();
    slow.write_all(b"GET / HT").expect("half a head");

    kept_alive_and_in_one_segment();
    pipelined_in_pieces();
    echoed();
    downloaded();
    asked_and_closed_at_once();
    refused_while_it_sends();
    more_than_there_are_tasks();

    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).expect("the end at the deadline");
    assert_eq!(rest, b"", "a client that says nothing");
    slow.read_to_end(&mut rest).expect("an answer and the end");
    assert!(rest.starts_with(b"HTTP/1.1 408 Request Timeout\r\n"), "{}", rest.escape_ascii());
}

/// A hundred requests on one connection. The bound on the time is half of what one stall of a delayed
/// acknowledgement in each would take.
fn kept_alive_and_in_one_segment() {
    let mut stream = connect();
    let began = Instant::now();
    for _ in 0..100 {
        stream.write_all(b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").expect("a request");
        assert_eq!(answer(&mut stream), (200, b"Hello, World!".to_vec()));
    }
    let took = began.elapsed();
    let segments = segments_received(&stream);
    println!("100 requests in turn: {took:?}, {segments} segments with data");
    assert_eq!(segments, 100, "an answer is one segment");
    assert!(took < Duration::from_millis(100 * 40 / 2), "{took:?}");
}

/// Each request is sent before the answer to the one before is read, in segments of its own.
fn pipelined_in_pieces() {
    let mut stream = connect();
    let began = Instant::now();
    for _ in 0..100 {
        for piece in
            ["GET /plaintext HTTP/1.1\r\nHo", "st: a\r\n\r\nGET /plaintext HTTP/1.1\r\n", "Host: a\r\n\r\n"]
        {
            stream.write_all(piece.as_bytes()).expect("a piece");
        }
        for _ in 0..2 {
            assert_eq!(answer(&mut stream), (200, b"Hello, World!".to_vec()));
        }
    }
    let took = began.elapsed();
    println!("100 pairs of requests in three pieces: {took:?}");
    assert!(took < Duration::from_millis(100 * 40 / 2), "{took:?}");
}

/// Content far larger than all memory of the connection comes back, both ways at once.
fn echoed() {
    let content: Vec<u8> = (0..1 << 20).map(|at: u32| ((at * 31) >> 7) as u8).collect();
    let mut stream = connect();
    let mut sending = stream.try_clone().expect("another handle");
    let began = Instant::now();
    let received = std::thread::scope(|scope| {
        scope.spawn(|| {
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", content.len());
            sending
                .write_all(head.as_bytes())
                .and_then(|()| sending.write_all(&content))
                .expect("the content");
        });
        answer(&mut stream)
    });
    println!("1 MiB echoed: {:?}", began.elapsed());
    assert_eq!(received.0, 200);
    assert!(received.1 == content, "the content came back changed");
}

fn downloaded() {
    let mut stream = connect();
    stream.write_all(b"GET /bytes/1048576?seed=1 HTTP/1.1\r\nHost: a\r\n\r\n").expect("a request");
    let began = Instant::now();
    let (status, content) = answer(&mut stream);
    println!("1 MiB downloaded: {:?}", began.elapsed());
    assert_eq!((status, content.len()), (200, 1 << 20));
}

/// The peer's end may have come before the task sees that there is a connection.
fn asked_and_closed_at_once() {
    for _ in 0..20 {
        let mut stream = connect();
        stream.write_all(b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").expect("a request");
        stream.shutdown(Shutdown::Write).expect("the end of what is asked");
        assert_eq!(answer(&mut stream), (200, b"Hello, World!".to_vec()));
        assert_eq!(stream.read(&mut [0]).expect("the end, no reset"), 0);
    }
}

/// A malformed head with more behind it: the answer is read although its sender goes on.
fn refused_while_it_sends() {
    for _ in 0..20 {
        let mut stream = connect();
        let mut request = b"GET / HTTP/1.1\r\nHost : a\r\n\r\n".to_vec();
        request.resize(8_000, b'x');
        stream.write_all(&request).expect("more than is read");
        let mut received = Vec::new();
        stream.read_to_end(&mut received).expect("an answer and the end, no reset");
        assert!(received.starts_with(b"HTTP/1.1 400 Bad Request\r\n"), "{}", received.escape_ascii());
    }
}

/// Two are held by those who say nothing: four at once are answered, and again as soon as they have closed.
fn more_than_there_are_tasks() {
    for _ in 0..10 {
        let mut streams: Vec<TcpStream> = (0..4).map(|_| connect()).collect();
        for stream in &mut streams {
            stream
                .write_all(b"GET /json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                .expect("a request");
        }
        for stream in &mut streams {
            assert_eq!(answer(stream), (200, br#"{"message":"Hello, World!"}"#.to_vec()));
            assert_eq!(stream.read(&mut [0]).expect("the end"), 0);
        }
    }
}

/// A connection. While all tasks are busy with an end, a newcomer is refused at once and asks again.
fn connect() -> TcpStream {
    let began = Instant::now();
    loop {
        match TcpStream::connect(SERVER) {
            Ok(stream) => {
                stream.set_nodelay(true).expect("an option of the socket");
                stream.set_read_timeout(Some(PATIENCE)).expect("an option of the socket");
                return stream;
            }
            Err(error) => assert!(began.elapsed() < PATIENCE, "no connection: {error}"),
        }
    }
}

/// Status and content of the next answer.
fn answer(stream: &mut TcpStream) -> (u16, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("a head of ASCII");
    let status = head["HTTP/1.1 ".len()..][..3].parse().expect("a status");
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a known length");
    let mut content = vec![0; length.parse().expect("a length")];
    stream.read_exact(&mut content).expect("the content");
    (status, content)
}

/// Segments with data that the kernel has counted on this connection.
fn segments_received(stream: &TcpStream) -> u32 {
    let port = stream.local_addr().expect("an address").port();
    let output = Command::new("ss")
        .args(["--tcp", "--info", "--numeric", "--no-header", "sport", "=", &format!(":{port}")])
        .output()
        .expect("ss, of iproute2");
    let text = String::from_utf8(output.stdout).expect("text");
    let count = text.split_whitespace().find_map(|word| word.strip_prefix("data_segs_in:"));
    count.unwrap_or_else(|| panic!("no count: {text}")).parse().expect("a number")
}

fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status().expect("ip, of iproute2");
    assert!(status.success(), "ip {arguments}");
}

struct Server(Child);

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bantam-embassy"))
            .args(["tap0", "10.83.0.2"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let errors = BufReader::new(child.stderr.take().expect("a pipe"));
        let server = Self(child);
        let is_ready = errors.lines().map_while(Result::ok).inspect(|line| println!("{line}"));
        assert!(is_ready.into_iter().any(|line| line.starts_with("listening on ")), "it has ended");
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
