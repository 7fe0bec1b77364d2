//! Files arrive byte for byte over sockets, however they are asked for and whatever becomes of them or of the client
//! meanwhile.

use core::num::NonZeroUsize;
use core::time::Duration;
use std::fs::{self, File, OpenOptions};
use std::path::Path;
#[cfg(target_os = "linux")]
use std::time::Instant as Clock;

use bantam_core::handlers::files::{FileStream, Files};
use bantam_core::limits::Limits;
use bantam_core::prelude::*;
use bantam_tests::client::{Client, End, PATIENCE};
use bantam_tests::folder::Folder;
use bantam_tests::running::Running;
use bantam_tests::serves::{HELLO, LAST};
use bantam_transport_std::Config;

static ROUTES: Router<Files, 2, FileStream> = Router::new([
    get("/plaintext", |_, _, response| response.text(HELLO)),
    get("/*path", |files, request, response| {
        files.serve(request.raw_param("path").unwrap_or_default(), request, response)
    }),
]);

/// More than the sockets of both sides hold.
const HUGE: usize = 40_000_000;

/// Bytes of which no stretch looks like another, so that none can be lost, doubled or swapped unnoticed.
fn content(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()
    };
    let mut content: Vec<u8> = (0..length.div_ceil(4)).flat_map(|_| next()).collect();
    content.truncate(length);
    content
}

/// A server with one worker, so that who is kept waiting is seen to wait.
fn serve(root: &Path) -> Running {
    let files = Files::open(root).expect("a folder").with_open_files(128, Duration::from_secs(1));
    let service = Service::new(Box::leak(Box::new(files)), &ROUTES).with_limits(Limits::DEFAULT);
    Running::start_with(service, Config { workers: NonZeroUsize::MIN, ..Config::default() })
}

