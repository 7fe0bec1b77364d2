//! What becomes of coded answers when something fails or runs out.

use core::time::Duration;

use bantam_core::middleware::compress::{Coded, Coder, CoderError, Coding, Compress, Flush};
use bantam_tests::answer;
use bantam_tests::memory::Memory;
use bantam_tests::serves::on_all_with;

use super::{GZIP, MEDIUM, ask, chunk_data, decode_front, service, service_with, text};

#[test]
fn a_source_that_fails_cuts_the_answer_behind_what_it_gave() {
    let (service, compress) = service_with(Compress::new([Coding::gzip(6)]));
    for (path, waits) in [("/fails", 0), ("/waits-and-fails", 1), ("/short", 0)] {
        for length in [0, 1, 1_000, 5_000, 300_000] {
            let mut server = Memory::<_, _>::new(&service);
            server.deliver(format!("GET {path}/{length} HTTP/1.1\r\nHost: a\r\n{GZIP}\r\n").as_bytes());
            for _ in 0..waits {
                assert!(!server.is_closed(), "{path} {length}");
                server.pass(Duration::from_secs(1));
            }
            let name = format!("{path} {length}");
            assert!(server.is_closed(), "{name}");
            let is_coded = answer::find(server.output(), b"Content-Encoding: gzip").is_some();
            assert_eq!(is_coded, path != "/short" || length + 1 >= 1_024, "{name}");
            assert!(answer::find(server.output(), b"Vary: Accept-Encoding\r\n").is_some(), "{name}");
            if is_coded {
                let (data, is_complete) = chunk_data(server.output());
                assert!(!is_complete, "{name}: the peer can tell");
                let given = decode_front(&data);
                // One that has announced more fails with its last piece, which is in nobody's hands any more.
                let expected = if path == "/short" { given.len() } else { length };
                assert!(given == text(length)[..expected], "{name}: {} came", given.len());
            }
        }
    }
    assert_eq!(compress.codings()[0].coders(), (0, 1), "its coder is back");
}

#[test]
fn what_fails_inside_is_a_500_that_varies() {
    on_all_with(service, |server| {
        let answer = ask(server, "GET /answer?length=40000", GZIP);
        assert_eq!(
            (answer.status, answer.field("Vary")),
            (500, Some("Accept-Encoding")),
            "too large a mistake"
        );
        assert_eq!(answer.field("Content-Encoding"), None);
    });
}

#[test]
fn coders_are_bounded_and_come_back() {
    let (service, few) = service_with(Compress::new([Coding::gzip(1).with_coders(2, 1)]));
    let request = format!("GET /slow/2 HTTP/1.1\r\nHost: a\r\n{GZIP}\r\n");
    let mut servers: Vec<_> = (0..3).map(|_| Memory::<_, _>::new(&service)).collect();
    for (number, server) in servers.iter_mut().enumerate() {
        server.deliver(request.as_bytes());
        let is_coded = answer::find(server.output(), b"Content-Encoding: gzip").is_some();
        assert_eq!(is_coded, number < 2, "{number}: the third is plain");
        assert!(answer::find(server.output(), b"Vary: Accept-Encoding").is_some(), "{number}");
    }
    assert_eq!(few.codings()[0].coders(), (2, 0));
    servers[0].pass(Duration::from_secs(1));
    assert_eq!(few.codings()[0].coders(), (1, 1), "one has ended");
    servers.truncate(1);
    assert_eq!(few.codings()[0].coders(), (0, 1), "one was cut off; one of two is kept");
    servers[0].deliver(request.as_bytes());
    assert_eq!(few.codings()[0].coders(), (1, 0), "and used again");
}

/// A coder that takes so many calls before it fails, or stands still.
struct Broken {
    calls: u32,
    fails: bool,
}

impl Coder for Broken {
    fn code(&mut self, input: &[u8], output: &mut [u8], _: Flush) -> Result<Coded, CoderError> {
        self.calls += 1;
        match (self.calls, self.fails) {
            (1, _) => {
                output[0] = b'?';
                Ok(Coded { consumed: input.len().min(1), produced: 1, done: false })
            }
            (_, true) => Err(CoderError),
            (_, false) => Ok(Coded { consumed: 0, produced: 0, done: false }),
        }
    }

    fn reset(&mut self) {
        self.calls = 0;
    }
}

#[test]
fn a_coder_that_fails_leaves_what_it_can_and_cuts_what_it_must() {
    let makes: [fn(u8) -> Box<dyn Coder>; 2] =
        [|_| Box::new(Broken { calls: 0, fails: true }), |_| Box::new(Broken { calls: 0, fails: false })];
    for make in makes {
        let (service, compress) = service_with(Compress::new([Coding::new("gzip", 0, make)]));
        let mut server = Memory::<_, _>::new(&service);
        for path in ["/answer", "/static/medium"] {
            let answer = ask(&mut server, &format!("GET {path}"), GZIP);
            assert_eq!((answer.status, answer.field("Content-Encoding")), (200, None), "{path}");
            assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{path}");
            assert!(answer.content == text(5_000) || answer.content == MEDIUM, "{path}");
        }
        for path in ["/stream/5000", "/static/large"] {
            server.reconnect();
            server.deliver(format!("GET {path} HTTP/1.1\r\nHost: a\r\n{GZIP}\r\n").as_bytes());
            assert!(server.is_closed() && !server.output().ends_with(b"0\r\n\r\n"), "{path}");
            server.close();
        }
        assert_eq!(compress.codings()[0].coders(), (0, 1));
    }
}
