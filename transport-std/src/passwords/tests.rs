use core::sync::atomic::AtomicU32;
use std::{env, process};

use super::*;

/// Made by `htpasswd -nbB`: cost 4, and 5 for Bob.
const FILE: &str = "# members\n\
    ann:$2y$04$GU42Nfx7y2Mt4QfTVeSmpOo43QDc8BSgT2qxpxgNrtx68rWHFkfW6\n\
    bob smith:$2y$05$O6CO.pVODLG0wA3j71ZNue0U5CDRvdq2oU0TvQs/eVZfwtHKz5HuO\n\
    empty:$2y$04$/tx4vdJGe2CBq8FoUVJdE.OhSA5bbR7w2pFe7Q2fhK7j0XNQ2Uz6O\n\
    long:$2y$04$fFCa5pjQNgiYsqR9Tap1Beuj2/yZCPzX5ufjjMUhQqeIr.1Bn6BUK\n";

const SECOND: Duration = Duration::from_secs(1);

/// A file for one test, removed when that is over.
struct Sheet(PathBuf);

impl Sheet {
    fn new(text: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let sheet = Self(env::temp_dir().join(format!("bantam-passwords-{}-{number}", process::id())));
        sheet.write(text);
        sheet
    }

    fn write(&self, text: &str) {
        fs::write(&self.0, text).unwrap();
    }

    /// Makes it look as if it had been written long ago, at a second of its own.
    fn settle(&self, seconds: u64) {
        let file = File::options().write(true).open(&self.0).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
    }
}

