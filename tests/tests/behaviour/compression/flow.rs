//! That what is coded is decoded, whole and while it flows.

use core::time::Duration;

use bantam_tests::answer;
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::on_all_with;

use super::{
    GZIP, LARGE, MEDIUM, NOISE, NOISY, PIECE, SMALL, ask, chunk_data, decode, decode_front, service, text,
};

#[test]
fn static_content_is_coded_whole_or_flows() {
    on_all_with(service, |server| {
        let cases: [(&str, &[u8], bool, bool); 5] = [
            ("small", &SMALL, true, true),
            ("medium", &MEDIUM, true, true),
            ("noisy", &NOISY, true, true),
            ("large", &LARGE, true, false),
            ("noise", &NOISE, false, true),
        ];
        for (name, bytes, is_coded, is_sized) in cases {
            let answer = ask(server, &format!("GET /static/{name}"), GZIP);
            assert_eq!(answer.field("Content-Encoding").is_some(), is_coded, "{name}");
            assert_eq!(answer.field("Content-Length").is_some(), is_sized, "{name}");
            assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{name}");
            let content = if is_coded { decode(&answer.content) } else { answer.content.clone() };
            assert!(content == bytes, "{name}");
            assert!(is_coded == (answer.content.len() < bytes.len()), "{name}");
        }
        assert!(
            ask(server, "GET /static/noisy", GZIP).content.len() > 32_768,
            "more than the transmit buffer"
        );
    });
}

#[test]
fn streams_are_coded_as_they_flow() {
    on_all_with(service, |server| {
        for length in [0, 1, 43, 1_024, 16_384, 16_385, 100_000, 1_000_000] {
            for piece in [1, 7, 1_000, 16_384, 100_000] {
                if length / piece > 20_000 {
                    continue;
                }
                for kind in ["stream", "sized"] {
                    let answer = ask(server, &format!("GET /{kind}/{length}?piece={piece}"), GZIP);
                    let is_coded = kind == "stream" || length >= 1_024;
                    let name = format!("{kind} of {length} in pieces of {piece}");
                    assert_eq!(answer.field("Content-Encoding").is_some(), is_coded, "{name}");
                    assert_eq!(answer.field("Transfer-Encoding").is_some(), is_coded, "{name}");
                    let content = if is_coded { decode(&answer.content) } else { answer.content };
                    assert!(content == text(length), "{name}");
                }
            }
        }
    });
}

#[test]
fn small_buffers_and_peers_that_take_a_byte_at_a_time() {
    let service = service();
    let mut server = Memory::<_, _, 1_024, 512>::new(&service);
    for step in [1, 3, 100] {
        server.step = step;
        for length in [0, 100, 20_000] {
            let answer = ask(&mut server, &format!("GET /stream/{length}?piece=11"), GZIP);
            assert!(decode(&answer.content) == text(length), "{length} by {step}");
        }
        let answer = ask(&mut server, "GET /static/noisy", GZIP);
        assert!(decode(&answer.content) == NOISY, "by {step}");
    }
    let mut server = Memory::<_, _>::new(&service);
    server.step = 1;
    for line in ["GET /answer", "GET /stream/5000?piece=1", "GET /static/large"] {
        let answer = ask(&mut server, line, GZIP);
        assert!(decode(&answer.content).len() >= 5_000, "{line}");
    }
}

#[test]
fn http_1_0_gets_a_stream_up_to_the_close() {
    on_all_with(service, |server| {
        let bytes = server.converse(&[format!("GET /stream/50000 HTTP/1.0\r\n{GZIP}\r\n").as_bytes()], true);
        let answer = answer::all(&bytes, &["GET"]).remove(0);
        assert_eq!(
            (answer.field("Content-Encoding"), answer.field("Transfer-Encoding")),
            (Some("gzip"), None)
        );
        assert!(answer.says_close() && decode(&answer.content) == text(50_000));
    });
}

#[test]
fn a_source_that_waits_holds_nothing_back() {
    let service = service();
    let mut server = Memory::<_, _>::new(&service);
    server.deliver(format!("GET /slow/4 HTTP/1.1\r\nHost: a\r\n{GZIP}\r\n").as_bytes());
    for pieces in 1..=4 {
        let (data, is_complete) = chunk_data(server.output());
        assert_eq!(String::from_utf8_lossy(&decode_front(&data)), PIECE.repeat(pieces));
        assert_eq!(is_complete, pieces == 4);
        if !is_complete {
            assert_eq!(server.time_left(), Duration::from_secs(1), "it waits until the source's instant");
            server.pass(Duration::from_millis(999));
            assert_eq!(chunk_data(server.output()).0, data, "and nothing comes before it");
            server.pass(Duration::from_millis(1));
        }
    }
    assert!(decode(&chunk_data(server.output()).0) == PIECE.repeat(4).as_bytes());
}

#[test]
fn an_echo_flows_both_ways() {
    let service = service();
    let mut server = Memory::<_, _>::new(&service);
    server.deliver(format!("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n{GZIP}\r\n").as_bytes());
    const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    assert!(server.output().starts_with(CONTINUE), "the source reads content");
    let mut sent = String::new();
    for piece in ["first ", "second ", "third "] {
        server.deliver(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes());
        sent.push_str(piece);
        let (data, is_complete) = chunk_data(&server.output()[CONTINUE.len()..]);
        assert_eq!(
            (String::from_utf8_lossy(&decode_front(&data)), is_complete),
            (sent.as_str().into(), false)
        );
    }
    server.deliver(b"0\r\n\r\n");
    let (data, is_complete) = chunk_data(&server.output()[CONTINUE.len()..]);
    assert!(is_complete && decode(&data) == sent.as_bytes());
    assert!(!server.is_closed(), "all content was read");
}

/// What people use: curl asks for what it can decode, and compares.
#[test]
fn curl_decodes_it() {
    let server = Running::start(service());
    if std::process::Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: curl is not installed");
        return;
    }
    for (path, expected) in [
        ("/answer", text(5_000)),
        ("/stream/300000?piece=1000", text(300_000)),
        ("/static/large", LARGE.to_vec()),
    ] {
        for options in [&["--compressed"][..], &["--compressed", "--http1.0"], &[]] {
            let url = format!("http://{}{path}", server.address());
            let output = std::process::Command::new("curl")
                .args(["-sS", "-f", "-w", "%{stderr}%header{content-encoding}"])
                .args(options)
                .arg(url)
                .output()
                .expect("curl runs");
            assert!(output.status.success() && output.stdout == expected, "{path} {options:?}");
            let coding = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(coding, if options.is_empty() { "" } else { "gzip" }, "{path} {options:?}");
        }
    }
}
