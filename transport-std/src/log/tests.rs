use core::panic::AssertUnwindSafe;
use std::collections::VecDeque;
use std::fs;
use std::io::ErrorKind;
use std::panic::catch_unwind;
use std::path::Path;

use super::*;

/// Messages to the operator go nowhere.
const QUIET: fn(fmt::Arguments<'_>) = |_| {};

fn log(capacity: usize) -> Log {
    Log { shared: Arc::new(Shared::new(capacity, QUIET, None)) }
}

fn add(log: &Log, line: &str) {
    log.add(&mut |out| out.write_str(line));
}

/// An output that does as it is told: so many bytes, or an error; then it takes everything.
#[derive(Debug, Default)]
struct Told {
    plan: VecDeque<Result<usize, ErrorKind>>,
    files: Arc<Mutex<Vec<String>>>,
}

impl Told {
    fn new(plan: impl IntoIterator<Item = Result<usize, ErrorKind>>) -> (Self, Arc<Mutex<Vec<String>>>) {
        let files = Arc::new(Mutex::new(vec![String::new()]));
        (Self { plan: plan.into_iter().collect(), files: Arc::clone(&files) }, files)
    }
}

impl Writes for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.plan.pop_front().unwrap_or(Ok(usize::MAX))?.min(bytes.len());
        let mut files = self.files.lock().unwrap();
        files.last_mut().unwrap().push_str(core::str::from_utf8(&bytes[..length]).unwrap());
        Ok(length)
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.files.lock().unwrap().push(String::new());
        Ok(())
    }
}

fn taken(files: &Arc<Mutex<Vec<String>>>) -> Vec<String> {
    files.lock().unwrap().clone()
}

#[test]
fn a_line_that_does_not_fit_is_dropped_whole_and_counted() {
    static COUNTER: Counter = Counter::new();
    let log = Log { shared: Arc::new(Shared::new(16, QUIET, Some(&COUNTER))) };
    add(&log, "0123456789\n");
    log.add(&mut |out| out.write_str("abc").and_then(|()| out.write_str("0123456789\n")));
    log.add(&mut |out| out.write_str("ab").and(Err(fmt::Error)));
    add(&log, "abcd\n");
    assert_eq!(log.shared.lock().lines, "0123456789\nabcd\n");
    assert_eq!((log.dropped(), COUNTER.get()), (2, 2));
}

#[test]
fn a_panic_leaves_no_half_a_line() {
    let log = log(64);
    add(&log, "before\n");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        log.add(&mut |out| {
            out.write_str("half").unwrap();
            panic!("on purpose")
        });
    }));
    assert!(panicked.is_err());
    add(&log, "after\n");
    assert_eq!(log.shared.lock().lines, "before\nafter\n");
}

#[test]
fn what_waits_is_carried_out_before_the_end_and_nothing_after_it_is_taken() {
    let log = log(64);
    add(&log, "a line\n");
    log.shared.lock().is_over = true;
    let (output, files) = Told::new([]);
    Carrier::new(output).carry(&log.shared);
    assert_eq!((taken(&files), log.dropped()), (vec!["a line\n".to_owned()], 0));
    add(&log, "late\n");
    assert_eq!(log.dropped(), 1);
    assert_eq!(log.shared.lock().lines, "");
}

#[test]
fn a_failing_write_goes_on_where_it_stopped() {
    let lines = "the first line\nthe second line\n";
    for error in [ErrorKind::StorageFull, ErrorKind::WouldBlock, ErrorKind::Other, ErrorKind::WriteZero] {
        for cut in 0..lines.len() {
            let (output, files) = Told::new([Ok(cut.max(1)), Err(error), Err(error)]);
            let mut carrier = Carrier::new(output);
            carrier.batch.push_str(lines);
            for attempt in 0..3 {
                assert_eq!(carrier.write(), 0, "nothing is given up");
                let is_waiting = carrier.rests.is_some();
                assert_eq!(is_waiting, attempt < 2, "{error:?} at {cut}, attempt {attempt}");
                assert_eq!(carrier.is_blocked, is_waiting && error == ErrorKind::WouldBlock);
            }
            assert_eq!(taken(&files), [lines], "{error:?} at {cut}");
            assert!(carrier.batch.is_empty() && carrier.written == 0);
        }
    }
}

#[test]
fn an_interrupted_write_is_made_again_at_once() {
    let (output, files) = Told::new([Err(ErrorKind::Interrupted), Ok(2), Err(ErrorKind::Interrupted)]);
    let mut carrier = Carrier::new(output);
    carrier.batch.push_str("a line\n");
    assert_eq!((carrier.write(), carrier.rests), (0, None));
    assert_eq!(taken(&files), ["a line\n"]);
}

#[test]
fn a_pipe_without_a_reader_loses_lines_that_are_counted() {
    for (written, lost) in [(0, 3), (3, 3), (4, 2), (5, 2), (8, 1)] {
        let plan = match written {
            0 => vec![Err(ErrorKind::BrokenPipe)],
            _ => vec![Ok(written), Err(ErrorKind::BrokenPipe)],
        };
        let mut carrier = Carrier::new(Told::new(plan).0);
        carrier.batch.push_str("one\ntwo\nthree\n");
        assert_eq!((carrier.write(), carrier.rests), (lost, None), "{written}");
        assert!(carrier.batch.is_empty());
    }
}

