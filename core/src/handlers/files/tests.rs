use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration as StdDuration;
use std::format;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, symlink};
use std::path::PathBuf;
use std::string::{String, ToString};
use std::time::UNIX_EPOCH;
use std::vec;
use std::vec::Vec;

mod by_file;
mod coded;
mod faults;
mod listing;
mod options;
mod pages;
mod paths;
mod ranges;
mod recent;

use super::*;
use crate::connection::{Connection, Storage};
use crate::message::date::Date;
use crate::prelude::*;

static ROUTES: Router<Files, 3, FileStream> =
    Router::new([get("/*path", serve), get("/static", serve), get("/static/*path", serve)]);

fn serve(files: &Files, request: &Request<'_>, response: &mut Response<'_, FileStream>) -> Outcome {
    files.serve(request.raw_param("path").unwrap_or_default(), request, response)
}

/// 2026-11-23T11:33:25Z.
const NOW: u64 = 1_795_433_605;
/// 2026-01-02T03:04:05Z.
const MODIFIED: u64 = 1_767_323_045;
const LAST_MODIFIED: &str = "Fri, 02 Jan 2026 03:04:05 GMT";

/// A folder of this test alone, which goes when the test ends. It stands in another, so that there is an outside.
struct Folder {
    outside: PathBuf,
    root: PathBuf,
}

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let outside = std::env::temp_dir().join(format!("bantam-files-{}-{number}", std::process::id()));
        let root = outside.join("top");
        fs::create_dir_all(&root).unwrap();
        fs::write(outside.join("secret.txt"), "secret").unwrap();
        Self { outside, root }
    }

    fn with(self, name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let path = self.root.join(std::ffi::OsStr::from_bytes(name.as_ref()));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        set_modified(&path, MODIFIED);
        self
    }

    fn with_folder(self, name: &str) -> Self {
        fs::create_dir_all(self.root.join(name)).unwrap();
        self
    }

    fn with_link(self, name: &str, target: impl AsRef<Path>) -> Self {
        symlink(target, self.root.join(name)).unwrap();
        self
    }

    fn with_fifo(self, name: &str) -> Self {
        let path = self.root.join(name);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        self
    }

    fn files(&self) -> Files {
        Files::open(&self.root).unwrap()
    }

    /// Both ways of staying beneath the root.
    fn both(&self) -> [Files; 2] {
        let mut resolving = self.files();
        resolving.root.handle = None;
        [self.files(), resolving]
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.outside);
    }
}

fn set_modified(path: &Path, seconds: u64) {
    let time = UNIX_EPOCH + StdDuration::from_secs(seconds);
    fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
}

struct Answer {
    head: String,
    content: Vec<u8>,
}

impl Answer {
    fn status(&self) -> &str {
        &self.head[9..12]
    }

    fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(candidate, _)| candidate.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        core::str::from_utf8(&self.content).unwrap()
    }
}

/// Sends `head`, without the empty line at its end, and gives the bytes that come back. `meanwhile` is called before
/// each transmission but the first.
fn exchange(files: &Files, head: &str, meanwhile: impl FnMut()) -> Answer {
    exchange_with(files, head, Manner::default(), meanwhile)
}

/// How a transport goes about it.
#[derive(Clone, Copy)]
struct Manner {
    /// The time, which stands still.
    now: Instant,
    /// Most bytes of a file that it sends at once; it pulls when there are none.
    by_file: u64,
    /// How often it does that before it cannot any more.
    times: usize,
}

impl Default for Manner {
    fn default() -> Self {
        Self { now: Instant::ZERO, by_file: 0, times: usize::MAX }
    }
}

