use std::string::String;

use crate::connection::{Connection, Storage};
use crate::prelude::*;

fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.text("hello")
}

static ROUTES: Router<(), 2> = Router::new([get("/", hello), post("/", hello)]);

/// The statuses that come for these bytes, and whether the connection goes on.
fn statuses(bytes: &str) -> (String, bool) {
    let service = Service::new(&(), &ROUTES);
    let mut storage: Storage<NoStream, 1024, 1024, 16> = Storage::new();
    let mut connection = Connection::new(0, None, Instant::ZERO);
    let mut lent = connection.lend(&service, storage.lend(), None);
    lent.receive_space()[..bytes.len()].copy_from_slice(bytes.as_bytes());
    lent.handle_received(bytes.len(), Instant::ZERO);
    let mut answers = String::new();
    while let Some(wants) = lent.wants() {
        if wants.run {
            lent.run_handler(Instant::ZERO, || Instant::ZERO);
        } else if wants.transmit {
            answers.push_str(core::str::from_utf8(lent.poll_transmit()).unwrap());
            lent.handle_transmitted(lent.poll_transmit().len(), Instant::ZERO);
        } else {
            let codes: std::vec::Vec<_> =
                answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
            return (codes.join(" "), !wants.half_close);
        }
    }
    unreachable!("the peer has not closed its side")
}

#[test]
fn content_is_refused_and_nothing_behind_it_interpreted() {
    let cases = [
        ("none", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "200 200", true),
        ("empty", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "200", true),
        (
            "sized",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 28\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "413",
            false,
        ),
        ("to a GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1", "413", false),
        (
            "to come",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
            "413",
            false,
        ),
        (
            "chunked",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "413",
            false,
        ),
        (
            "framed twice",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "400",
            false,
        ),
        ("no number", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n", "400", false),
        (
            "another coding",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "501",
            false,
        ),
    ];
    for (name, bytes, expected, goes_on) in cases {
        assert_eq!(statuses(bytes), (String::from(expected), goes_on), "{name}");
    }
}
