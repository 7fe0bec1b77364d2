//! The wall clock is moved while requests are under way.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::*;

/// A library that shows a program another time of day, where it is installed: `apt-get install faketime`.
fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found =
        folders.map(|folder| folder.join("faketime/libfaketime.so.1")).filter(|path| path.exists());
    let found = found.next();
    if found.is_none() {
        println!("skipped: libfaketime is missing: apt-get install faketime");
    }
    found
}

/// A server that looks for its time of day in this file, and measures time as ever.
fn serve(library: &Path, file: &Path) -> Served {
    let mut command = bantam(["demo", "-p", "0"]);
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", file);
    Served::start(command.env("DONT_FAKE_MONOTONIC", "1").env("FAKETIME_NO_CACHE", "1"))
}

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn no_deadline_fires_when_the_wall_clock_is_moved_a_day() {
    let Some(library) = library() else { return };
    let folder = Folder::new();
    folder.write("time", "+0");
    let file = folder.path().join("time");
    let served = serve(&library, &file);
    let mut day = None;
    for shift in ["+0", "+1d", "-1d"] {
        let [mut idle, mut halfway, mut slow] = [served.connect(), served.connect(), served.connect()];
        assert_eq!(idle.ask(GET).status, 200, "{shift}");
        halfway.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nhe");
        slow.send("GET /plaintext HT");
        folder.write("time", shift);
        // Answers have the other day within a second; nobody is late for it.
        let began = Instant::now();
        let other = loop {
            let answer = idle.ask(GET);
            assert_eq!(answer.status, 200, "{shift}");
            let now = answer.field("Date").expect("a date")[..16].to_owned();
            if day.as_ref() != Some(&now) {
                break now;
            }
            assert!(began.elapsed() < PATIENCE, "{shift}: still {now}");
        };
        day = Some(other);
        halfway.send("re");
        assert_eq!(halfway.answer().text(), "here", "{shift}");
        slow.send("TP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert_eq!(slow.answer().text(), "Hello, World!", "{shift}");
    }
    served.signal(Signal::TERM);
    let (status, ..) = served.end();
    assert!(status.success(), "{status}");
}
