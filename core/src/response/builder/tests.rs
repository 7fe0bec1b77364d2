use super::*;
use crate::response::assembly::RESERVE;
use crate::response::{ConnectionOption, Length};
use std::string::{String, ToString};
use std::{format, vec};

/// Builds a response in `size` bytes and shows it as [`show`] does.
fn build_in(size: usize, build: impl FnOnce(&mut Response<'_>) -> Outcome) -> Result<String, Failure> {
    let mut space = vec![b'#'; size];
    let mut response: Response<'_> = Response::new(&mut space, None, "");
    build(&mut response)?;
    response.outcome()?;
    Ok(show(response))
}

/// The status, the fields and the content, before a head stands in front of them.
fn show(response: Response<'_>) -> String {
    let content = match response.body() {
        Body::Buffered(_) => String::new(),
        Body::Static(bytes) => format!("static:{}", String::from_utf8_lossy(bytes)),
        Body::Streamed(length) => format!("streamed:{length:?}"),
    };
    let written = response.assembly.written();
    let text = String::from_utf8_lossy(&written);
    format!("{}|{text}{content}", response.status.code())
}

fn build(build: impl FnOnce(&mut Response<'_>) -> Outcome) -> Result<String, Failure> {
    build_in(1_024, build)
}

#[test]
fn a_second_mistake_leaves_no_half_a_line_either() {
    for length in 0..200 {
        let mut space = [b'#'; RESERVE + 100];
        let mut response: Response<'_> = Response::new(&mut space, None, "");
        response.field("X-Big", &"x".repeat(500)).field_display("X-A", "a".repeat(length));
        response.keep_fields();
        let failure = response.outcome().unwrap_err();
        response.fail(failure);
        let text = show(response);
        let lines = text.strip_prefix("500|").unwrap();
        let whole = format!("X-A: {}\r\n", "a".repeat(length));
        let rest = lines.strip_prefix(&*whole).unwrap_or(lines);
        assert!(rest.starts_with("\r\n") || rest.starts_with("Content-Type: "), "{length}: {text}");
    }
}

#[test]
fn fields_that_stand_once_replace_each_other() {
    let date = Date::from_unix(0);
    let mut space = [b'#'; 512];
    let mut response: Response<'_> = Response::new(&mut space, Some(&date), "bantam");
    response.field("Date", "then").field("server", "mine").field("A", "1").field("A", "2");
    response.text("text").unwrap();
    response.field("content-type", "text/odd");
    assert_eq!(
        show(response),
        "200|Date: then\r\nserver: mine\r\nA: 1\r\nA: 2\r\ncontent-type: text/odd\r\n\r\ntext"
    );
}

#[test]
fn a_redirection_has_a_status_of_one() {
    for code in [301, 302, 303, 307, 308] {
        assert!(build(|r| r.redirect(Status::new(code).unwrap(), "/a")).is_ok(), "{code}");
    }
    for status in [Status::OK, Status::NOT_MODIFIED, Status::MULTIPLE_CHOICES, Status::NOT_FOUND] {
        assert!(build(|r| r.redirect(status, "/a")).is_err(), "{status}");
    }
}

#[test]
fn a_formatted_field_is_there_whole_or_not_at_all() {
    let long = "x".repeat(600);
    assert_eq!(build(|r| r.field_display("A", &long).empty()), Ok(format!("200|A: {long}\r\n\r\n")));

    struct Broken(&'static str);
    impl fmt::Display for Broken {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("begun")?;
            f.write_str(self.0)?;
            Err(fmt::Error)
        }
    }
    for tail in ["", "\r\nSplit: 1"] {
        let mut space = [b'#'; 512];
        let mut response: Response<'_> = Response::new(&mut space, None, "");
        response.field("Kept", "1").field_display("A", Broken(tail)).field("B", "2");
        assert!(response.outcome().is_err());
        assert_eq!(show(response), "200|Kept: 1\r\nB: 2\r\n\r\n");
    }
    assert!(build_in(RESERVE + 64, |r| r.field_display("A", &long).empty()).is_err());
}

const TEXT: &str = "Content-Type: text/plain; charset=utf-8\r\n";

#[test]
fn fields_and_content_in_any_order() {
    let cases: &[(&str, fn(&mut Response<'_>) -> Outcome, &str)] = &[
        ("nothing", |_| Ok(()), "200|\r\n"),
        ("empty", |r| r.empty(), "200|\r\n"),
        ("status", |r| r.status(Status::CREATED).empty(), "201|\r\n"),
        ("no content", |r| r.no_content(), "204|\r\n"),
        ("field before", |r| r.field("A", "b").bytes("", b"c"), "200|A: b\r\n\r\nc"),
        (
            "field behind",
            |r| {
                r.bytes("", b"content")?;
                r.field("A", "b").field("C", "").outcome()
            },
            "200|A: b\r\nC: \r\n\r\ncontent",
        ),
        (
            "set",
            |r| r.field("A", "1").field("B", "2").field("a", "3").set_field("A", "4").empty(),
            "200|B: 2\r\nA: 4\r\n\r\n",
        ),
        (
            "removed behind the content",
            |r| {
                r.field("A", "1").field("B", "2").bytes("", b"content")?;
                r.remove_field("a").remove_field("C").outcome()
            },
            "200|B: 2\r\n\r\ncontent",
        ),
        ("a name that begins another", |r| r.field("AB", "1").remove_field("A").empty(), "200|AB: 1\r\n\r\n"),
        (
            "the last content counts",
            |r| {
                r.text("first, and longer")?;
                r.field("A", "b").bytes("x/y", b"second")
            },
            "200|A: b\r\nContent-Type: x/y\r\n\r\nsecond",
        ),
        (
            "static behind buffered",
            |r| {
                r.text("first")?;
                r.static_bytes("x/y", b"second")
            },
            "200|Content-Type: x/y\r\n\r\nstatic:second",
        ),
        (
            "buffered behind static",
            |r| {
                r.static_bytes("x/y", b"first")?;
                r.bytes("", b"second")
            },
            "200|\r\nsecond",
        ),
        ("redirect", |r| r.redirect(Status::FOUND, "/a?b"), "302|Location: /a?b\r\n\r\n"),
        (
            "redirect replaces content",
            |r| {
                r.text("gone")?;
                r.redirect(Status::SEE_OTHER, "/")
            },
            "303|Location: /\r\n\r\n",
        ),
        ("no store", |r| r.cache(60).no_store().empty(), "200|Cache-Control: no-store\r\n\r\n"),
        ("cache", |r| r.no_store().cache(60).empty(), "200|Cache-Control: public, max-age=60\r\n\r\n"),
        ("obs-text", |r| r.field("A", "é\t").empty(), "200|A: é\t\r\n\r\n"),
        (
            "cookie",
            |r| r.cookie(&SetCookie::new("a", "b").path("/")).empty(),
            "200|Set-Cookie: a=b; Path=/\r\n\r\n",
        ),
        (
            "two cookies",
            |r| r.cookie(&SetCookie::new("a", "b")).cookie(&SetCookie::new("c", "d")).empty(),
            "200|Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n",
        ),
        (
            "writer",
            |r| {
                let mut writer = r.writer("x/y");
                writer.write_bytes(b"a").write_bytes(b"b").write_fmt(format_args!("{}", 1)).unwrap();
                writer.finish()
            },
            "200|Content-Type: x/y\r\n\r\nab1",
        ),
        ("format", |r| r.format("x/y", format_args!("{}-{}", 1, 2)), "200|Content-Type: x/y\r\n\r\n1-2"),
    ];
    for (name, make, expected) in cases {
        assert_eq!(build(make).as_deref(), Ok(*expected), "{name}");
    }
    assert_eq!(build(|r| r.text("a")).unwrap(), format!("200|{TEXT}\r\na"));
}

#[test]
fn nothing_splits_a_message() {
    let bad = ["a\rb", "a\nb", "a\r\nb", "a\0b", "\r\n", "a\x7f", "\x1b", "a\x0b"];
    for value in bad {
        let cases: &[(&str, Result<String, Failure>)] = &[
            ("name", build(|r| r.field(value, "b").text("c"))),
            ("value", build(|r| r.field("A", value).text("c"))),
            ("set value", build(|r| r.set_field("A", value).text("c"))),
            ("displayed value", build(|r| r.field_display("A", value).text("c"))),
            ("type", build(|r| r.bytes(value, b"c"))),
            ("static type", build(|r| r.static_bytes(value, b"c"))),
            ("location", build(|r| r.redirect(Status::FOUND, value))),
            ("cookie name", build(|r| r.cookie(&SetCookie::new(value, "b")).text("c"))),
            ("cookie value", build(|r| r.cookie(&SetCookie::new("a", value)).text("c"))),
            ("cookie path", build(|r| r.cookie(&SetCookie::new("a", "b").path(value)).text("c"))),
        ];
        for (name, found) in cases {
            let failure = found.as_ref().unwrap_err();
            assert_eq!(failure.status().code(), 500, "{name} {value:?}");
        }
    }
    for name in ["", "a b", "a:", "a ", "é", "a\tb", "(a)"] {
        assert!(build(|r| r.field(name, "b").empty()).is_err(), "{name:?}");
    }
    for location in ["/a b", "/é", "/a\tb"] {
        assert!(build(|r| r.redirect(Status::FOUND, location)).is_err(), "{location:?}");
    }
    assert!(build(|r| r.cookie(&SetCookie::new("a", "b;c")).empty()).is_err());
}

#[test]
fn framing_fields_belong_to_the_connection() {
    for name in ["Content-Length", "content-length", "Transfer-Encoding", "TRANSFER-ENCODING", "Connection"] {
        assert_eq!(
            build(|r| r.field(name, "1").empty()),
            Err(ResponseError::FramingField.failure()),
            "{name}"
        );
        assert!(build(|r| r.set_field(name, "1").empty()).is_err(), "{name}");
        assert!(build(|r| r.field_display(name, 1).empty()).is_err(), "{name}");
    }
}

#[test]
fn what_does_not_fit_is_a_mistake_and_leaves_nothing_half_written() {
    let room = 64 - 2; // beside the reserve and the line end
    let size = RESERVE + 64;
    assert!(build_in(size, |r| r.bytes("", &[b'a'; 62])).is_ok());
    let found = build_in(size, |r| r.bytes("", &vec![b'a'; room + 1]));
    assert_eq!(found, Err(ResponseError::TooLarge.failure()));
    assert!(build_in(size, |r| r.field("A", &"b".repeat(room - 5)).empty()).is_ok());
    assert!(build_in(size, |r| r.field("A", &"b".repeat(room - 4)).empty()).is_err());
    assert!(build_in(size, |r| r.format("", format_args!("{:>63}", 1))).is_err());
    // A chain goes on behind the mistake, and tells the first one.
    let found = build_in(size, |r| r.field("A", "\n").bytes("", &[b'a'; 63]));
    assert_eq!(found, Err(ResponseError::Field.failure()));
    // A field behind content that fills the space.
    let found = build_in(size, |r| {
        r.bytes("", &[b'a'; 60])?;
        r.field("A", "b").outcome()
    });
    assert!(found.is_err());
    let mut space = vec![0; size];
    let mut response: Response<'_> = Response::new(&mut space, None, "");
    response.field("A", "b").bytes("", b"c").unwrap();
    assert!(response.field("C", &"d".repeat(60)).outcome().is_err());
    assert_eq!(show(response), "200|A: b\r\n\r\nc");
}

/// A response with fields of middleware and the handler's own, after it failed.
fn failed(
    size: usize,
    before: &[(&str, &str)],
    handler: fn(&mut Response<'_>) -> Outcome,
    why: Failure,
) -> String {
    let mut space = vec![b'#'; size];
    let mut response: Response<'_> = Response::new(&mut space, None, "srv");
    for (name, value) in before {
        response.field(name, value);
    }
    response.keep_fields();
    let _ = handler(&mut response); // a handler may overlook what it is told
    response.fail(why);
    assert!(response.error().is_none());
    show(response)
}

#[test]
fn an_error_answer_keeps_what_middleware_added() {
    let why = Failure::new(Status::NOT_FOUND, "no such thing");
    let body = format!("{TEXT}\r\n404 Not Found: no such thing\n");
    let before = [("Id", "1"), ("Cache-Control", "max-age=1")];
    let kept = "Server: srv\r\nId: 1\r\nCache-Control: max-age=1\r\n";
    let cases: &[(&str, fn(&mut Response<'_>) -> Outcome, String)] = &[
        ("nothing done", |_| Ok(()), format!("404|{kept}{body}")),
        ("fields", |r| r.field("X", "y").text("long content"), format!("404|{kept}{body}")),
        ("stream", |r| r.static_bytes("x/y", b"abc"), format!("404|{kept}{body}")),
        ("mistake", |r| r.field("X", "\n").empty(), format!("404|{kept}{body}")),
        (
            "a field of middleware removed",
            |r| r.remove_field("Id").field("Long-Name", "a long value").text("content"),
            format!("404|Server: srv\r\nCache-Control: max-age=1\r\n{body}"),
        ),
        (
            "a field of middleware replaced",
            |r| r.no_store().field("A", "b").text("content"),
            format!("404|Server: srv\r\nId: 1\r\n{body}"),
        ),
        (
            "all of them removed",
            |r| {
                r.remove_field("id")
                    .remove_field("server")
                    .remove_field("cache-control")
                    .field("A", "b")
                    .outcome()
            },
            format!("404|{body}"),
        ),
    ];
    for (name, handler, expected) in cases {
        assert_eq!(failed(1_024, &before, *handler, why), *expected, "{name}");
    }
    // Where not even the words fit, the status remains.
    let tight = RESERVE + 13 + 7 + 2;
    assert_eq!(failed(tight, &[("Id", "1")], |_| Ok(()), why), "404|Server: srv\r\nId: 1\r\n\r\n");
    assert_eq!(
        failed(1_024, &[], |_| Ok(()), Failure::from(Status::CONFLICT)),
        format!("409|Server: srv\r\n{TEXT}\r\n409 Conflict\n")
    );
}

#[test]
fn values_are_found_again() {
    let mut space = [0; 512];
    let mut response: Response<'_> = Response::new(&mut space, None, "");
    response.field("A", "1").field("Bcd", "two").field("a", "3");
    assert_eq!(response.field_value("a"), Some("1"));
    assert_eq!(response.field_value("BCD"), Some("two"));
    assert_eq!(response.field_value("B"), None);
    assert_eq!(response.field_value("Content-Length"), None);
    response.bytes("x/y", b"content").unwrap();
    assert_eq!(response.body(), Body::Buffered(b"content"));
    assert_eq!(response.content_length(), Some(7));
}

#[test]
fn a_line_is_found_by_its_name_and_no_more() {
    let mut space = [b'#'; 512];
    let mut response: Response<'_> = Response::new(&mut space, None, "");
    response.field("Location", "a:b");
    assert_eq!(response.field_value("Location: a"), None);
    response.remove_field("Location: a").remove_field("Loc").remove_field("");
    assert_eq!(response.field_value("location"), Some("a:b"));
}

#[test]
fn the_head_is_put_right_before_the_fields() {
    let cases: &[(&str, Length, ConnectionOption, bool, &str)] = &[
        ("sized", Length::Sized(3), ConnectionOption::None, true, "Content-Length: 3\r\nA: b\r\n\r\nabc"),
        ("HEAD", Length::Sized(3), ConnectionOption::None, false, "Content-Length: 3\r\nA: b\r\n\r\n"),
        ("silent", Length::Silent, ConnectionOption::Close, false, "Connection: close\r\nA: b\r\n\r\n"),
        (
            "chunked",
            Length::Chunked,
            ConnectionOption::None,
            false,
            "Transfer-Encoding: chunked\r\nA: b\r\n\r\n",
        ),
        (
            "an offer of another protocol",
            Length::Sized(3),
            ConnectionOption::Upgrade,
            true,
            "Content-Length: 3\r\nConnection: upgrade\r\nA: b\r\n\r\nabc",
        ),
        (
            "largest",
            Length::Sized(u64::MAX),
            ConnectionOption::CloseUpgrade,
            true,
            "Content-Length: 18446744073709551615\r\nConnection: close, upgrade\r\nA: b\r\n\r\nabc",
        ),
        (
            "nearly the largest",
            Length::Sized(u64::MAX),
            ConnectionOption::KeepAlive,
            true,
            "Content-Length: 18446744073709551615\r\nConnection: keep-alive\r\nA: b\r\n\r\nabc",
        ),
    ];
    for (name, length, connection, with_content, expected) in cases {
        for status in [Status::OK, Status::NETWORK_AUTHENTICATION_REQUIRED, Status::new(599).unwrap()] {
            let mut space = [0; 512];
            let mut response: Response<'_> = Response::new(&mut space, None, "");
            response.status(status).field("A", "b").bytes("", b"abc").unwrap();
            let (part, outgoing) =
                response.finish(Framing { length: *length, connection: *connection }, *with_content);
            assert!(matches!(outgoing, Outgoing::None));
            assert_eq!(part.content, if *with_content { 3 } else { 0 });
            let sent = String::from_utf8_lossy(&space[part.start..part.end]).to_string();
            assert_eq!(
                sent,
                format!("HTTP/1.1 {} {}\r\n{expected}", status.code(), status.reason()),
                "{name}"
            );
        }
    }
}

#[test]
fn no_status_line_and_framing_outgrow_their_room() {
    let framing = Framing { length: Length::Sized(u64::MAX), connection: ConnectionOption::CloseUpgrade };
    for status in (100..600).filter_map(Status::new) {
        let mut reserve = [b'#'; RESERVE];
        let length = crate::response::head::put_head(&mut reserve, status, framing);
        let head = str::from_utf8(&reserve[RESERVE - length..]).unwrap();
        let (digits, reason) = (status.code(), status.reason());
        let expected = format!(
            "HTTP/1.1 {digits} {reason}\r\nContent-Length: 18446744073709551615\r\nConnection: close, upgrade\r\n"
        );
        assert_eq!(head, expected);
        assert!(reserve[..RESERVE - length].iter().all(|&byte| byte == b'#'), "{status}");
    }
}

#[test]
fn vary_names_each_field_once() {
    let varied = |build: fn(&mut Response<'_>)| {
        let mut space = [b'#'; 512];
        let mut response: Response<'_> = Response::new(&mut space, None, "");
        build(&mut response);
        let text = show(response);
        text.strip_prefix("200|").unwrap().strip_suffix("\r\n\r\n").unwrap_or_default().replace("\r\n", "|")
    };
    assert_eq!(varied(|response| _ = response.vary("Origin")), "Vary: Origin");
    assert_eq!(varied(|response| _ = response.vary("Origin").vary("origin")), "Vary: Origin");
    assert_eq!(
        varied(|response| _ = response.vary("Origin").vary("Accept-Encoding").vary("Origin")),
        "Vary: Origin|Vary: Accept-Encoding"
    );
    assert_eq!(
        varied(|response| _ = response.field("vary", "Accept , ORIGIN").vary("Origin")),
        "vary: Accept , ORIGIN"
    );
    assert_eq!(varied(|response| _ = response.field("Vary", "*").vary("Origin")), "Vary: *");
    assert_eq!(
        varied(|response| _ = response.field("Vary", "Origins").vary("Origin")),
        "Vary: Origins|Vary: Origin"
    );
}

#[test]
fn transformed_content_keeps_its_type() {
    let mut space = [b'#'; 512];
    let mut response: Response<'_> = Response::new(&mut space, None, "");
    response.text("long content").unwrap();
    assert!(response.take_stream().is_none(), "nothing is streamed");
    assert_eq!(response.body(), Body::Buffered(b"long content"));
    response.replace_body(b"short").field("X", "behind");
    assert_eq!(show(response), "200|Content-Type: text/plain; charset=utf-8\r\nX: behind\r\n\r\nshort");
    let mut response: Response<'_> = Response::new(&mut space, None, "");
    response.static_bytes("a/b", b"in the image").unwrap();
    response.replace_body(b"short");
    assert_eq!(show(response), "200|Content-Type: a/b\r\n\r\nshort");
}

#[test]
fn a_value_in_parts_is_there_whole_or_not_at_all() {
    let built = build(|response| response.field_parts("ETag", &["\"", "v1", "\""]).text("x"));
    assert_eq!(built.unwrap(), "200|ETag: \"v1\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nx");
    for (name, parts) in
        [("A", ["a", "\r\nB: b"]), ("A", ["\n", ""]), ("A b", ["a", "b"]), ("Connection", ["a", "b"])]
    {
        assert!(build(|response| response.field_parts(name, &parts).empty()).is_err(), "{name} {parts:?}");
    }
    for free in 0..20 {
        let mut space = vec![b'#'; RESERVE + 2 + free];
        let mut response: Response<'_> = Response::new(&mut space, None, "");
        response.field_parts("A", &["12", "345", "6"]);
        let fits = free >= "A: 123456\r\n".len();
        assert_eq!(response.error().is_none(), fits, "{free} bytes free");
        assert_eq!(
            show(response),
            if fits { "200|A: 123456\r\n\r\n" } else { "200|\r\n" },
            "{free} bytes free"
        );
    }
}

#[test]
fn a_name_is_found_in_any_case_and_never_passed_over() {
    for (added, asked) in
        [("A", "a"), ("a", "A"), ("ETag", "etag"), ("x-REQUEST-id", "X-Request-ID"), ("~1_", "~1_")]
    {
        assert!(Names(Names::mark(added)).may_hold(asked), "{added} {asked}");
        let mut space = [b'#'; 512];
        let mut response: Response<'_> = Response::new(&mut space, None, "");
        response.field(added, "1").fields_where_missing(&[(asked, "2")]);
        assert_eq!(response.field_value(asked), Some("1"), "{added} {asked}");
        response.set_field(asked, "3");
        assert_eq!(show(response), format!("200|{asked}: 3\r\n\r\n"), "{added} {asked}");
    }
}

#[test]
fn names_that_are_often_asked_for_differ_in_their_marks() {
    // No promise, but what the marks are for: an answer without one of these is not searched for it.
    let usual = [
        "Date",
        "Server",
        "X-Request-ID",
        "Cache-Control",
        "Vary",
        "ETag",
        "Last-Modified",
        "Accept-Ranges",
        "X-Content-Type-Options",
        "Content-Type",
        "X-Frame-Options",
        "Referrer-Policy",
        "Content-Encoding",
    ];
    let marks = usual.iter().fold(0, |marks, name| marks | Names::mark(name));
    assert_eq!(marks.count_ones() as usize, usual.len());
}

#[test]
fn a_type_stands_once_however_it_was_set() {
    type Step = fn(&mut Response<'_>);
    let steps: [(&str, Step); 5] = [
        ("field", |response| _ = response.field("content-type", "a/b")),
        ("field_display", |response| _ = response.field_display("Content-Type", "a/b")),
        ("text", |response| _ = response.text("1")),
        ("bytes", |response| _ = response.bytes("a/b", b"1")),
        ("status", |response| _ = response.status(Status::NOT_FOUND)),
    ];
    for (first, set) in steps {
        for (second, set_again) in steps {
            let mut space = [b'#'; 512];
            let mut response: Response<'_> = Response::new(&mut space, None, "");
            set(&mut response);
            set_again(&mut response);
            let expected = usize::from(first != "status" || second != "status");
            let shown = show(response).to_ascii_lowercase();
            assert_eq!(shown.matches("content-type:").count(), expected, "{first}, {second}: {shown}");
        }
    }
    let mut space = [b'#'; 512];
    let mut response: Response<'_> = Response::new(&mut space, None, "");
    assert!(response.bytes("a\r\nb", b"1").is_err(), "a type is a value");
}
