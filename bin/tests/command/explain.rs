//! `bantam explain` and `--trace`: what is said of requests is what a server does with them.

use std::io::Write as _;
use std::path::PathBuf;

use bantam_tests::answer;
use bantam_tests::serves::{Serves as _, Sockets};

use super::*;

/// The requests that are kept beside this file, and the exit code of their explanations.
const EXAMPLES: [(&str, i32); 3] = [("good", 0), ("smuggling", 1), ("truncated", 1)];

fn example(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/command/explain", name].iter().collect()
}

/// What is printed, and the exit code.
fn explained(command: &mut Command) -> (String, i32) {
    let output = command.output().expect("the command runs");
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    (text, output.status.code().expect("an exit code"))
}

/// What is printed about bytes on standard input.
fn explained_bytes(bytes: &[u8], arguments: &[&str]) -> (String, i32) {
    let mut command = bantam(["explain"]);
    let mut child = command.args(arguments).stdin(Stdio::piped()).spawn().expect("the command starts");
    child.stdin.take().expect("standard input").write_all(bytes).expect("it is read");
    let output = child.wait_with_output().expect("an end");
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    (text, output.status.code().expect("an exit code"))
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

#[test]
fn examples_read_as_they_are_kept() {
    for (name, code) in EXAMPLES {
        let (text, exit) = explained(bantam(["explain"]).arg(example(&format!("{name}.http"))));
        let kept = example(&format!("{name}.txt"));
        if std::env::var_os("UPDATE_EXAMPLES").is_some() {
            std::fs::write(&kept, &text).expect("the file is written");
        }
        let kept = std::fs::read_to_string(kept).expect("the explanation");
        assert_eq!(text, kept, "{name}: `UPDATE_EXAMPLES=1 cargo test` keeps what is new");
        assert_eq!(exit, code, "{name}");
    }
}

#[test]
fn pieces_change_only_what_is_said_of_pieces() {
    for (name, code) in EXAMPLES {
        let bytes = std::fs::read(example(&format!("{name}.http"))).expect("the request");
        let (text, _) = explained_bytes(&bytes, &[]);
        let (json, _) = explained_bytes(&bytes, &["--json"]);
        let json = json.lines().filter(|line| !line.contains("\"piece\"")).collect::<Vec<_>>();
        for split in ["1", "2", "3", "7", "64", "random:0", "random:1", "random:2", "random:3"] {
            let (cut, exit) = explained_bytes(&bytes, &["--split", split]);
            let is_piece = |line: &&str| line.starts_with("bytes ") && line.ends_with(" arrive");
            assert!(cut.lines().any(|line| is_piece(&line)), "{name}, {split}: {cut}");
            let without: Vec<&str> = cut.lines().filter(|line| !is_piece(line)).collect();
            assert_eq!(without, text.lines().collect::<Vec<_>>(), "{name}, {split}");
            assert_eq!(exit, code, "{name}, {split}");
            let (cut, _) = explained_bytes(&bytes, &["--json", "--split", split]);
            let cut = cut.lines().filter(|line| !line.contains("\"piece\"")).collect::<Vec<_>>();
            assert_eq!(cut, json, "{name}, {split}");
        }
    }
}

#[test]
fn json_says_the_same_for_programs() {
    let (text, code) = explained(bantam(["explain", "--json"]).arg(example("smuggling.http")));
    assert_eq!(code, 1);
    let objects = objects(&text);
    let of = |kind: &str| objects.iter().find(|object| object["kind"] == kind).expect(kind);
    assert_eq!(of("request-line")["method"], "POST");
    assert_eq!(of("request-line")["bytes"], "POST /search HTTP/1.1\\r\\n");
    let refusal = of("refusal");
    assert_eq!((&refusal["status"], &refusal["at"]), (&400.into(), &61.into()), "{refusal}");
    assert_eq!(refusal["section"], "RFC 9112 §6.3 step 3");
    assert_eq!(of("fate")["persists"], false);
    assert_eq!(of("over")["unread"], 47);

    let (text, code) = explained(bantam(["explain", "--json"]).arg(example("good.http")));
    assert_eq!(code, 0);
    let good = self::objects(&text);
    let chunk = good.iter().find(|object| object["kind"] == "chunk-size").expect("a chunk");
    assert_eq!((&chunk["size"], &chunk["extension_start"]), (&5.into(), &106.into()), "{chunk}");
    assert!(good.iter().any(|object| object["kind"] == "body-end" && object["content"] == 11), "{text}");
    assert_eq!(good.iter().filter(|object| object["kind"] == "request").count(), 2);
}

#[test]
fn a_refusal_is_what_a_server_answers() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--log-format", "off"]));
    let post = |fields: &str, body: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}");
    let requests: Vec<String> = vec![
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n".into(),
        "GET / HTTP/1.1\nHost: a\r\n\r\n".into(),
        "GET / HTTP/1.1\r\n\r\n".into(),
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".into(),
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n".into(),
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n".into(),
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n".into(),
        "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n".into(),
        "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n".into(),
        "GET / HTTP/2.0\r\n\r\n".into(),
        "GET / HTTP\r\n\r\n".into(),
        "GET  / HTTP/1.1\r\n\r\n".into(),
        "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n".into(),
        "GET /../a HTTP/1.1\r\nHost: a\r\n\r\n".into(),
        "GET / HTTP/1.1\r\nHost: a".into(),
        "\u{16}\u{3}\u{1}".into(),
        "\r\n".repeat(9),
        "BREW / HTTP/1.1\r\nHost: a\r\n\r\n".into(),
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n".into(),
        format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "A".repeat(40)),
        format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(9_000)),
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "a".repeat(21_000)),
        format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(128)),
        post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        post("Content-Length: +5\r\n", "hello"),
        post("Content-Length: 5, 5\r\n", "hello"),
        post("Content-Length: 5\r\n", "hel"),
        post("Transfer-Encoding: gzip\r\n", ""),
        post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "5 \r\nhello\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "5;\r\nhello\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nA b\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n"),
    ];
    for request in requests {
        let shown = request.escape_default();
        let (text, code) = explained_bytes(request.as_bytes(), &["--json"]);
        let objects = objects(&text);
        let refused = objects.iter().find(|object| object["kind"] == "refusal");
        assert_eq!(code, i32::from(refused.is_some()), "{shown}");
        let bytes = Sockets(served.address).converse(&[request.as_bytes()], true);
        let answered = answer::finals(&bytes, &["GET"]).first().map(|answer| u64::from(answer.status));
        let answered = answered.filter(|status| *status >= 400);
        assert_eq!(refused.and_then(|refusal| refusal["status"].as_u64()), answered, "{shown}: {text}");
        if let Some(refusal) = refused {
            assert!(refusal["section"].as_str().is_some_and(|rule| rule.starts_with("RFC ")), "{refusal}");
            let told = objects.iter().find(|object| object["kind"] == "answer").expect("an answer");
            assert_eq!(told["status"], refusal["status"], "{text}");
        }
    }
}

