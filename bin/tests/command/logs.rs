//! The access log on standard output, in its forms.

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
    assert!(line["time"].is_string() && line["duration_us"].is_u64() && line["cut"] == false, "{line}");
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
