//! Content that is made while it is sent, or later.

use core::time::Duration;

use bantam_core::connection::state::Phase;
use bantam_core::limits::Limits;
use bantam_tests::answer::{self, find};
use bantam_tests::app::demo;
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::{LAST, Serves, on_all};
use serde_json::Value;

use super::{get, get_with, json_of};

#[test]
fn bytes_are_the_same_for_the_same_seed() {
    on_all(|server| {
        let all = get(server, "/bytes/100000?seed=42");
        assert_eq!(all.field("Content-Type"), Some("application/octet-stream"));
        assert_eq!((all.field("Content-Length"), all.content.len()), (Some("100000"), 100_000));
        for length in [0, 1, 7, 8, 9, 4_095, 40_000] {
            let part = get(server, &format!("/bytes/{length}?seed=42"));
            assert_eq!(part.field("Content-Length"), Some(length.to_string().as_str()));
            assert!(part.content == all.content[..length], "{length}");
            for chunk_size in ["", "&chunk_size=1000", "&chunk_size=0", "&chunk_size=18446744073709551615"] {
                if chunk_size == "&chunk_size=0" && length > 5_000 {
                    continue; // a chunk for each byte
                }
                let chunked = get(server, &format!("/stream-bytes/{length}?seed=42{chunk_size}"));
                assert_eq!(chunked.field("Transfer-Encoding"), Some("chunked"), "{length}{chunk_size}");
                assert!(chunked.content == all.content[..length], "{length}{chunk_size}");
            }
        }
        assert_ne!(get(server, "/bytes/100?seed=43").content, all.content[..100]);
        // Every value of a byte is about as frequent.
        let mut counts = [0_u32; 256];
        all.content.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
        assert!(counts.iter().all(|count| (250..540).contains(count)), "{counts:?}");
    });
}

#[test]
fn without_a_seed_each_answer_has_its_own() {
    on_all(|server| {
        let requests = "GET /bytes/16 HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
        let answers = answer::finals(&server.converse(&[requests.as_bytes(), LAST.as_bytes()], false), &[]);
        assert!(answers.len() == 3 && answers[0].content != answers[1].content, "{answers:?}");
    });
}

#[test]
fn chunks_have_the_size_that_was_asked_for() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    let request = format!("GET /stream-bytes/25?seed=1&chunk_size=10 HTTP/1.1\r\nHost: a\r\n\r\n{LAST}");
    let bytes = server.converse(&[request.as_bytes()], false);
    let start = find(&bytes, b"\r\n\r\n").expect("a head") + 4;
    let sizes: Vec<_> = [(0, "a"), (15, "a"), (30, "5")].into_iter().collect();
    for (at, size) in sizes {
        assert!(bytes[start + at..].starts_with(format!("{size}\r\n").as_bytes()), "{at}");
    }
}

/// More than anyone reads in a test is announced, and begins to come.
#[test]
fn four_gigabytes_cost_no_memory() {
    let service = demo(Limits::DEFAULT);
    for (path, framing) in [
        ("/bytes/4294967296", "Content-Length: 4294967296\r\n"),
        ("/stream-bytes/4294967296", "Transfer-Encoding: chunked\r\n"),
        ("/stream/4294967296", "Transfer-Encoding: chunked\r\n"),
        ("/drip?numbytes=4294967296&duration=0", "Content-Length: 4294967296\r\n"),
    ] {
        let mut server = Memory::<_, _>::new(&service);
        server.window = 1_000_000;
        assert!(server.deliver(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).is_empty());
        assert_eq!(server.output().len(), 1_000_000, "{path}");
        assert!(find(server.output(), framing.as_bytes()).is_some(), "{path}");
        assert_eq!(server.connection().phase(), Phase::SendResponse, "{path}");
    }
}

#[test]
fn more_than_that_is_refused() {
    on_all(|server| {
        for path in [
            "/bytes/4294967297",
            "/bytes/-1",
            "/bytes/x",
            "/bytes/1?seed=x",
            "/bytes/1?seed=-1",
            "/stream-bytes/4294967297",
            "/stream-bytes/1?chunk_size=x",
            "/stream/4294967297",
            "/stream/x",
            "/drip?numbytes=0",
            "/drip?numbytes=4294967297",
            "/drip?numbytes=-1",
            "/drip?duration=x",
            "/drip?duration=-1",
            "/drip?duration=60.000001",
            "/drip?delay=10.1",
            "/drip?delay=inf",
            "/drip?code=100",
            "/drip?code=600",
            "/delay/10.000001",
            "/delay/-1",
            "/delay/x",
            "/delay/1e0",
        ] {
            assert_eq!(get(server, path).status, 400, "{path}");
        }
    });
}