impl Drop for Sheet {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn options(runs: usize) -> Options {
    Options { runs: NonZeroUsize::new(runs).unwrap(), warn: |_| {}, ..Options::default() }
}

#[test]
fn passwords_that_htpasswd_has_hashed() {
    let sheet = Sheet::new(FILE);
    let passwords = Passwords::open(&sheet.0, options(1)).unwrap();
    let long = "x".repeat(80);
    let cases = [
        ("right", "ann", "open sesame", true),
        ("wrong", "ann", "open barley", false),
        ("a letter less", "ann", "open sesam", false),
        ("a letter more", "ann", "open sesame!", false),
        ("none", "ann", "", false),
        ("with what C takes for its end", "ann", "open sesame\0", false),
        ("twice, as bcrypt repeats it", "ann", "open sesame\0open sesame", false),
        ("another's", "ann", "p\u{e4}ssw\u{f6}rd:\u{2713}", false),
        ("outside ASCII, with a colon", "bob smith", "p\u{e4}ssw\u{f6}rd:\u{2713}", true),
        ("an empty password", "empty", "", true),
        ("a NUL for an empty password", "empty", "\0", false),
        ("longer than bcrypt reads", "long", &long, true),
        ("what it reads of that", "long", &long[..72], true),
        ("a letter less than it reads", "long", &long[..71], false),
        ("nobody", "carol", "open sesame", false),
        ("another case", "Ann", "open sesame", false),
        ("no user", "", "open sesame", false),
        ("a comment", "# members", "", false),
    ];
    for (name, user, password, is_right) in cases {
        assert_eq!(passwords.verify(user, password.as_bytes()), Verdict::from(is_right), "{name}");
    }
}

#[test]
fn a_right_password_costs_one_run_for_a_while_and_a_wrong_one_always() {
    let sheet = Sheet::new(FILE);
    let passwords = Passwords::open(&sheet.0, options(1)).unwrap();
    let start = Instant::now();
    let ask = |user: &str, password: &str, at: Duration| {
        let before = passwords.runs();
        let verdict = passwords.verify_at(user, password.as_bytes(), start + at);
        (verdict, passwords.runs() - before)
    };
    use Verdict::{Accepted, Refused};
    let most = passwords.options.remembered;
    let cases = [
        ("for the first time", "ann", "open sesame", Duration::ZERO, (Accepted, 1)),
        ("again", "ann", "open sesame", Duration::ZERO, (Accepted, 0)),
        ("wrong", "ann", "open barley", SECOND, (Refused, 1)),
        ("wrong again", "ann", "open barley", SECOND, (Refused, 1)),
        ("nobody costs a run", "carol", "open sesame", SECOND, (Refused, 1)),
        ("nobody again", "carol", "open sesame", SECOND, (Refused, 1)),
        ("another user's, remembered for its own", "bob smith", "open sesame", SECOND, (Refused, 1)),
        ("wrong ones push nothing out", "ann", "open sesame", SECOND, (Accepted, 0)),
        ("up to the last moment", "ann", "open sesame", most - Duration::from_nanos(1), (Accepted, 0)),
        ("and no longer", "ann", "open sesame", most, (Accepted, 1)),
        ("which counts anew", "ann", "open sesame", 2 * most - SECOND, (Accepted, 0)),
    ];
    for (name, user, password, at, wanted) in cases {
        assert_eq!(ask(user, password, at), wanted, "{name}");
    }
    let never = Options { remembered: Duration::ZERO, ..options(1) };
    let passwords = Passwords::open(&sheet.0, never).unwrap();
    for runs in 1..3 {
        assert_eq!((passwords.verify("ann", b"open sesame"), passwords.runs()), (Accepted, runs));
    }
}

#[test]
fn too_many_at_a_time_are_busy_but_those_who_are_remembered() {
    let sheet = Sheet::new(FILE);
    let passwords = Passwords::open(&sheet.0, options(2)).unwrap();
    assert_eq!(passwords.verify("ann", b"open sesame"), Verdict::Accepted);
    let inside = (passwords.gate.enter(), passwords.gate.enter());
    let cases = [
        ("remembered", "ann", "open sesame", Verdict::Accepted),
        ("wrong", "ann", "open barley", Verdict::Busy),
        ("right", "empty", "", Verdict::Busy),
        ("nobody", "carol", "", Verdict::Busy),
    ];
    for (name, user, password, wanted) in cases {
        assert_eq!(passwords.verify(user, password.as_bytes()), wanted, "{name}");
    }
    assert_eq!(passwords.runs(), 1, "no run for who is turned away");
    drop(inside);
    assert_eq!(passwords.verify("empty", b""), Verdict::Accepted);
    // Every run has left the door behind it, whatever it came to.
    assert_eq!(passwords.verify("carol", b""), Verdict::Refused);
    assert!(passwords.gate.enter().is_some() && passwords.gate.enter().is_some());
}

#[test]
fn half_of_the_processors_may_compute_and_one_at_least() {
    let processors = thread::available_parallelism().unwrap().get();
    let runs = Options::default().runs.get();
    assert_eq!(runs, usize::max(processors / 2, 1));
}

#[test]
fn a_change_is_seen_within_a_second_and_a_bad_one_is_not_taken() {
    let sheet = Sheet::new(FILE);
    let passwords = Passwords::open(&sheet.0, options(1)).unwrap();
    let mut at = Instant::now();
    let has = |user: &str, at: Instant| {
        let password = if user == "empty" { "" } else { "open sesame" };
        passwords.verify_at(user, password.as_bytes(), at) == Verdict::Accepted
    };
    assert!(has("ann", at) && has("empty", at));

    // Ann goes. She is remembered, and still has to leave.
    let without: String =
        FILE.lines().filter(|line| !line.starts_with("ann")).map(|line| format!("{line}\n")).collect();
    sheet.write(&without);
    assert!(has("ann", at), "not looked at within the second");
    at += SECOND;
    assert!(!has("ann", at) && has("empty", at));

    for (name, text) in [("half a line", "ann:$2y$"), ("empty", ""), ("too large", &"#".repeat(1 << 21))] {
        sheet.write(text);
        at += SECOND;
        assert!(!has("ann", at) && has("empty", at), "{name}: the users before stay");
    }
    fs::remove_file(&sheet.0).unwrap();
    at += SECOND;
    assert!(has("empty", at), "no file: the users before stay");

    sheet.write(FILE);
    at += SECOND;
    assert!(has("ann", at), "back again");
}

#[test]
fn the_same_text_again_forgets_nobody() {
    let sheet = Sheet::new(FILE);
    let passwords = Passwords::open(&sheet.0, options(1)).unwrap();
    let at = Instant::now();
    for seconds in 0..3u32 {
        sheet.write(FILE);
        let verdict = passwords.verify_at("ann", b"open sesame", at + seconds * SECOND);
        assert_eq!((verdict, passwords.runs()), (Verdict::Accepted, 1));
    }
}

#[test]
fn a_file_that_rests_is_not_read_again() {
    let sheet = Sheet::new(FILE);
    sheet.settle(100);
    let passwords = Passwords::open(&sheet.0, options(1)).unwrap();
    let stamp = |passwords: &Passwords| passwords.watch.lock().unwrap().stamp.clone();
    assert!(stamp(&passwords).is_some());
    // Where it is not read, a text that differs under the same stamp is not seen: the stamp is what counts.
    sheet.write(&FILE.replace("ann:", "eve:"));
    let forged = Stamp::of(&fs::metadata(&sheet.0).unwrap());
    passwords.watch.lock().unwrap().stamp = Some(forged);
    let at = Instant::now() + SECOND;
    assert_eq!(passwords.verify_at("ann", b"open sesame", at), Verdict::Accepted);
    // A change of nothing but the time shows.
    sheet.settle(50);
    assert_eq!(passwords.verify_at("ann", b"open sesame", at + SECOND), Verdict::Refused);
    assert_eq!(passwords.verify_at("eve", b"open sesame", at + SECOND), Verdict::Accepted);
    assert!(stamp(&passwords).is_some());
    // One that was written just now is: the next change may come at the same time.
    sheet.write(FILE);
    assert_eq!(passwords.verify_at("ann", b"open sesame", at + 2 * SECOND), Verdict::Accepted);
    assert!(stamp(&passwords).is_none());
}

#[test]
fn a_bad_change_is_told_once() {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let sheet = Sheet::new(FILE);
    let warn = |message: fmt::Arguments<'_>| TOLD.lock().unwrap().push(message.to_string());
    let passwords = Passwords::open(&sheet.0, Options { warn, ..options(1) }).unwrap();
    let mut at = Instant::now();
    let mut told = |text: Option<&str>| {
        if let Some(text) = text {
            sheet.write(text);
        }
        at += SECOND;
        let _ = passwords.verify_at("ann", b"\0", at);
        TOLD.lock().unwrap().len()
    };
    assert_eq!(told(Some("ann:plain\n")), 1);
    assert_eq!(told(None), 1, "again the same");
    assert_eq!(told(Some("\nann:plain\n")), 2, "another line");
    assert_eq!(told(Some(FILE)), 2, "good");
    assert_eq!(told(Some("\nann:plain\n")), 3, "bad again");
    let path = sheet.0.display();
    let first = format!(
        "{path}:1: a plain password or a hash of unknown kind is not read; make the line anew with \
         `htpasswd -B FILE USER`; the users before stay"
    );
    assert_eq!(TOLD.lock().unwrap()[0], first);
}

#[test]
fn what_cannot_be_opened() {
    let sheet = Sheet::new("");
    let path = sheet.0.display().to_string();
    let large = format!("{FILE}{}", "#".repeat(1 << 20));
    let cases = [
        ("no user", "# nobody\n", format!("{path}: no users; add one with `htpasswd -B FILE USER`")),
        ("too large", &large, format!("{path}: more than 1048576 bytes")),
        (
            "a bad line",
            "\nann\n",
            format!(
                "{path}:2: there is no colon between user and hash; make the line anew with \
                 `htpasswd -B FILE USER`"
            ),
        ),
    ];
    for (name, text, message) in cases {
        sheet.write(text);
        let error = Passwords::open(&sheet.0, options(1)).unwrap_err();
        assert_eq!(error.to_string(), message, "{name}");
    }
    let error = Passwords::open(env::temp_dir(), options(1)).unwrap_err();
    assert!(matches!(error.problem(), Problem::Read(_)), "a folder: {error}");
    let error = Passwords::open(sheet.0.join("nothing"), options(1)).unwrap_err();
    assert!(matches!(error.problem(), Problem::Read(_)), "no file: {error}");
}