#[test]
fn a_new_file_begins_with_a_whole_line() {
    for (written, second) in [(1, "one\ntwo\n"), (3, "one\ntwo\n"), (4, "two\n"), (6, "two\n")] {
        let (output, files) = Told::new([Ok(written), Err(ErrorKind::StorageFull)]);
        let mut carrier = Carrier::new(output);
        carrier.batch.push_str("one\ntwo\n");
        carrier.write();
        carrier.reopen(&log(16).shared);
        carrier.write();
        assert_eq!(taken(&files), [&"one\ntwo\n"[..written], second], "{written}");
    }
}

#[test]
fn what_a_full_disk_never_takes_is_counted_at_the_end() {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let warn = |message: fmt::Arguments<'_>| SAID.lock().unwrap().push(message.to_string());
    let shared = Shared::new(64, warn, None);
    shared.lock().lines.push_str("one\ntwo\nthree\n");
    shared.lock().is_over = true;
    let (output, files) = Told::new([Ok(5), Err(ErrorKind::StorageFull), Err(ErrorKind::StorageFull)]);
    Carrier::new(output).carry(&shared);
    assert_eq!(taken(&files), ["one\nt"]);
    let waiting = shared.lock();
    assert!(waiting.dropped == 2 && waiting.is_carried_out);
    let said = SAID.lock().unwrap();
    assert!(
        said.len() == 2 && said[0].starts_with("cannot write the access log, trying again: "),
        "{said:?}"
    );
    assert_eq!(said[1], "2 access log lines were dropped");
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bantam-log-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Waits for a thread to have written this, and no longer than a test may take.
fn wait_for(path: &Path, text: &str) {
    let begun = Instant::now();
    while fs::read_to_string(path).unwrap_or_default() != text {
        assert!(begun.elapsed() < Duration::from_secs(30), "{text:?} is not written");
        thread::yield_now();
    }
}

#[test]
fn a_file_is_added_to_and_half_a_line_at_its_end_is_ended() {
    let folder = Folder::new("half");
    let path = folder.path("log");
    for (before, after) in [("", "new\n"), ("old\n", "old\nnew\n"), ("old\nhalf", "old\nhalf\nnew\n")] {
        fs::write(&path, before).unwrap();
        let log = Log::start(Target::File(path.clone()), QUIET, None).unwrap();
        add(&log, "new\n");
        log.finish();
        assert_eq!(fs::read_to_string(&path).unwrap(), after, "{before:?}");
    }
}

#[test]
fn a_file_that_was_moved_away_is_made_anew() {
    let folder = Folder::new("rotate");
    let (path, old) = (folder.path("log"), folder.path("log.1"));
    let log = Log::start(Target::File(path.clone()), QUIET, None).unwrap();
    add(&log, "one\n");
    wait_for(&path, "one\n");
    fs::rename(&path, &old).unwrap();
    log.reopen();
    add(&log, "two\n");
    wait_for(&path, "two\n");
    log.finish();
    assert_eq!((fs::read_to_string(&old).unwrap(), log.dropped()), ("one\n".to_owned(), 0));
}

#[test]
fn a_file_that_cannot_be_made_anew_leaves_the_old_one() {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let warn = |message: fmt::Arguments<'_>| SAID.lock().unwrap().push(message.to_string());
    let folder = Folder::new("keep");
    let (path, old) = (folder.path("log"), folder.path("log.1"));
    let log = Log::start(Target::File(path.clone()), warn, None).unwrap();
    fs::rename(&path, &old).unwrap();
    fs::create_dir(&path).unwrap();
    log.reopen();
    add(&log, "kept\n");
    wait_for(&old, "kept\n");
    log.finish();
    let said = SAID.lock().unwrap();
    assert!(
        said.len() == 1 && said[0].starts_with("cannot reopen the access log, keeping the old one: "),
        "{said:?}"
    );
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_at_the_start() {
    let folder = Folder::new("nowhere");
    assert!(Log::start(Target::File(folder.path("no/such/folder/log")), QUIET, None).is_err());
    assert!(Log::start(Target::File(folder.0.clone()), QUIET, None).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_takes_nothing_and_adding_never_waits() {
    let log = Log::start(Target::File("/dev/full".into()), QUIET, None).unwrap();
    let line = "x".repeat(1_000) + "\n";
    // More than both buffers hold: what is beyond them is dropped, and adding it has not waited for anything.
    let lines = 3 * CAPACITY / line.len();
    (0..lines).for_each(|_| add(&log, &line));
    assert!(log.dropped() > 0);
    log.finish();
    assert_eq!(log.dropped(), lines as u64);
}

#[test]
fn the_clock_is_that_of_the_system() {
    let (before, now) = (SystemTime::now(), unix_millis());
    let since = before.duration_since(UNIX_EPOCH).unwrap().as_millis();
    assert!(u128::from(now) >= since && u128::from(now) < since + 60_000);
}