fn exchange_with(files: &Files, head: &str, manner: Manner, mut meanwhile: impl FnMut()) -> Answer {
    let Manner { now, by_file, mut times } = manner;
    let service = Service::new(files, &ROUTES);
    let mut storage = Storage::<FileStream, 16_384, 16_384, 64>::new();
    let date = Date::from_unix(NOW);
    let mut connection = Connection::new(0, None, now);
    let mut lent = connection.lend(&service, storage.lend(), Some(date));
    lent.set_sends_files(by_file > 0);
    let message = format!("{head}\r\n\r\n");
    let mut unsent = message.as_bytes();
    let mut received = Vec::new();
    while let Some(wants) = lent.wants() {
        if wants.run {
            lent.run_handler(now, || now);
        } else if wants.transmit {
            if !received.is_empty() {
                meanwhile();
            }
            let length = lent.poll_transmit().len();
            received.extend_from_slice(lent.poll_transmit());
            lent.handle_transmitted(length, now);
        } else if wants.file && times == 0 {
            lent.handle_file_unsendable(now);
        } else if wants.file {
            meanwhile();
            times -= 1;
            let part = lent.poll_file().unwrap();
            let mut space = vec![0; part.length().min(by_file) as usize];
            let length = part.file().read_at(&mut space, part.position()).unwrap();
            received.extend_from_slice(&space[..length]);
            match length {
                0 => lent.handle_file_failed(now),
                length => lent.handle_file_sent(length as u64, now),
            }
        } else if wants.half_close {
            lent.handle_half_closed(now);
        } else if unsent.is_empty() {
            lent.handle_peer_closed(now);
        } else {
            let length = unsent.len();
            lent.receive_space()[..length].copy_from_slice(unsent);
            unsent = &[];
            lent.handle_received(length, now);
        }
    }
    let end = received.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let content = received.split_off(end + 4);
    Answer { head: String::from_utf8(received).unwrap(), content }
}

fn get_with(files: &Files, target: &str, fields: &str) -> Answer {
    exchange(files, &format!("GET {target} HTTP/1.1\r\nHost: a{fields}"), || {})
}

fn get_from(files: &Files, target: &str) -> Answer {
    get_with(files, target, "")
}