#[test]
fn lines_describe_the_request() {
    on_all(|server| {
        let expected = json_of(&get_with(server, "/get?a=1", "X: \"1\"\r\n"));
        for count in [0, 1, 3, 500] {
            let answer = get_with(server, &format!("/stream/{count}?a=1"), "X: \"1\"\r\n");
            assert_eq!(answer.field("Content-Type"), Some("application/json"));
            assert!(answer.content.is_empty() || answer.content.ends_with(b"\n"));
            let lines: Vec<Value> =
                answer.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
            assert_eq!(lines.len(), count);
            for (id, mut line) in lines.into_iter().enumerate() {
                assert_eq!(line["id"].take(), id);
                assert_eq!(line["url"].take(), format!("http://a/stream/{count}?a=1"));
                for part in ["args", "headers", "origin"] {
                    assert_eq!(line[part], expected[part], "{part}");
                }
            }
        }
    });
}

fn begin(server: &mut Memory<'_, bantam_demo::App, bantam_demo::Streams>, path: &str) -> usize {
    server.reconnect();
    assert!(server.deliver(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).is_empty());
    find(server.output(), b"\r\n\r\n").expect("a head") + 4
}

#[test]
fn a_delay_lets_only_the_content_wait_where_no_thread_may() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::new(&service);
    for (path, micros) in [("/delay/10", 10_000_000), ("/delay/0.5", 500_000), ("/delay/0.000001", 1)] {
        let head = begin(&mut server, path);
        assert_eq!(server.output().len(), head, "{path}");
        assert_eq!(server.time_left(), Duration::from_micros(micros), "{path}");
        server.pass(Duration::from_micros(micros - 1));
        assert_eq!(server.output().len(), head, "{path}");
        server.pass(Duration::from_micros(1));
        let content: Value = serde_json::from_slice(&server.output()[head..]).expect("JSON");
        assert_eq!(content["url"], format!("http://a{path}"));
        assert!(content["form"].is_object() && content["data"].is_string() && content.get("json").is_none());
        assert_eq!(server.connection().phase(), Phase::Idle, "{path}");
    }
    let head = begin(&mut server, "/delay/0");
    assert!(server.output().len() > head && server.connection().phase() == Phase::Idle);
}

#[test]
fn a_delay_lets_the_whole_answer_wait_where_a_thread_may() {
    let server = Running::start(demo(Limits::DEFAULT));
    let mut client = server.connect();
    for (method, path, micros) in [("GET", "/delay/0.05", 50_000), ("HEAD", "/delay/0.000001", 1)] {
        let asked = std::time::Instant::now();
        client.send(format!("{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(client.read_for(Duration::from_secs(10)), None, "{path}");
        assert!(asked.elapsed() >= Duration::from_micros(micros), "no byte comes before: {path}");
        let answer = client.answer_to(method);
        assert!(answer.status == 200 && answer.field("Content-Length").is_some(), "{path}: {answer:?}");
    }
    let mistaken = format!("GET /delay/10?{} HTTP/1.1\r\nHost: a\r\n\r\n", vec!["a"; 129].join("&"));
    assert_eq!(client.ask(&mistaken).status, 400, "mistakes are told before the wait");
}

#[test]
fn asterisks_drip_evenly() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::new(&service);
    let head = begin(&mut server, "/drip?numbytes=5&duration=2&delay=1&code=202");
    assert!(server.output().starts_with(b"HTTP/1.1 202 "));
    assert_eq!(server.output().len(), head);
    assert_eq!(server.time_left(), Duration::from_secs(1));
    server.pass(Duration::from_secs(1));
    for sent in 1..=4 {
        assert_eq!(&server.output()[head..], &b"*****"[..sent]);
        assert_eq!(server.time_left(), Duration::from_millis(400), "{sent}");
        server.pass(Duration::from_millis(399));
        assert_eq!(server.output().len(), head + sent, "{sent}");
        server.pass(Duration::from_millis(1));
    }
    assert_eq!(&server.output()[head..], b"*****");
    assert_eq!(server.connection().phase(), Phase::Idle);
    // Many bytes come in pieces, and who looks late finds all that were due.
    let head = begin(&mut server, "/drip?numbytes=100000&duration=10");
    assert_eq!(server.output().len(), head + 1);
    assert_eq!(server.time_left(), Duration::from_millis(10));
    server.pass(Duration::from_millis(10));
    assert_eq!(server.output().len(), head + 101);
    server.pass(Duration::from_secs(5));
    assert_eq!(server.output().len(), head + 50_101);
    server.pass(Duration::from_secs(50));
    assert_eq!(server.output().len(), head + 100_000);
    // The defaults of httpbin.
    let head = begin(&mut server, "/drip");
    assert!(find(server.output(), b"Content-Length: 10\r\n").is_some());
    assert_eq!((server.output().len(), server.time_left()), (head + 1, Duration::from_millis(200)));
}

#[test]
fn statuses_without_content_drip_nothing() {
    on_all(|server| {
        for code in [204, 304] {
            let answer = get(server, &format!("/drip?code={code}&duration=0"));
            assert_eq!((answer.status, answer.content.len()), (code, 0));
        }
        let answer = get(server, "/drip?numbytes=70000&duration=0&code=500");
        assert_eq!((answer.status, answer.content), (500, vec![b'*'; 70_000]));
    });
}
