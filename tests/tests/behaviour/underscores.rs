//! Fields with an underscore in their name, which gateways confuse with a hyphen: hidden from handlers unless they are
//! asked for, and never taken for the field that they resemble.

use bantam_core::limits::Limits;
use bantam_tests::app::demo;
use bantam_tests::memory::Memory;
use bantam_tests::serves::Serves as _;

const REQUEST: &str = "POST /echo HTTP/1.1\r\nHost: a\r\nX_User: admin\r\nX-User: guest\r\n_: 1\r\n\
    Content_Type: a/b\r\nContent_Length: 3\r\nTransfer_Encoding: chunked\r\n\
    Content-Length: 5\r\nCookie_: a=b\r\n\r\nhello";

#[test]
fn they_are_hidden() {
    let service = demo(Limits::DEFAULT);
    let seen = Memory::<_, _>::new(&service).ask(REQUEST.as_bytes());
    assert_eq!(seen.text(), "Host: a\nX-User: guest\nContent-Length: 5\n");
}

#[test]
fn they_are_shown_where_they_are_asked_for_and_frame_nothing() {
    let service = demo(Limits::DEFAULT).with_underscored_fields(true);
    let seen = Memory::<_, _>::new(&service).ask(REQUEST.as_bytes());
    let expected = "Host: a\nX_User: admin\nX-User: guest\n_: 1\nContent_Type: a/b\nContent_Length: 3\n\
        Transfer_Encoding: chunked\nContent-Length: 5\nCookie_: a=b\n";
    assert_eq!(seen.text(), expected);
}

#[test]
fn a_name_with_an_underscore_is_no_host() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    let bytes = server.converse(&[b"GET / HTTP/1.1\r\nHo_st: a\r\nHost_: a\r\n\r\n"], false);
    assert!(bytes.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(&bytes));
}

#[test]
fn they_count_as_field_lines() {
    let service = demo(Limits { field_lines: 4, ..Limits::DEFAULT });
    let mut server = Memory::<_, _>::new(&service);
    let request =
        |lines: usize| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X_Y: z\r\n".repeat(lines - 1));
    assert_eq!(server.ask(request(4).as_bytes()).status, 200);
    let bytes = server.converse(&[request(5).as_bytes()], false);
    assert!(bytes.starts_with(b"HTTP/1.1 431 "), "{}", String::from_utf8_lossy(&bytes));
}
