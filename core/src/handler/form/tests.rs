use crate::connection::{Connection, Storage};
use crate::prelude::*;
use std::string::String;

fn values(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    let form = request.form()?;
    let mut text = response.writer("text/plain");
    for (name, value) in form {
        let _ = text.write_fmt(format_args!("[{name}={value}]"));
    }
    text.finish()
}

static ROUTES: Router<(), 1> = Router::new([post("/", values)]);

fn posted(content_type: &str, content: &str) -> String {
    let service = Service::new(&(), &ROUTES);
    let mut storage: Storage<NoStream, 1024, 1024, 16> = Storage::new();
    let mut connection = Connection::new(0, None, Instant::ZERO);
    let mut lent = connection.lend(&service, storage.lend(), None);
    let request = std::format!(
        "POST / HTTP/1.1\r\nHost: a\r\n{content_type}Content-Length: {}\r\n\r\n{content}",
        content.len()
    );
    lent.receive_space()[..request.len()].copy_from_slice(request.as_bytes());
    lent.handle_received(request.len(), Instant::ZERO);
    lent.run_handler(Instant::ZERO, || Instant::ZERO);
    let answer = String::from_utf8(lent.poll_transmit().to_vec()).unwrap();
    let (head, content) = answer.split_once("\r\n\r\n").unwrap();
    std::format!("{} {content}", &head[9..12])
}

#[test]
fn pairs_are_read_in_place() {
    let urlencoded = "Content-Type: application/x-www-form-urlencoded\r\n";
    let cases = [
        ("", "200 "),
        ("a=1&b=2", "200 [a=1][b=2]"),
        ("a+b=c+d", "200 [a b=c d]"),
        ("a=%C3%A9&a=2", "200 [a=é][a=2]"),
        ("a&=b&&", "200 [a=][=b]"),
        ("a=%ff", "200 [a=\u{fffd}]"),
        ("a=%zz", "400 400 Bad Request: the form has a malformed percent-encoding at byte 2\n"),
        ("a=%4", "400 400 Bad Request: the form has a malformed percent-encoding at byte 2\n"),
        ("abc=%00", "400 400 Bad Request: the form has a malformed percent-encoding at byte 4\n"),
    ];
    for (content, answer) in cases {
        assert_eq!(posted(urlencoded, content), answer, "{content}");
    }
}

#[test]
fn the_type_counts_without_case_and_parameters() {
    for good in ["application/x-www-form-urlencoded; charset=utf-8", "Application/X-WWW-Form-URLencoded ;a=b"]
    {
        assert_eq!(posted(&std::format!("Content-Type: {good}\r\n"), "a=b"), "200 [a=b]", "{good}");
    }
    for bad in ["", "Content-Type: text/plain\r\n", "Content-Type: multipart/form-data; boundary=x\r\n"] {
        assert!(posted(bad, "a=b").starts_with("415 "), "{bad}");
    }
}