fn request(name: &str) -> String {
    format!("GET /{name} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// The head and the content of what came before an end.
fn halves(end: End) -> (String, Vec<u8>) {
    let End::Closed(mut bytes) = end else { panic!("a close in order is wanted, not a reset") };
    let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let content = bytes.split_off(head_end);
    (String::from_utf8(bytes).expect("text"), content)
}

#[test]
fn files_of_every_size_arrive_whole() {
    let folder = Folder::new();
    let all = content(20_000_000);
    let edges = [4_096, 24_576, 32_768, 65_536, 1 << 20];
    let around = edges.into_iter().flat_map(|edge| [edge - 1, edge, edge + 1]);
    let sizes: Vec<usize> = [0, 1, 20_000_000].into_iter().chain(around).collect();
    for &size in &sizes {
        folder.write(&format!("top/{size}"), &all[..size]);
    }
    let server = serve(&folder.root());
    let mut client = server.connect();
    for &size in &sizes {
        let answer = client.ask(&request(&size.to_string()));
        assert_eq!(answer.status, 200, "{size}");
        assert!(answer.content == all[..size], "{size}");

        let head = client.ask(&format!("HEAD /{size} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(head.field("Content-Length"), answer.field("Content-Length"), "{size}");

        let old = client.ask(&format!("GET /{size} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
        assert!(old.content == all[..size], "{size}: HTTP/1.0");

        let mut last = server.connect();
        last.send(format!("GET /{size} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        let (head, content) = halves(last.end());
        assert!(head.contains(&format!("Content-Length: {size}\r\n")), "{head}");
        assert!(content == all[..size], "{size}: the last of its connection");
    }
}

#[test]
fn ranges_arrive_whole() {
    let folder = Folder::new();
    let all = content(3_000_000);
    folder.write("top/f", &all);
    let server = serve(&folder.root());
    let mut client = server.connect();
    for (range, from, to) in [
        ("0-0", 0, 1),
        ("0-4095", 0, 4_096),
        ("0-4096", 0, 4_097),
        ("4095-104096", 4_095, 104_097),
        ("1-2999998", 1, 2_999_999),
        ("2999999-", 2_999_999, 3_000_000),
        ("-1500001", 1_499_999, 3_000_000),
    ] {
        let message = format!("GET /f HTTP/1.1\r\nHost: a\r\nRange: bytes={range}\r\n\r\n");
        let answer = client.ask(&message);
        assert_eq!(answer.status, 206, "{range}");
        assert!(answer.content == all[from..to], "{range}");
    }
    let spans = [0..100_000, 200_000..200_001, 300_000..2_500_000];
    let message = "GET /f HTTP/1.1\r\nHost: a\r\nRange: bytes=0-99999,200000-200000,300000-2499999\r\n\r\n";
    let answer = client.ask(message);
    assert_eq!(answer.status, 206);
    let boundary = answer.field("Content-Type").and_then(|kind| kind.split_once("boundary="));
    let (_, boundary) = boundary.expect("parts");
    let mut wanted = Vec::new();
    for (place, span) in spans.into_iter().enumerate() {
        let lead = if place == 0 { "--" } else { "\r\n--" };
        let (first, last) = (span.start, span.end - 1);
        let lines = format!(
            "{lead}{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {first}-{last}/3000000\
             \r\n\r\n"
        );
        wanted.extend_from_slice(lines.as_bytes());
        wanted.extend_from_slice(&all[span]);
    }
    wanted.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert!(answer.content == wanted);
}

#[test]
fn pipelined_files_arrive_in_order() {
    let folder = Folder::new();
    let all = content(200_000);
    let sizes = [100_000, 10, 4_096, 200_000, 0, 4_097, 150_000, 1];
    for size in sizes {
        folder.write(&format!("top/{size}"), &all[..size]);
    }
    let server = serve(&folder.root());
    let mut client = server.connect();
    client.send(sizes.map(|size| request(&size.to_string())).concat());
    for size in sizes {
        let answer = client.answer();
        assert!(answer.status == 200 && answer.content == all[..size], "{size}");
    }
}

#[test]
fn a_client_that_closes_its_side_gets_the_whole_file() {
    let folder = Folder::new();
    let all = content(5_000_000);
    folder.write("top/f", &all);
    let server = serve(&folder.root());
    let mut client = server.connect();
    client.send(request("f"));
    client.close_write();
    assert!(halves(client.end()).1 == all);
}

#[test]
fn a_slow_reader_keeps_nobody_and_loses_nothing() {
    let folder = Folder::new();
    let all = content(HUGE);
    folder.write("top/huge", &all);
    let server = serve(&folder.root());
    let mut slow = server.connect();
    slow.send(request("huge"));
    slow.send(request("huge"));
    let mut other = server.connect();
    for _ in 0..50 {
        assert_eq!(other.ask(&request("plaintext")).text(), HELLO);
    }
    for _ in 0..2 {
        assert!(slow.answer().content == all);
    }
}

#[test]
fn a_file_that_is_truncated_meanwhile_is_closed_short() {
    let folder = Folder::new();
    let all = content(HUGE);
    let server = serve(&folder.root());
    folder.write("top/huge", &all);
    let mut client = started(&server);
    let file = OpenOptions::new().write(true).open(folder.root().join("huge")).expect("a file");
    file.set_len(4_096).expect("a truncated file");
    let (head, content) = halves(client.read_to_end());
    assert!(head.contains(&format!("Content-Length: {HUGE}\r\n")), "{head}");
    assert!(content.len() < HUGE, "more than is there was sent");
    // What is on its way is the file's own memory, which the kernel clears where a piece of it is cut in two.
    assert!(content.iter().zip(&all).all(|(byte, written)| byte == written || *byte == 0));
    assert_eq!(server.connect().ask(&request("huge")).content, &all[..4_096]);
}

#[test]
fn a_file_that_is_replaced_meanwhile_arrives_as_it_was() {
    let folder = Folder::new();
    let all = content(HUGE);
    let server = serve(&folder.root());
    folder.write("top/huge", &all);
    let mut client = started(&server);
    folder.write("top/new", "new");
    fs::rename(folder.root().join("new"), folder.root().join("huge")).expect("another file");
    assert_eq!(server.connect().ask(&request("huge")).text(), "new");
    assert!(client.answer().content == all);
}

/// A client whose answer has begun, and is far from complete.
fn started(server: &Running) -> Client {
    let mut client = server.connect();
    client.send(request("huge"));
    assert_eq!(client.read_for(PATIENCE), None, "a beginning");
    client
}

/// Open descriptors of files in this folder.
#[cfg(target_os = "linux")]
fn descriptors_in(root: &Path) -> usize {
    let links = fs::read_dir("/proc/self/fd").expect("a list");
    let links = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
    links.filter(|target| target.starts_with(root) && !target.is_dir()).count()
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_goes_away_leaves_no_descriptor() {
    let folder = Folder::new();
    folder.write("top/huge", content(HUGE));
    let root = fs::canonicalize(folder.root()).expect("a folder");
    let server = serve(&folder.root());
    let mut other = server.connect();
    let clients: Vec<Client> = (0..20).map(|_| started(&server)).collect();
    assert_eq!(descriptors_in(&root), 20, "one for each");
    drop(clients);
    let began = Clock::now();
    while descriptors_in(&root) > 0 {
        assert!(began.elapsed() < PATIENCE, "files are still open");
        assert_eq!(other.ask(&request("plaintext")).text(), HELLO);
    }
    assert_eq!(halves_of_last(&server), HELLO.as_bytes());
}

#[cfg(target_os = "linux")]
fn halves_of_last(server: &Running) -> Vec<u8> {
    let mut client = server.connect();
    client.send(LAST);
    halves(client.end()).1
}

#[test]
fn a_sparse_file_is_sent_with_its_holes() {
    let folder = Folder::new();
    folder.write("top/sparse", "begin");
    let file = OpenOptions::new().write(true).open(folder.root().join("sparse"));
    file.and_then(|file: File| file.set_len(3_000_000)).expect("a sparse file");
    let server = serve(&folder.root());
    let answer = server.connect().ask(&request("sparse"));
    assert_eq!(answer.content.len(), 3_000_000);
    assert!(answer.content.starts_with(b"begin"));
    assert!(answer.content[5..].iter().all(|byte| *byte == 0));
}

/// These have rested, and are kept open once they were asked for.
#[test]
fn files_that_are_kept_open_arrive_whole() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let server = serve(root);
    let (small, large) = ("tests/Cargo.toml", "Cargo.lock");
    let [small_content, large_content] =
        [small, large].map(|name| fs::read(root.join(name)).expect("a file"));
    assert!(small_content.len() <= 4_096 && (4_097..1 << 20).contains(&large_content.len()));
    for _ in 0..5 {
        let mut client = server.connect();
        for _ in 0..5 {
            assert!(client.ask(&request(small)).content == small_content);
            assert!(client.ask(&request(large)).content == large_content);
            for (name, content) in [(small, &small_content), (large, &large_content)] {
                let part = client.ask(&format!("GET /{name} HTTP/1.1\r\nHost: a\r\nRange: bytes=7-\r\n\r\n"));
                assert!(part.status == 206 && part.content == content[7..], "{name}");
            }
        }
    }
    #[cfg(target_os = "linux")]
    assert_eq!(descriptors_in(&fs::canonicalize(root.join(large)).expect("a file")), 1, "opened once");
}
