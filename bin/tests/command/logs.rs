//! The access log in its forms, on standard output and in a file.

use super::*;

#[test]
fn the_common_log() {
    let served = Served::start(&mut bantam(["demo", "-p", "0"]));
    served.get("/plaintext?q=1");
    served.get("/nothing");
    served.connect().ask("BREW /pot%22 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut client = served.connect();
    client.send("GET /\u{1b}[31m HTTP/1.1\r\n\r\n");
    assert!(matches!(client.end(), End::Closed(_)));
    let log = served.log();
    assert_eq!(log.len(), 4, "{log:?}");
    assert!(
        log[0].starts_with("127.0.0.1 - - [") && log[0].ends_with("\"GET /plaintext?q=1 HTTP/1.1\" 200 13"),
        "{}",
        log[0]
    );
    assert!(log[1].ends_with("\"GET /nothing HTTP/1.1\" 404 14"), "{}", log[1]);
    assert!(log[2].contains("\"BREW /pot%22 HTTP/1.1\" 501 "), "{}", log[2]);
    assert!(log[3].contains("\"-\" 400 "), "{}", log[3]);
    assert!(log.iter().all(|line| !line.bytes().any(|byte| byte < b' ')), "{log:?}");
}

#[test]
fn the_combined_log() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--log-format", "combined"]));
    let fields = "Referer: http://b/\r\nUser-Agent: \"te\\st\"\tx\r\nConnection: close\r\n";
    served.connect().ask(&format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    let log = served.log();
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(log[0].ends_with(r#" "http://b/" "\x22te\x5Cst\x22\x09x""#), "{}", log[0]);
}

#[test]
fn the_json_log() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--log-format", "json"]));
    let request = "POST /users/\" HTTP/1.1\r\n\r\n";
    let mut client = served.connect();
    client.send(request);
    assert!(matches!(client.end(), End::Closed(_)));
    let content = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-Request-ID: mine-1\r\nConnection: close\r\n\r\nhello";
    assert_eq!(served.connect().ask(content).text(), "hello");
    served.get("/users/42?a=b");
    let log: Vec<Value> =
        served.log().iter().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert_eq!(log.len(), 3, "{log:?}");
    assert_eq!(log[0]["status"], 400);
    let line = &log[1];
    for (name, value) in [
        ("method", "POST"),
        ("target", "/"),
        ("version", "HTTP/1.1"),
        ("route", "/"),
        ("client", "127.0.0.1"),
        ("request_id", "mine-1"),
    ] {
        assert_eq!(line[name], value, "{line}");
    }
    assert_eq!((&line["status"], &line["bytes_in"], &line["bytes_out"]), (&200.into(), &5.into(), &5.into()));
    let time = line["time"].as_str().expect("a time");
    assert!(time.len() == 24 && time.as_bytes()[19] == b'.' && time.ends_with('Z'), "milliseconds: {time}");
    assert!(line["duration_us"].is_u64() && line["cut"] == false, "{line}");
    assert_eq!((&log[2]["route"], &log[2]["target"]), (&"/users/:id".into(), &"/users/42?a=b".into()));
}

#[test]
fn no_log() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--log-format", "off"]));
    served.get("/");
    assert_eq!(served.log(), [""; 0]);
    let served = Served::start(bantam(["demo", "-p", "0"]).env("BANTAM_LOG_FORMAT", "off"));
    served.get("/");
    assert_eq!(served.log(), [""; 0]);
}

/// Waits until a file has this many lines.
fn lines_of(path: &std::path::Path, count: usize) -> Vec<String> {
    let begun = std::time::Instant::now();
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        if lines.len() >= count && text.ends_with('\n') {
            return lines;
        }
        assert!(begun.elapsed() < PATIENCE, "{count} lines are wanted: {text:?}");
        thread::yield_now();
    }
}

#[test]
fn a_log_file_is_opened_anew_on_a_hangup() {
    let folder = Folder::new();
    let (file, moved) = (folder.path().join("access.log"), folder.path().join("access.log.1"));
    folder.write("access.log", "an older line, cut sho");
    let served = Served::start(bantam(["demo", "-p", "0"]).env("BANTAM_LOG_FILE", &file));
    served.get("/plaintext?before");
    let lines = lines_of(&file, 2);
    assert!(lines[0] == "an older line, cut sho" && lines[1].contains("/plaintext?before"), "{lines:?}");
    std::fs::rename(&file, &moved).expect("a rotation");
    served.signal(Signal::HUP);
    // The signal is on its way to a thread of its own: the new file tells when it has come.
    let begun = std::time::Instant::now();
    while !file.exists() {
        assert!(begun.elapsed() < PATIENCE, "the file is not made anew");
        thread::yield_now();
    }
    served.get("/plaintext?after");
    let lines = lines_of(&file, 1);
    assert!(lines.len() == 1 && lines[0].contains("/plaintext?after"), "{lines:?}");
    assert_eq!(lines_of(&moved, 2).len(), 2);
    assert_eq!(served.log(), [""; 0], "nothing on standard output");
}

#[test]
fn a_hangup_ends_it_when_there_is_no_file_to_be_opened_anew() {
    use std::os::unix::process::ExitStatusExt as _;
    let served = Served::start(&mut bantam(["demo", "-p", "0"]));
    served.signal(Signal::HUP);
    let (status, ..) = served.end();
    assert_eq!(status.signal(), Some(Signal::HUP.as_raw()), "{status}");
}

#[test]
fn a_log_file_that_cannot_be_written_is_one_line_at_the_start() {
    let folder = Folder::new();
    let nowhere = folder.path().join("no/such/folder/access.log");
    let output = bantam(["demo", "-p", "0", "--log-file"]).arg(&nowhere).output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.starts_with("bantam: cannot write the access log ") && said.lines().count() == 1, "{said}");
}

/// A disk that is full is told of, and disturbs nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_disturbs_nothing() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--log-file", "/dev/full"]));
    let mut client = served.connect();
    for _ in 0..100 {
        assert_eq!(client.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").text(), "Hello, World!");
    }
    let report = next(&served.errors);
    assert!(
        report.starts_with("bantam: cannot write the access log, trying again: No space left"),
        "{report}"
    );
    assert_eq!(client.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").text(), "Hello, World!");
    drop(client);
    served.signal(Signal::TERM);
    let (status, output, errors) = served.end();
    assert!(status.success() && output.is_empty(), "{status}: {output:?}");
    let count: Vec<_> =
        errors.iter().filter(|line| line.ends_with("access log lines were dropped")).collect();
    assert_eq!(count, ["bantam: 101 access log lines were dropped"], "{errors:?}");
}