#[test]
fn what_is_not_interpreted_is_not_accepted() {
    let close = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (request, rest) in [
        (
            close,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (close, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("GET / HTTP/1.0\r\n\r\n", "garbage"),
        ("GET / HTTP/1.0\r\n\r\n", "\n"),
    ] {
        assert_eq!(explained_bytes(request.as_bytes(), &[]).1, 0, "{request}");
        let (text, code) = explained_bytes(format!("{request}{rest}").as_bytes(), &[]);
        assert!(code == 1 && text.ends_with(" are not interpreted\n"), "{text}");
        assert!(!text.contains("refused"), "{text}");
    }
    let two = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
    assert_eq!(explained_bytes(two.as_bytes(), &[]).1, 0);
    assert_eq!(explained_bytes(two.as_bytes(), &["--max-requests", "1"]).1, 1);
}

#[test]
fn what_fields_mean() {
    for (line, meaning) in [
        ("Connection: close", "the connection is to close after the answer"),
        ("Connection: a, Keep-Alive", "the connection is to persist"),
        ("Connection: upgrade", "the peer would go on with another protocol"),
        (
            "Connection: keep-alive, Upgrade",
            "the connection is to persist, and the peer would go on with another protocol",
        ),
        ("Connection: X-Other", "connection options, none that is known here"),
        ("Upgrade: h2c", "another protocol that the peer would go on with"),
        ("Host: a", "the host that is asked: a"),
    ] {
        let host = if line.starts_with("Host") { "" } else { "Host: a\r\n" };
        let request = format!("GET / HTTP/1.1\r\n{host}{line}\r\n\r\n");
        let (text, _) = explained_bytes(request.as_bytes(), &[]);
        let told = text.lines().find(|told| told.contains(line)).expect(line);
        assert!(told.contains(&format!("  {meaning} (RFC ")), "{told}");
    }
}

#[test]
fn a_target_that_names_the_host_wins_over_the_field() {
    let requests = b"GET http://b/c?d HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let (text, code) = explained_bytes(requests, &[]);
    let of = |said: &str| text.lines().filter(|line| line.contains(said)).count();
    assert_eq!(code, 0, "{text}");
    assert_eq!(of("GET, absolute form that asks the host b, HTTP/1.1 (RFC 9112 §3)"), 1, "{text}");
    assert_eq!(of("not the host that is asked: the target names it (RFC 9112 §3.2.2)"), 1, "{text}");
    assert_eq!(of("the host that is asked: a (RFC 9110 §7.2)"), 1, "{text}");
    let (text, _) = explained_bytes(requests, &["--json"]);
    let objects = objects(&text);
    let hosts: Vec<&Value> = objects.iter().filter(|object| object["meaning"] == "host").collect();
    assert_eq!((&hosts[0]["ignored"], &hosts[0]["section"]), (&true.into(), &"RFC 9112 §3.2.2".into()));
    assert_eq!((&hosts[1]["ignored"], &hosts[1]["section"]), (&Value::Null, &"RFC 9110 §7.2".into()));
}

#[test]
fn underscored_fields_are_hidden_or_shown() {
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nX_User: b\r\n\r\n";
    for (arguments, said, hidden) in [
        (&[][..], "hidden from the application", Value::Bool(true)),
        (&["--underscored-fields"], "shown to the application", Value::Null),
    ] {
        let (text, code) = explained_bytes(request, arguments);
        assert!(code == 0 && text.contains(said), "{text}");
        let (text, _) = explained_bytes(request, &[arguments, &["--json"]].concat());
        let objects = objects(&text);
        let field = objects.iter().find(|object| object["name"] == "X_User").expect("the field");
        assert_eq!(field["hidden"], hidden, "{field}");
    }
}

#[test]
fn json_tells_of_pieces_only_where_text_does() {
    let pieces = |arguments: &[&str]| {
        let (text, _) = explained_bytes(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", arguments);
        objects(&text).iter().filter(|object| object["kind"] == "piece").count()
    };
    assert_eq!(pieces(&["--json"]), 0);
    assert_eq!(pieces(&["--json", "--split", "9"]), 3);
}

#[test]
fn the_help_names_every_kind_and_key() {
    let (help, _) = explained(&mut bantam(["explain", "--help"]));
    for option in ["--max-content", "--max-requests", "--underscored-fields", "not interpreted"] {
        assert!(help.contains(option), "{option}: {help}");
    }
    let (_, keys) = help.split_once("JSON: ").expect("a table of keys");
    let has =
        |word: &str| keys.split(|c: char| !(c.is_alphanumeric() || "-_".contains(c))).any(|key| key == word);
    for request in [
        "\r\nPOST http://b/ HTTP/1.1\r\nHost: a\r\nX_Y: z\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\r\nb\r\n0;a\r\nC: d\r\n\r\n!",
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
    ] {
        let (text, _) = explained_bytes(request.as_bytes(), &["--json", "--split", "20"]);
        for object in objects(&text) {
            assert!(has(object["kind"].as_str().expect("a kind")), "{object}");
            let keys = object.as_object().expect("an object").keys();
            assert!(keys.clone().all(|key| has(key)), "{object}");
        }
    }
}

#[test]
fn rules_of_ours_are_told_from_those_of_an_rfc() {
    let post = |fields: &str, body: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}");
    for (request, rule) in [
        ("GET / HTTP/1.1\nHost: a\r\n\r\n".into(), "stricter than RFC 9112 §2.2"),
        ("GET /../a HTTP/1.1\r\nHost: a\r\n\r\n".into(), "stricter than RFC 3986 §"),
        (post("Content-Length: 05\r\n", "hello"), "stricter than RFC 91"),
        (post("Transfer-Encoding: chunked\r\n", "5 \r\nhello\r\n0\r\n\r\n"), "stricter than RFC 9112 §7.1"),
        ("GET / HTTP/1.1\r\n\r\n".into(), "RFC 9112 §3.2"),
        (post("Content-Length: +5\r\n", "hello"), "RFC 91"),
        (post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n"), "RFC 9112 §7.1"),
    ] {
        let (text, _) = explained_bytes(request.as_bytes(), &[]);
        let refusal = text.lines().find(|line| line.starts_with("refused")).expect("a refusal");
        assert!(refusal.contains(&format!(" ({rule}")), "{refusal}");
        let (json, _) = explained_bytes(request.as_bytes(), &["--json"]);
        let objects = objects(&json);
        let refusal = objects.iter().find(|object| object["kind"] == "refusal").expect("a refusal");
        let stricter = rule.starts_with("stricter").then_some(Value::Bool(true));
        assert_eq!(refusal.get("stricter"), stricter.as_ref(), "{refusal}");
        assert!(refusal["section"].as_str().is_some_and(|section| section.starts_with("RFC ")), "{refusal}");
    }
}

#[test]
fn limits_count_here_too() {
    let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(explained_bytes(request, &["--max-content", "5"]).1, 0);
    let (text, code) = explained_bytes(request, &["--max-content", "4"]);
    assert!(code == 1 && text.contains("refused with 413 Content Too Large: "), "{text}");
}

#[test]
fn input_without_a_request() {
    for (input, said) in
        [(&b""[..], "the input ends at byte 0\nthere is no request\n"), (b"\r\n", "empty line")]
    {
        let (text, code) = explained_bytes(input, &[]);
        assert!(code == 0 && text.contains(said), "{text}");
        assert!(text.ends_with("there is no request\n"), "{text}");
    }
}

#[test]
fn a_head_cut_short_is_a_request() {
    for input in ["G", "GET / HTTP/1.1\r\nHo", "GET / HTTP/1.1\r\nHost: a\r\n", "\r\nGET"] {
        let (text, code) = explained_bytes(input.as_bytes(), &[]);
        assert!(code == 1 && text.contains("request 1\n"), "{text}");
        assert!(!text.contains("there is no request"), "{text}");
    }
}

#[test]
fn what_is_cut_short_is_not_blamed() {
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for rest in ["5;a=\"x", "5\r\nhello\r", "0\r\nX: "] {
        let (text, code) = explained_bytes(format!("{chunked}{rest}").as_bytes(), &[]);
        assert!(code == 1 && text.contains("  cut short\n"), "{text}");
        assert!(!text.contains("cannot be accepted"), "{text}");
    }
}

#[test]
fn long_inputs_and_outputs_are_never_held_whole() {
    const CHUNKS: usize = 40_000;
    let mut child = bantam(["explain"]).stdin(Stdio::piped()).spawn().expect("the command starts");
    let mut input = child.stdin.take().expect("standard input");
    let mut output = child.stdout.take().expect("standard output");
    let reader = thread::spawn(move || {
        let (mut space, mut length, mut end) = (vec![0; 100_000], 0, Vec::new());
        loop {
            let read = output.read(&mut space).expect("it is read");
            if read == 0 {
                return (length, String::from_utf8_lossy(&end).into_owned());
            }
            length += read;
            end.extend_from_slice(&space[..read]);
            end.drain(..end.len().saturating_sub(1_000));
        }
    });
    let send = |input: &mut std::process::ChildStdin, text: &str| input.write_all(text.as_bytes());
    send(&mut input, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        .expect("it is taken");
    let chunk = format!("3e8\r\n{}\r\n", "x".repeat(1_000));
    for _ in 0..CHUNKS / 10 {
        send(&mut input, &chunk.repeat(10)).expect("it is taken");
    }
    let memory = memory(&child);
    send(&mut input, "0\r\n\r\n").expect("it is taken");
    drop(input);
    let (length, end) = reader.join().expect("an output");
    println!("{} bytes became {length}, with {memory} kB of memory", CHUNKS * chunk.len());
    assert_eq!(child.wait().expect("an end").code(), Some(0), "{end}");
    assert!(end.contains("end of the body, 40000000 bytes of content"), "{end}");
    assert!(length > CHUNKS * 200 && memory < 20_000, "{length} bytes, {memory} kB");
}

#[test]
fn what_is_known_is_said_before_more_is_waited_for() {
    for arguments in [&["explain"][..], &["explain", "--json"], &["explain", "--split", "5"]] {
        let mut child = bantam(arguments).stdin(Stdio::piped()).spawn().expect("the command starts");
        let mut input = child.stdin.take().expect("standard input");
        let output = lines(child.stdout.take().expect("standard output"));
        for _ in 0..2 {
            input.write_all(b"GET / HTTP/1.1\r\nHost: abcd\r\n\r\n").expect("it is taken");
            while !next(&output).contains("persists") {}
        }
        drop(input);
        assert!(rest(&output).iter().any(|line| line.contains("60")), "the input ends");
        assert_eq!(child.wait().expect("an end").code(), Some(0));
    }
}

#[test]
fn a_closed_output_ends_it_quietly() {
    for arguments in [&["explain"][..], &["explain", "--json"], &["explain", "--split", "1"]] {
        let mut child = bantam(arguments).stdin(Stdio::piped()).spawn().expect("the command starts");
        let mut input = child.stdin.take().expect("standard input");
        drop(child.stdout.take());
        let requests = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1_000);
        // There is no end of them, but of the command.
        while input.write_all(requests.as_bytes()).is_ok() {}
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.code() == Some(1) && output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn a_trace_says_what_happens_on_each_connection() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--trace"]));
    served.get("/users/42");
    let mut client = served.connect();
    client.send("GET / HTTP/1.1\nHost: a\r\n\r\n");
    assert!(matches!(client.end(), End::Closed(_)));
    served.signal(Signal::TERM);
    let (_, _, errors) = served.end();
    let of = |line: &str, said: &str| {
        assert!(
            errors.iter().any(|error| error.starts_with(line) && error.contains(said)),
            "{said}: {errors:#?}"
        );
    };
    let numbers: std::collections::BTreeSet<&str> =
        errors.iter().filter_map(|line| line.strip_prefix('[')?.split_once("] ")).map(|(at, _)| at).collect();
    assert_eq!(numbers.len(), 2, "{errors:#?}");
    of("[", "route /users/:id, content whole");
    of("[", "GET /users/42 HTTP/1.1\\r\\n");
    of("[", "answer: 200 OK");
    of(
        "[",
        "refused with 400 Bad Request at byte 14: a line ends in LF without CR (stricter than RFC 9112 §2.2)",
    );
    for number in numbers {
        assert!(errors.contains(&format!("[{number}] over")), "{number}: {errors:#?}");
    }
    of("[", "bytes from byte 15 on are not interpreted");

    let arguments = ["demo", "-p", "0", "--underscored-fields"];
    let served = Served::start(bantam(arguments).env("BANTAM_TRACE", "true"));
    let request = "GET http://b/ HTTP/1.1\r\nHost: a\r\nX_User: b\r\nConnection: close\r\n\r\n";
    assert_eq!(served.connect().ask(request).status, 200);
    served.signal(Signal::TERM);
    let errors = served.end().2;
    for said in ["that asks the host b", "not the host that is asked", "shown to the application"] {
        assert!(errors.iter().any(|line| line.contains(said)), "{said}: {errors:#?}");
    }
}
