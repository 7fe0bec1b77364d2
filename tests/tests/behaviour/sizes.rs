//! What a connection costs when nothing happens on it.

use bantam_core::connection::Connection;
use bantam_core::limits::Limits;
use bantam_tests::app;
use bantam_tests::memory::Memory;

#[test]
fn a_connection_without_buffers_has_at_most_256_bytes() {
    println!("a connection has {} bytes", size_of::<Connection>());
    assert!(size_of::<Connection>() <= 256);
}

#[test]
fn an_idle_connection_holds_no_buffers() {
    let service = app::service(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    server.flush();
    assert!(!server.connection().holds_buffers(), "a new one");
    let requests: [&[u8]; 6] = [
        b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"GET /fast/1000000 HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    for request in requests {
        let name = String::from_utf8_lossy(request);
        let (front, back) = request.split_at(request.len() - 1);
        server.window = 10;
        server.deliver(front);
        assert!(server.connection().holds_buffers(), "in the middle of {name:?}");
        server.deliver(back);
        assert!(server.connection().holds_buffers(), "while the answer waits to {name:?}");
        server.window = usize::MAX;
        server.flush();
        assert!(!server.connection().holds_buffers(), "after {name:?}");
    }
    // A closing connection that only listens for the peer's farewell needs none either.
    server.deliver(b"GET / HTTP/9.9\r\n\r\n");
    assert!(server.is_closed() && !server.is_over() && !server.connection().holds_buffers());
}
