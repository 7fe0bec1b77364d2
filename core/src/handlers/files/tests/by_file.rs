//! What a transport sends that has the kernel move bytes of files is what it would have pulled.

use super::*;

fn content(length: u32) -> Vec<u8> {
    (0..length).map(|at| (at * 31 / 7) as u8).collect()
}

const MANNERS: [(&str, Manner); 4] = [
    ("all at once", manner(u64::MAX, usize::MAX)),
    ("little by little", manner(1_000, usize::MAX)),
    ("never after all", manner(u64::MAX, 0)),
    ("not any more at last", manner(1_000, 3)),
];

const fn manner(by_file: u64, times: usize) -> Manner {
    Manner { now: Instant::ZERO, by_file, times }
}

#[test]
fn answers_are_the_same_either_way() {
    let folder = Folder::new().with("small", content(4_096)).with("large", content(70_001)).with("none", "");
    let files = folder.files();
    let heads = [
        "GET /none HTTP/1.1\r\nHost: a",
        "GET /small HTTP/1.1\r\nHost: a",
        "GET /large HTTP/1.1\r\nHost: a",
        "GET /large HTTP/1.0",
        "GET /large HTTP/1.0\r\nConnection: keep-alive",
        "HEAD /large HTTP/1.1\r\nHost: a",
        "GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0",
        "GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=100-50000",
        "GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=-60000",
        "GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=70001-",
        "GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=5-30000,40000-40000,40002-70000",
        "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close",
        "GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html",
    ];
    for head in heads {
        let pulled = exchange(&files, head, || {});
        for (name, manner) in MANNERS {
            let sent = exchange_with(&files, head, manner, || {});
            assert_eq!(sent.head, pulled.head, "{name}: {head}");
            assert!(sent.content == pulled.content, "{name}: {head}");
        }
    }
}

#[test]
fn only_what_does_not_fit_beside_the_head_is_left_to_the_transport() {
    let folder = Folder::new().with("small", content(4_096)).with("large", content(4_097));
    let files = folder.files();
    for (name, target, range, parts) in [
        ("as much as is copied", "/small", "", 0),
        ("one byte more", "/large", "", 1),
        ("a short range", "/large", "\r\nRange: bytes=0-4095", 0),
    ] {
        let mut count = 0;
        let head = format!("GET {target} HTTP/1.1\r\nHost: a{range}");
        // Without that, `meanwhile` is called before bytes of a file alone.
        let answer = exchange_with(&files, &head, manner(u64::MAX, usize::MAX), || count += 1);
        assert_eq!(answer.status(), if range.is_empty() { "200" } else { "206" }, "{name}");
        assert_eq!(count, parts, "{name}");
    }
}

#[test]
fn a_file_that_shrinks_is_cut_and_one_that_grows_is_not_lengthened() {
    let folder = Folder::new();
    let path = folder.root.join("f");
    let files = folder.files();
    let get = |to: u64| {
        fs::write(&path, "x".repeat(100_000)).unwrap();
        let resize = || fs::File::options().write(true).open(&path).unwrap().set_len(to).unwrap();
        exchange_with(&files, "GET /f HTTP/1.1\r\nHost: a", manner(10_000, usize::MAX), resize)
    };
    let shrunk = get(50_000);
    assert_eq!(shrunk.field("Content-Length"), Some("100000"));
    assert_eq!(shrunk.content, "x".repeat(50_000).as_bytes());
    let grown = get(200_000);
    assert_eq!(grown.content, "x".repeat(100_000).as_bytes());
}

#[test]
fn a_file_that_is_replaced_goes_on_as_it_was() {
    let folder = Folder::new().with("f", "x".repeat(100_000));
    let path = folder.root.join("f");
    let replace = || {
        fs::write(folder.root.join("g"), "y").unwrap();
        fs::rename(folder.root.join("g"), &path).unwrap();
    };
    let files = folder.files();
    let answer = exchange_with(&files, "GET /f HTTP/1.1\r\nHost: a", manner(10_000, usize::MAX), replace);
    assert_eq!(answer.content, "x".repeat(100_000).as_bytes());
    assert_eq!(get_from(&files, "/f").text(), "y");
}

/// A connection whose answer has come as far as the file behind its head.
fn with_file_waiting(act: impl FnOnce(&mut crate::connection::Lent<'_, Files, FileStream>)) {
    let folder = Folder::new().with("f", "x".repeat(100_000));
    let files = folder.files();
    let service = Service::new(&files, &ROUTES);
    let mut storage = Storage::<FileStream, 1_024, 1_024, 8>::new();
    let mut connection = Connection::new(0, None, Instant::ZERO);
    let mut lent = connection.lend(&service, storage.lend(), None);
    lent.set_sends_files(true);
    let message = b"GET /f HTTP/1.1\r\nHost: a\r\n\r\n";
    lent.receive_space()[..message.len()].copy_from_slice(message);
    lent.handle_received(message.len(), Instant::ZERO);
    lent.run_handler(Instant::ZERO, || Instant::ZERO);
    assert!(lent.wants().is_some_and(|wants| wants.transmit && wants.file), "a head, and a file behind it");
    lent.handle_transmitted(lent.poll_transmit().len(), Instant::ZERO);
    assert!(lent.wants().is_some_and(|wants| !wants.transmit && wants.file), "the file");
    act(&mut lent);
}

#[test]
fn a_peer_that_takes_nothing_of_a_file_is_given_up() {
    with_file_waiting(|lent| {
        let grace = Limits::DEFAULT.transmit_rate.grace;
        let deadline = lent.wants().unwrap().deadline;
        assert_eq!(deadline, Instant::ZERO.after(grace));
        lent.handle_file_sent(5_000, Instant::from_millis(1));
        let deadline = lent.wants().unwrap().deadline;
        assert_eq!(deadline, Instant::from_millis(1).after(grace), "it has moved on");
        lent.handle_timeout(deadline);
        assert_eq!(lent.wants(), None);
    });
}

#[test]
fn a_peer_that_takes_a_file_too_slowly_is_given_up() {
    with_file_waiting(|lent| {
        let mut now = Instant::ZERO;
        for second in 0..60 {
            now = Instant::from_millis(second * 1_000);
            lent.handle_timeout(now);
            if lent.wants().is_none() {
                break;
            }
            lent.handle_file_sent(100, now);
        }
        let slowest = Limits::DEFAULT.transmit_rate.grace.as_secs();
        assert!((slowest..slowest + 3).contains(&now.since(Instant::ZERO).as_secs()), "{now:?}");
    });
}

#[test]
fn a_panic_or_a_shutdown_amid_a_file_ends_it_in_order() {
    with_file_waiting(|lent| {
        lent.handle_file_sent(5_000, Instant::ZERO);
        lent.handle_shutdown(Instant::ZERO);
        assert!(lent.wants().is_some_and(|wants| wants.file), "an answer that has begun is completed");
        lent.handle_panic(Instant::ZERO);
        let wants = lent.wants().unwrap();
        assert!(wants.half_close && !wants.file && lent.poll_file().is_none(), "{wants:?}");
    });
}
