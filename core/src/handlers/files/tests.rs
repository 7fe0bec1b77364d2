use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration as StdDuration;
use std::format;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::string::{String, ToString};
use std::time::UNIX_EPOCH;
use std::vec::Vec;

use super::*;
use crate::connection::{Connection, Storage};
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
fn exchange(files: &Files, head: &str, mut meanwhile: impl FnMut()) -> Answer {
    let service = Service::new(files, &ROUTES);
    let mut storage = Storage::<FileStream, 16_384, 16_384, 64>::new();
    let now = Instant::ZERO;
    let date = Date::from_unix(NOW);
    let mut connection = Connection::new(0, None, now);
    let mut lent = connection.lend(&service, storage.lend(), Some(date));
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
fn folders_are_redirected_to_their_slash() {
    let folder = Folder::new().with("d/index.html", "index").with("d/e f/a", "").with("a:b/c", "");
    let cases = [
        ("/d", "/d/"),
        ("/d?x=1&y=/", "/d/?x=1&y=/"),
        ("/d?", "/d/?"),
        ("/d?//evil.com", "/d/?//evil.com"),
        ("/%64", "/%64/"),
        ("/d/e%20f", "/d/e%20f/"),
        ("/a:b", "/a:b/"),
        ("/static", "/static/"),
        ("/static?a", "/static/?a"),
        ("/static/d", "/static/d/"),
        ("http://evil.com/d", "/d/"),
    ];
    for files in folder.both() {
        for (target, location) in cases {
            let answer = get_from(&files, target);
            assert_eq!(answer.status(), "301", "{target}");
            assert_eq!(answer.field("Location"), Some(location), "{target}");
            assert!(answer.content.is_empty(), "{target}");
        }
        assert_eq!(get_from(&files, "/d/").text(), "index");
        assert_eq!(get_from(&files, "/static/").status(), "200");
        assert_eq!(get_from(&files, "http://host").status(), "200", "an absolute target without a path");
    }
}

#[test]
fn no_redirect_leads_to_another_host() {
    let folder = Folder::new().with("evil.com/a/b", "").with("d/evil.com/b", "");
    for files in folder.both() {
        for target in [
            "//evil.com",
            "//evil.com/a",
            "//evil.com/..",
            "//evil.com/%2e%2e",
            "///evil.com/a",
            "/d//evil.com",
            "/%2Fevil.com/a",
            "/%5Cevil.com/a",
            "/\\evil.com/a",
            "http://host//evil.com/a",
        ] {
            let answer = get_from(&files, target);
            assert!(["404", "400"].contains(&answer.status()), "{target}: {}", answer.head);
            assert_eq!(answer.field("Location"), None, "{target}");
        }
    }
}

/// A route that strips slashes itself must not turn a path into a reference to another host.
#[test]
fn no_redirect_of_a_careless_route_leads_to_another_host() {
    fn careless(files: &Files, request: &Request<'_>, response: &mut Response<'_, FileStream>) -> Outcome {
        files.serve(request.path().trim_start_matches('/'), request, response)
    }
    static CARELESS: Router<Files, 1, FileStream> = Router::new([get("/*path", careless)]);
    let folder = Folder::new().with("evil.com/a", "");
    let files = folder.files();
    let service = Service::new(&files, &CARELESS);
    let mut storage = Storage::<FileStream, 1_024, 4_096, 8>::new();
    let mut connection = Connection::new(0, None, Instant::ZERO);
    let mut lent = connection.lend(&service, storage.lend(), None);
    let message = b"GET //evil.com HTTP/1.1\r\nHost: a\r\n\r\n";
    lent.receive_space()[..message.len()].copy_from_slice(message);
    lent.handle_received(message.len(), Instant::ZERO);
    lent.run_handler(Instant::ZERO, || Instant::ZERO);
    assert!(lent.poll_transmit().starts_with(b"HTTP/1.1 404 "));
}

#[test]
fn nothing_leads_outside() {
    let outside = Folder::new();
    let folder = Folder::new()
        .with("a.txt", "inside")
        .with("d/b.txt", "inside")
        .with_link("out", "../secret.txt")
        .with_link("absolute", outside.outside.join("secret.txt"))
        .with_link("folder", "..")
        .with_link("back", "../top/a.txt")
        .with_link("process", "/proc/self/cwd")
        .with_link("d/up", "../../secret.txt")
        .with_link("loop", "loop")
        .with_link("broken", "nothing");
    let cases = [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/..%2Fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/.%2e/secret.txt",
        "/d/../../secret.txt",
        "/d/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%2e%2e%5csecret.txt",
        "/..%c0%afsecret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/a.txt%00",
        "/a.txt%00.png",
        "//secret.txt",
        "//a.txt",
        "/d//b.txt",
        "/d/./b.txt",
        "/./a.txt",
        "/a.txt/",
        "/a.txt/b",
        "/d%2fb.txt",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/static/../a.txt",
        "/static/..%2f..%2fsecret.txt",
        "/static//etc/passwd",
        "/out",
        "/absolute",
        "/folder",
        "/folder/",
        "/folder/secret.txt",
        "/process",
        "/process/",
        "/d/up",
        "/loop",
        "/broken",
        "/absent",
    ];
    for files in folder.both() {
        for target in cases {
            let answer = get_from(&files, target);
            assert!(["404", "400"].contains(&answer.status()), "{target}: {}", answer.head);
            assert!(!answer.text().contains("secret\n") && !answer.text().contains("inside"), "{target}");
        }
        let absolute = format!("/{}", outside.outside.join("secret.txt").display());
        assert_eq!(get_from(&files, &absolute).status(), "404");
        let long = format!("/{}", "a".repeat(300));
        assert_eq!(get_from(&files, &long).status(), "404", "a name beyond the file system's limit");
        let longer = "/a".repeat(3_000);
        assert_eq!(get_from(&files, &longer).status(), "404", "a path beyond the kernel's limit");
    }
    // Leaving and coming back: only the kernel minds, which sees each step.
    let [beneath, resolving] = folder.both();
    assert_eq!(get_from(&beneath, "/back").status(), "404");
    assert_eq!(get_from(&resolving, "/back").status(), "200");
}

#[test]
fn links_inside_are_followed() {
    let folder = Folder::new()
        .with("a.txt", "inside")
        .with("d/b.txt", "below")
        .with_folder("e/f")
        .with_link("link.txt", "a.txt")
        .with_link("e/f/up.txt", "../../a.txt")
        .with_link("folder", "d")
        .with_folder("g")
        .with_link("g/index.html", "../a.txt");
    for files in folder.both() {
        assert_eq!(get_from(&files, "/link.txt").text(), "inside");
        assert_eq!(get_from(&files, "/e/f/up.txt").text(), "inside");
        assert_eq!(get_from(&files, "/folder/b.txt").text(), "below");
        assert_eq!(get_from(&files, "/folder").field("Location"), Some("/folder/"));
        assert_eq!(get_from(&files, "/g/").text(), "inside");
        let listing = get_from(&files, "/");
        assert!(listing.text().contains("<a href=\"folder/\">folder/</a>"), "a link to a folder is one");
        assert!(
            listing.text().contains("<a href=\"link.txt\">link.txt</a></td><td><span title=\"6 bytes\">")
        );
    }
}

#[test]
fn the_root_may_be_a_link_and_may_be_moved() {
    let folder = Folder::new().with("a.txt", "inside");
    let link = folder.outside.join("link");
    symlink("top", &link).unwrap();
    let files = Files::open(&link).unwrap();
    fs::remove_file(&link).unwrap();
    assert_eq!(get_from(&files, "/a.txt").text(), "inside");
    fs::rename(&folder.root, folder.outside.join("moved")).unwrap();
    assert_eq!(get_from(&files, "/a.txt").text(), "inside");
}

#[test]
fn hidden_files_are_served_when_asked_for() {
    let folder = Folder::new()
        .with(".env", "hidden")
        .with(".git/config", "hidden")
        .with("a/.b", "hidden")
        .with("c.d", "");
    for files in folder.both() {
        for target in ["/.env", "/%2eenv", "/.git", "/.git/", "/.git/config", "/a/.b"] {
            assert_eq!(get_from(&files, target).status(), "404", "{target}");
        }
        assert!(!get_from(&files, "/").text().contains(".git"));
        let files = files.with_hidden_files(true);
        for target in ["/.env", "/%2eenv", "/.git/config", "/a/.b"] {
            assert_eq!(get_from(&files, target).text(), "hidden", "{target}");
        }
        assert!(get_from(&files, "/").text().contains("<a href=\".git/\">.git/</a>"));
        for target in ["/..", "/.", "/%2e%2e", "/%2e"] {
            assert_eq!(get_from(&files, target).status(), "400", "{target}");
        }
    }
}

#[test]
fn only_regular_files_are_served() {
    let folder = Folder::new().with_fifo("fifo").with_folder("f").with_fifo("f/index.html");
    let _socket = std::os::unix::net::UnixListener::bind(folder.root.join("socket")).unwrap();
    for files in folder.both() {
        for target in ["/fifo", "/fifo/", "/socket", "/f/index.html"] {
            assert_eq!(get_from(&files, target).status(), "404", "{target}");
        }
        assert!(get_from(&files, "/f/").text().contains("This folder is empty."));
        let listing = get_from(&files, "/");
        assert!(!listing.text().contains("fifo") && !listing.text().contains("socket"));
    }
}

#[test]
fn what_may_not_be_read_is_forbidden() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new().with("locked", "").with("d/a", "");
    for name in ["locked", "d"] {
        fs::set_permissions(folder.root.join(name), fs::Permissions::from_mode(0o0)).unwrap();
    }
    if fs::File::open(folder.root.join("locked")).is_err() {
        for files in folder.both() {
            for target in ["/locked", "/d", "/d/", "/d/a"] {
                assert_eq!(get_from(&files, target).status(), "403", "{target}");
            }
        }
    } // else this runs as root, who may read everything
    fs::set_permissions(folder.root.join("d"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn errors_of_the_system() {
    use rustix::io::Errno;
    let cases = [
        (Errno::NOENT, 404),
        (Errno::XDEV, 404),
        (Errno::LOOP, 404),
        (Errno::ACCESS, 403),
        (Errno::MFILE, 503),
        (Errno::NFILE, 503),
        (Errno::NOMEM, 503),
        (Errno::IO, 500),
    ];
    for (errno, status) in cases {
        assert_eq!(Failure::from(Unopened::from(errno)).status().code(), status, "{errno}");
        assert_eq!(Unopened::from(io::Error::from(errno)), Unopened::from(errno));
    }
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
fn a_listing_shows_what_is_served() {
    let folder = Folder::new()
        .with("b.txt", "x".repeat(1_536))
        .with("A.txt", "")
        .with("<img src=x onerror=alert(1)>.txt", "")
        .with("\"quotes\"&'apostrophes'", "")
        .with("a:b", "")
        .with("50%", "")
        .with("c#d", "")
        .with("e?f", "")
        .with(b"caf\xe9", "")
        .with("z folder/a", "")
        .with_folder("Empty")
        .with_link("out", "../secret.txt")
        .with_link("up", "..")
        .with_link("broken", "nothing");
    for files in folder.both() {
        let answer = get_from(&files, "/");
        assert_eq!(answer.status(), "200");
        assert_eq!(answer.field("Content-Type"), Some("text/html; charset=utf-8"));
        assert_eq!(answer.field("Cache-Control"), Some("no-store"));
        assert_eq!(answer.field("X-Content-Type-Options"), Some("nosniff"));
        let policy = Some("default-src 'none'; style-src 'unsafe-inline'");
        assert_eq!(answer.field("Content-Security-Policy"), policy);
        let page = answer.text();
        let links: Vec<&str> =
            page.split("<td><a href=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
        assert_eq!(
            links,
            [
                "Empty/",
                "z%20folder/",
                "%22quotes%22%26%27apostrophes%27",
                "50%25",
                "%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E.txt",
                "A.txt",
                "a%3Ab",
                "b.txt",
                "c%23d",
                "caf%E9",
                "e%3Ff",
            ]
        );
        assert!(!page.contains("<img") && !page.contains("secret"));
        assert!(page.contains("<time datetime=\"2026-01-02T03:04:05Z\">2026-01-02 03:04</time>"));
        assert!(page.contains("<p>2 folders, 9 files</p>"));
        for link in links {
            assert_eq!(get_from(&files, &format!("/{link}")).status(), "200", "{link}");
        }
        let empty = get_from(&files, "/static/Empty/");
        assert!(
            empty.text().contains("This folder is empty.")
                && empty.text().contains("<a href=\"../\">../</a>")
        );
        assert_eq!(get_from(&files.with_listing(false), "/").status(), "404");
    }
}

#[test]
fn a_long_listing_is_streamed() {
    let mut folder = Folder::new();
    for number in 0..300 {
        folder = folder.with(format!("{number:03}.txt"), "");
    }
    let answer = get_from(&folder.files(), "/");
    assert!(answer.content.len() > 30_000);
    assert_eq!(answer.field("Content-Length"), Some(answer.content.len().to_string().as_str()));
    let text = answer.text();
    assert!((0..300).all(|number| text.contains(&format!("<a href=\"{number:03}.txt\">"))));
    assert!(text.ends_with("</html>\n") && text.contains("<p>0 folders, 300 files</p>"));
}

#[test]
fn files_are_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Files>();
}