#[test]
fn a_folder_must_be_there() {
    let folder = Folder::new().with("file", "");
    assert_eq!(Files::open(folder.root.join("absent")).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(Files::open(folder.root.join("file")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
}

#[test]
fn files_of_several_types() {
    let folder = Folder::new()
        .with("a.html", "<p>")
        .with("sub/b.CSS", "p{}")
        .with("c", "c")
        .with("d e.json", "{}")
        .with("empty.txt", "")
        .with("f:g.png", "png")
        .with(b"caf\xe9.js", "js");
    let cases = [
        ("/a.html", "text/html; charset=utf-8", "<p>"),
        ("/sub/b.CSS", "text/css; charset=utf-8", "p{}"),
        ("/c", "application/octet-stream", "c"),
        ("/d%20e.json", "application/json; charset=utf-8", "{}"),
        ("/d%20e.js%6fn?query", "application/json; charset=utf-8", "{}"),
        ("/empty.txt", "text/plain; charset=utf-8", ""),
        ("/f:g.png", "image/png", "png"),
        ("/caf%E9.js", "text/javascript; charset=utf-8", "js"),
        ("/static/a.html", "text/html; charset=utf-8", "<p>"),
        ("http://host/a.html", "text/html; charset=utf-8", "<p>"),
    ];
    for files in folder.both() {
        for (target, media_type, content) in cases {
            let answer = get_from(&files, target);
            assert_eq!(answer.status(), "200", "{target}");
            assert_eq!(answer.field("Content-Type"), Some(media_type), "{target}");
            assert_eq!(answer.field("Content-Length"), Some(content.len().to_string().as_str()), "{target}");
            assert_eq!(answer.field("Last-Modified"), Some(LAST_MODIFIED), "{target}");
            assert_eq!(answer.field("Cache-Control"), Some("no-cache"), "{target}");
            assert_eq!(answer.field("X-Content-Type-Options"), Some("nosniff"), "{target}");
            assert!(answer.field("ETag").is_some_and(|tag| tag.starts_with('"') && tag.ends_with('"')));
            assert_eq!(answer.text(), content, "{target}");
        }
    }
}

#[test]
fn head_says_what_get_would() {
    let folder =
        Folder::new().with("small.txt", "small").with("large.txt", "x".repeat(100_000)).with("d/e", "");
    let files = folder.files();
    for target in ["/small.txt", "/large.txt", "/d/", "/"] {
        let get = get_from(&files, target);
        let head = exchange(&files, &format!("HEAD {target} HTTP/1.1\r\nHost: a"), || {});
        assert_eq!(head.head, get.head, "{target}");
        assert!(head.content.is_empty() && !get.content.is_empty(), "{target}");
    }
}

#[test]
fn conditional_requests() {
    let folder = Folder::new().with("a.txt", "content").with("i/index.html", "index");
    for files in folder.both() {
        let etag = get_from(&files, "/a.txt").field("ETag").unwrap().to_string();
        let cases = [
            (format!("If-None-Match: {etag}"), "304"),
            (format!("If-None-Match: W/{etag}"), "304"),
            (format!("If-None-Match: \"x\", {etag}"), "304"),
            (format!("If-None-Match: \"x\"\r\nIf-None-Match: {etag}"), "304"),
            ("If-None-Match: *".into(), "304"),
            ("If-None-Match: \"x\"".into(), "200"),
            (format!("If-None-Match: \"x\"\r\nIf-Modified-Since: {LAST_MODIFIED}"), "200"),
            (format!("If-Modified-Since: {LAST_MODIFIED}"), "304"),
            ("If-Modified-Since: Fri, 02 Jan 2026 03:04:04 GMT".into(), "200"),
            ("If-Modified-Since: yesterday".into(), "200"),
            (format!("If-Match: {etag}"), "200"),
            ("If-Match: *".into(), "200"),
            (format!("If-Match: W/{etag}"), "412"),
            ("If-Match: \"x\"".into(), "412"),
            (format!("If-Unmodified-Since: {LAST_MODIFIED}"), "200"),
            ("If-Unmodified-Since: Fri, 02 Jan 2026 03:04:04 GMT".into(), "412"),
        ];
        for (fields, status) in cases {
            let answer = get_with(&files, "/a.txt", &format!("\r\n{fields}"));
            assert_eq!(answer.status(), status, "{fields}");
            if status == "304" {
                assert_eq!(answer.field("ETag"), Some(etag.as_str()), "{fields}");
                assert_eq!(answer.field("Last-Modified"), Some(LAST_MODIFIED), "{fields}");
                assert_eq!(answer.field("Cache-Control"), Some("no-cache"), "{fields}");
                assert!(answer.field("Date").is_some(), "{fields}");
                assert_eq!(answer.field("Content-Type"), None, "{fields}");
                assert!(answer.content.is_empty(), "{fields}");
            }
        }
        let index = get_from(&files, "/i/");
        let again = format!("\r\nIf-None-Match: {}", index.field("ETag").unwrap());
        assert_eq!(get_with(&files, "/i/", &again).status(), "304");
        assert_eq!(get_with(&files, "/a.txt", &again).status(), "200", "tags of two files differ");
    }
}

#[test]
fn an_etag_changes_with_the_file() {
    let folder = Folder::new().with("a", "1");
    let files = folder.files();
    let tag = || get_from(&files, "/a").field("ETag").unwrap().to_string();
    let first = tag();
    assert_eq!(tag(), first);
    let path = folder.root.join("a");
    set_modified(&path, MODIFIED + 1);
    let touched = tag();
    fs::write(&path, "12").unwrap();
    set_modified(&path, MODIFIED + 1);
    let longer = tag();
    fs::write(folder.root.join("b"), "12").unwrap();
    set_modified(&folder.root.join("b"), MODIFIED + 1);
    fs::rename(folder.root.join("b"), &path).unwrap();
    let replaced = tag();
    let tags = [&first, &touched, &longer, &replaced];
    for (at, one) in tags.iter().enumerate() {
        assert!(tags[at + 1..].iter().all(|other| other != one), "{tags:?}");
    }
}

#[test]
fn the_date_of_modification_is_not_in_the_future() {
    let folder = Folder::new().with("future", "").with("past", "");
    set_modified(&folder.root.join("future"), NOW + 1_000);
    let before_1970 = UNIX_EPOCH - StdDuration::from_secs(1);
    fs::File::open(folder.root.join("past")).unwrap().set_modified(before_1970).unwrap();
    let files = folder.files();
    assert_eq!(get_from(&files, "/future").field("Last-Modified"), Some(Date::from_unix(NOW).as_str()));
    assert_eq!(get_from(&files, "/past").field("Last-Modified"), Some(Date::from_unix(0).as_str()));
}

#[test]
fn cache_control_is_the_applications() {
    let folder = Folder::new().with("a", "");
    let files = folder.files().with_cache_control("public, max-age=60");
    assert_eq!(get_from(&files, "/a").field("Cache-Control"), Some("public, max-age=60"));
    assert_eq!(get_from(&files.with_cache_control(""), "/a").field("Cache-Control"), None);
}

#[test]
fn large_files_are_streamed() {
    for length in [4_095, 4_096, 4_097, 16_384, 1_000_003] {
        let content: Vec<u8> = (0..length).map(|at: u32| (at * 31 / 7) as u8).collect();
        let folder = Folder::new().with("f.bin", &content);
        for files in folder.both() {
            let answer = get_from(&files, "/f.bin");
            assert_eq!(answer.field("Content-Length"), Some(length.to_string().as_str()));
            assert!(answer.content == content, "{length}");
        }
    }
}

#[test]
fn small_files_are_streamed_where_the_buffer_is_smaller() {
    let folder = Folder::new().with("f", "x".repeat(4_000));
    let files = folder.files();
    let service = Service::new(&files, &ROUTES);
    let mut storage = Storage::<FileStream, 256, 1_024, 8>::new();
    let mut connection = Connection::new(0, None, Instant::ZERO);
    let mut lent = connection.lend(&service, storage.lend(), None);
    let message = b"GET /f HTTP/1.0\r\n\r\n";
    lent.receive_space()[..message.len()].copy_from_slice(message);
    lent.handle_received(message.len(), Instant::ZERO);
    lent.run_handler(Instant::ZERO, || Instant::ZERO);
    let mut received = Vec::new();
    while lent.wants().is_some_and(|wants| wants.transmit) {
        received.extend_from_slice(lent.poll_transmit());
        let length = lent.poll_transmit().len();
        lent.handle_transmitted(length, Instant::ZERO);
    }
    assert!(received.starts_with(b"HTTP/1.1 200 "));
    assert!(received.ends_with("x".repeat(4_000).as_bytes()));
}

#[test]
fn a_file_that_shrinks_is_cut_and_one_that_grows_is_not_lengthened() {
    let folder = Folder::new();
    let path = folder.root.join("f");
    let files = folder.files();
    let get = |to: u64| {
        fs::write(&path, "x".repeat(100_000)).unwrap();
        let resize = || fs::File::options().write(true).open(&path).unwrap().set_len(to).unwrap();
        exchange(&files, "GET /f HTTP/1.1\r\nHost: a", resize)
    };
    let shrunk = get(50_000);
    assert_eq!(shrunk.field("Content-Length"), Some("100000"));
    assert_eq!(shrunk.content, "x".repeat(50_000).as_bytes());
    let grown = get(200_000);
    assert_eq!(grown.field("Content-Length"), Some("100000"));
    assert_eq!(grown.content, "x".repeat(100_000).as_bytes());
}

#[test]
fn files_are_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Files>();
}
